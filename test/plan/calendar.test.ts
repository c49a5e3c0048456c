import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Closure, Holidays } from '../../src/campaign/plan.js';
import { shiftRules, type Weekday, weekdays } from '../../src/campaign/rollout-field.js';
import { addDays, addWorkDays, applyOffset, createCalendar, shiftDate, weekdayOf } from '../../src/plan/calendar.js';

const usualDays: Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri'];
const holidays: Holidays = {
  NL: { '2027-04-27': 'Koningsdag', '2027-12-25': 'Kerstmis' },
  'DE-BY': { '2027-01-06': 'Heilige Drei Könige', '2027-12-25': '1. Weihnachtstag' },
};
const closures: Closure[] = [
  { from: '2027-08-02', to: '2027-08-13', name: 'Summer break' },
  { from: '2027-04-27', to: '2027-04-27', name: 'Moving house' },
];

function calendarWith(given: Partial<Parameters<typeof createCalendar>[0]> = {}) {
  return createCalendar({ workDays: usualDays, places: ['NL', 'DE-BY'], holidays, closures, ...given });
}

const isWeekend = (date: string) => ['sat', 'sun'].includes(weekdayOf(date));

/** Monday to Friday, without some days: enough of a calendar to count in, and always with work days left. */
const date = fc.integer({ min: -3650, max: 70_000 }).map((days) => addDays('2000-01-01', days));
const dayOffRule = fc
  .record({
    workDays: fc.subarray([...weekdays], { minLength: 2 }),
    closedFrom: fc.nat(30),
    closedDays: fc.nat(30),
    salt: fc.nat(20),
  })
  .map(({ workDays, closedFrom, closedDays, salt }) => (day: string) => {
    const number = Date.parse(day) / 86_400_000;
    const inYear = ((number % 365) + 365) % 365;
    const isClosed = inYear >= closedFrom && inYear < closedFrom + closedDays;
    // 1970-01-01 was a Thursday; all of this is after 1970.
    return isClosed || !workDays.includes(weekdays[(number + 3) % 7]!) || (number + salt) % 23 === 0;
  });
const many = { numRuns: 10_000 };

describe('createCalendar', () => {
  test.each([
    ['2027-01-11', '', undefined],
    ['2027-01-09', '', 'Saturday'],
    ['2027-01-10', 'DE-BY', 'Sunday'],
    ['2027-01-06', '', undefined],
    ['2027-01-06', 'DE-BY', 'Heilige Drei Könige (DE-BY)'],
    // A Saturday: the holiday says more than the weekday, and the closure more than both.
    ['2027-12-25', '', 'Kerstmis (NL)'],
    ['2027-12-25', 'DE-BY', '1. Weihnachtstag (DE-BY)'],
    ['2027-04-27', 'NL', 'closed: Moving house'],
    ['2027-08-01', '', 'Sunday'],
    ['2027-08-02', '', 'closed: Summer break'],
    ['2027-08-07', 'DE-BY', 'closed: Summer break'],
    ['2027-08-13', '', 'closed: Summer break'],
    ['2027-08-16', '', undefined],
  ])('%s for people of "%s" is a day off because of %s', (day, place, reason) => {
    const calendar = calendarWith();
    expect(calendar.dayOffReason(day, place)).toBe(reason);
    // Remembered answers are the same ones.
    expect(calendar.dayOffReason(day, place)).toBe(reason);
  });

  test('knows nobody else’s holidays where no place is named', () => {
    expect(calendarWith({ places: [], closures: [] }).dayOffReason('2027-04-27', '')).toBeUndefined();
    expect(calendarWith({ closures: [] }).dayOffReason('2027-04-27', 'BE')).toBeUndefined();
  });

  test('counts by the work days it is given', () => {
    const { dayOffReason } = calendarWith({ workDays: ['sun', 'mon', 'tue', 'wed', 'thu'], closures: [], places: [] });
    expect(dayOffReason('2027-01-08', '')).toBe('Friday');
    expect(dayOffReason('2027-01-10', '')).toBeUndefined();
  });

  test('stays usable where a whole year is closed', () => {
    const { dayOffReason } = calendarWith({ closures: [{ from: '2027-01-01', to: '2027-12-31', name: 'Moving' }] });
    const isDayOff = (day: string) => dayOffReason(day, '') !== undefined;
    expect(isDayOff('2027-06-15')).toBe(true);
    expect(addWorkDays('2026-12-31', 1, isDayOff)).toBe('2028-01-03');
    expect(addWorkDays('2028-01-03', -1, isDayOff)).toBe('2026-12-31');
  });
});

describe('weekdayOf', () => {
  test.each([
    ['1969-12-31', 'wed'],
    ['1970-01-01', 'thu'],
    ['2000-02-29', 'tue'],
    ['2027-01-12', 'tue'],
    ['2028-02-29', 'tue'],
    ['2199-12-31', 'tue'],
  ])('%s is a %s', (day, weekday) => {
    expect(weekdayOf(day)).toBe(weekday);
  });

  test.each(['2027-02-29', '2027-13-01', '12-01-2027', '', '2027-01-12T09:00'])('%p is no date', (day) => {
    expect(() => weekdayOf(day)).toThrow('not a date');
  });
});

describe('addDays', () => {
  test.each([
    ['2027-12-31', 1, '2028-01-01'],
    ['2028-03-01', -1, '2028-02-29'],
    // Clocks change on this night in Europe: a day of the calendar is one all the same.
    ['2027-03-27', 2, '2027-03-29'],
    ['2027-01-12', -6993, '2007-11-20'],
  ])('%s and %i days is %s', (day, days, expected) => {
    expect(addDays(day, days)).toBe(expected);
  });
});

describe('addWorkDays', () => {
  test.each([
    ['2027-01-11', -3, '2027-01-06'],
    ['2027-01-11', -1, '2027-01-08'],
    ['2027-01-11', 5, '2027-01-18'],
    ['2027-01-08', 1, '2027-01-11'],
    // From a day off, the first work day in that direction is the first one counted.
    ['2027-01-09', 1, '2027-01-11'],
    ['2027-01-09', -1, '2027-01-08'],
    ['2027-01-09', 0, '2027-01-09'],
  ])('%s and %i work days is %s', (day, count, expected) => {
    expect(addWorkDays(day, count, isWeekend)).toBe(expected);
  });

  test('there and back is where it began', () => {
    fc.assert(
      fc.property(date, fc.integer({ min: -15, max: 15 }), dayOffRule, (start, count, isDayOff) => {
        const workDay = addWorkDays(start, 1, isDayOff);
        expect(addWorkDays(addWorkDays(workDay, count, isDayOff), -count, isDayOff)).toBe(workDay);
      }),
      many,
    );
  });

  test('passes exactly so many work days, and arrives on one', () => {
    fc.assert(
      fc.property(date, fc.integer({ min: -15, max: 15 }), dayOffRule, (start, count, isDayOff) => {
        const end = addWorkDays(start, count, isDayOff);
        let passed = 0;
        for (let day = start; day !== end; day = addDays(day, Math.sign(count))) {
          if (day !== start && !isDayOff(day)) passed += 1;
        }
        expect(passed + (count === 0 ? 0 : 1)).toBe(Math.abs(count));
        if (count !== 0) expect(isDayOff(end)).toBe(false);
      }),
      many,
    );
  });

  test('says so where there is no work day', () => {
    expect(() => addWorkDays('2027-01-11', -1, () => true)).toThrow(
      'the calendar has no work day in the 400 days before 2027-01-11',
    );
  });
});

describe('applyOffset', () => {
  test.each([
    ['-14d', '2026-12-28'],
    ['-2w', '2026-12-28'],
    ['0d', '2027-01-11'],
    ['-3bd', '2027-01-06'],
    ['+5bd', '2027-01-18'],
    ['+5d', '2027-01-16'],
  ])('%s from a Monday is %s', (offset, expected) => {
    expect(applyOffset('2027-01-11', offset, isWeekend)).toBe(expected);
  });
});

describe('shiftDate', () => {
  test.each([
    ['2027-01-09', 'before', { date: '2027-01-08', moved: true }],
    ['2027-01-10', 'before', { date: '2027-01-08', moved: true }],
    ['2027-01-09', 'after', { date: '2027-01-11', moved: true }],
    ['2027-01-09', 'none', { date: '2027-01-09', moved: false }],
    ['2027-01-09', 'skip', 'skip'],
    ['2027-01-08', 'before', { date: '2027-01-08', moved: false }],
    ['2027-01-08', 'after', { date: '2027-01-08', moved: false }],
    ['2027-01-08', 'skip', { date: '2027-01-08', moved: false }],
  ] as const)('%s by the rule "%s"', (day, rule, expected) => {
    expect(shiftDate(day, rule, isWeekend)).toEqual(expected);
  });

  test('never ends on a day off, nor on the wrong side, nor past a work day', () => {
    fc.assert(
      fc.property(date, fc.constantFrom(...shiftRules), dayOffRule, (wanted, rule, isDayOff) => {
        const shifted = shiftDate(wanted, rule, isDayOff);
        if (shifted === 'skip') {
          expect([rule, isDayOff(wanted)]).toEqual(['skip', true]);
          return;
        }
        expect(shifted.moved).toBe(shifted.date !== wanted);
        if (rule === 'none') {
          expect(shifted.date).toBe(wanted);
          return;
        }
        expect(isDayOff(shifted.date)).toBe(false);
        if (rule === 'before') expect(shifted.date <= wanted).toBe(true);
        else expect(shifted.date >= wanted).toBe(true);
        const passed: string[] = [];
        const back = shifted.date < wanted ? 1 : -1;
        for (let day = shifted.date; day !== wanted; day = addDays(day, back)) passed.push(addDays(day, back));
        expect(passed.filter((day) => !isDayOff(day))).toEqual([]);
      }),
      many,
    );
  });

  test('says so where there is no work day', () => {
    expect(() => shiftDate('2027-01-11', 'after', () => true)).toThrow('no work day in the 400 days after 2027-01-11');
    expect(shiftDate('2027-01-11', 'none', () => true)).toEqual({ date: '2027-01-11', moved: false });
  });
});
