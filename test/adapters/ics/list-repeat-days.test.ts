import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import ICAL from 'ical.js';
import { listRepeatDays } from '../../../src/adapters/ics/list-repeat-days.js';
import { readRepeatRule } from '../../../src/adapters/ics/read-repeat-rule.js';

const dayMs = 86_400_000;
const dayOf = (date: string) => Date.parse(date) / dayMs;
const dateOf = (day: number) => new Date(day * dayMs).toISOString().slice(0, 10);

function readRule(text: string) {
  const [, , , value] = ICAL.parse.property(`RRULE:${text}`);
  return readRepeatRule(value, (until) => Date.parse(until.length === 10 ? `${until}T23:59:59Z` : until));
}

function list(text: string, { start, first = start, last }: { start: string; first?: string; last: string }) {
  const rule = readRule(text);
  if (typeof rule === 'string') throw new Error(rule);
  const span = { start: dayOf(start), timeOfDayMs: 9 * 3_600_000, first: dayOf(first), last: dayOf(last) };
  return listRepeatDays(rule, span).map(dateOf);
}

describe('listRepeatDays', () => {
  // The examples of RFC 5545 3.8.5.3, with more of the kind.
  test.each<[rule: string, start: string, last: string, days: string]>([
    ['FREQ=DAILY;COUNT=3', '1997-09-02', '1998-12-31', '1997: 09-02 09-03 09-04'],
    ['FREQ=DAILY;UNTIL=19970904T090000Z', '1997-09-02', '1998-12-31', '1997: 09-02 09-03 09-04'],
    ['FREQ=DAILY;UNTIL=19970904T085959Z', '1997-09-02', '1998-12-31', '1997: 09-02 09-03'],
    ['FREQ=DAILY;UNTIL=19970904', '1997-09-02', '1998-12-31', '1997: 09-02 09-03 09-04'],
    ['FREQ=DAILY;INTERVAL=10;COUNT=5', '1997-09-02', '1998-12-31', '1997: 09-02 09-12 09-22 10-02 10-12'],
    ['FREQ=DAILY;BYMONTH=1;BYDAY=TH', '1998-01-01', '1998-12-31', '1998: 01-01 01-08 01-15 01-22 01-29'],
    ['FREQ=WEEKLY', '1997-12-16', '1998-01-10', '1997: 12-16 12-23 12-30 1998: 01-06'],
    ['FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO', '1997-08-05', '1998-12-31', '1997: 08-05 08-10 08-19 08-24'],
    ['FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU', '1997-08-05', '1998-12-31', '1997: 08-05 08-17 08-19 08-31'],
    ['FREQ=MONTHLY;COUNT=5;BYDAY=1FR', '1997-09-05', '1998-12-31', '1997: 09-05 10-03 11-07 12-05 1998: 01-02'],
    [
      'FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU',
      ...([
        '1997-09-07',
        '1998-12-31',
        '1997: 09-07 09-28 11-02 11-30 1998: 01-04 01-25 03-01 03-29 05-03 05-31',
      ] as const),
    ],
    ['FREQ=MONTHLY;COUNT=6;BYDAY=-2MO', '1997-09-22', '1998-12-31', '1997: 09-22 10-20 11-17 12-22 1998: 01-19 02-16'],
    ['FREQ=MONTHLY;BYMONTHDAY=-3', '1997-09-28', '1998-02-28', '1997: 09-28 10-29 11-28 12-29 1998: 01-29 02-26'],
    ['FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5', '2007-01-15', '2008-12-31', '2007: 01-15 01-30 02-15 03-15 03-30'],
    ['FREQ=MONTHLY', '2027-01-31', '2027-06-30', '2027: 01-31 03-31 05-31'],
    ['FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13', '1998-02-13', '1999-12-31', '1998: 02-13 03-13 11-13 1999: 08-13'],
    ['FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3', '1997-09-04', '1998-12-31', '1997: 09-04 10-07 11-06'],
    [
      'FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2',
      ...(['1997-09-29', '1998-03-31', '1997: 09-29 10-30 11-27 12-30 1998: 01-29 02-26 03-30'] as const),
    ],
    ['FREQ=YEARLY', '2027-12-24', '2029-12-31', '2027: 12-24 2028: 12-24 2029: 12-24'],
    ['FREQ=YEARLY', '2028-02-29', '2036-12-31', '2028: 02-29 2032: 02-29 2036: 02-29'],
    ['FREQ=YEARLY;BYMONTH=6,7;COUNT=4', '1997-06-10', '1999-12-31', '1997: 06-10 07-10 1998: 06-10 07-10'],
    ['FREQ=YEARLY;BYMONTHDAY=25;BYMONTH=12', '2027-12-25', '2028-12-31', '2027: 12-25 2028: 12-25'],
    [
      'FREQ=YEARLY;INTERVAL=3;COUNT=7;BYYEARDAY=1,100,200',
      ...(['1997-01-01', '2009-12-31', '1997: 01-01 04-10 07-19 2000: 01-01 04-09 07-18 2003: 01-01'] as const),
    ],
    ['FREQ=YEARLY;BYYEARDAY=-1', '2027-12-31', '2028-12-31', '2027: 12-31 2028: 12-31'],
    ['FREQ=YEARLY;BYDAY=20MO', '1997-05-19', '1999-12-31', '1997: 05-19 1998: 05-18 1999: 05-17'],
    ['FREQ=YEARLY;BYDAY=-1FR', '2027-12-31', '2028-12-31', '2027: 12-31 2028: 12-29'],
    ['FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO', '1997-05-12', '1999-12-31', '1997: 05-12 1998: 05-11 1999: 05-17'],
    ['FREQ=YEARLY;BYWEEKNO=-1', '2026-12-28', '2028-12-31', '2026: 12-28 2027: 12-27 2028: 12-25'],
    [
      'FREQ=YEARLY;BYMONTH=3;BYDAY=TH',
      '1997-03-13',
      '1998-12-31',
      '1997: 03-13 03-20 03-27 1998: 03-05 03-12 03-19 03-26',
    ],
    [
      'FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8',
      ...(['1996-11-05', '2004-12-31', '1996: 11-05 2000: 11-07 2004: 11-02'] as const),
    ],
    ['FREQ=YEARLY;BYDAY=MO;BYSETPOS=1', '2027-01-04', '2028-12-31', '2027: 01-04 2028: 01-03'],
    // Rules that name no day but the first end all the same, and no day is made up for them.
    ['FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30', '2027-01-31', '2029-12-31', '2027: 01-31'],
    ['FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30', '2027-01-31', '2029-12-31', '2027: 01-31'],
    ['FREQ=DAILY;INTERVAL=7;BYDAY=TU', '2027-01-11', '2029-12-31', '2027: 01-11'],
    ['FREQ=DAILY;COUNT=0', '2027-01-11', '2029-12-31', '2027: 01-11'],
    ['FREQ=DAILY;INTERVAL=999999999', '2027-01-11', '2029-12-31', '2027: 01-11'],
  ])('%s from %s until %s', (rule, start, last, days) => {
    let year = '';
    const expected = days.split(' ').flatMap((part) => {
      if (part.endsWith(':')) year = part.slice(0, -1);
      return part.endsWith(':') ? [] : `${year}-${part}`;
    });
    expect(list(rule, { start, last })).toEqual(expected);
  });

  test('counts from the beginning, also where only later years are asked for', () => {
    const asked = { start: '2000-01-03', first: '2027-01-01', last: '2027-12-31' };
    expect(list('FREQ=YEARLY;COUNT=28', asked)).toEqual(['2027-01-03']);
    expect(list('FREQ=YEARLY;COUNT=27', asked)).toEqual([]);
    expect(list('FREQ=YEARLY;INTERVAL=3', asked)).toEqual(['2027-01-03']);
    expect(list('FREQ=YEARLY;INTERVAL=2', asked)).toEqual([]);
    expect(list('FREQ=MONTHLY;BYDAY=MO;BYSETPOS=2', { ...asked, last: '2027-02-28' })).toEqual([
      '2027-01-11',
      '2027-02-08',
    ]);
  });

  test('agrees with the iterator of ical.js on the rules that calendars write', () => {
    const codes = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'];
    const some = <Value>(values: Value[]) => fc.subarray(values, { minLength: 1 }).map((chosen) => chosen.join(','));
    const weekdays = some(codes);
    const nth = fc.tuple(fc.constantFrom(1, 2, 3, 4, -1, -2), fc.constantFrom(...codes)).map((parts) => parts.join(''));
    const month = fc.integer({ min: 1, max: 12 });
    const monthDay = fc.integer({ min: 1, max: 28 });
    const kind = fc.oneof(
      fc.constantFrom('FREQ=DAILY', 'FREQ=WEEKLY', 'FREQ=MONTHLY', 'FREQ=YEARLY'),
      fc.tuple(weekdays, fc.constantFrom('MO', 'SU')).map(([days, start]) => `FREQ=WEEKLY;BYDAY=${days};WKST=${start}`),
      nth.map((day) => `FREQ=MONTHLY;BYDAY=${day}`),
      fc.oneof(monthDay, fc.constantFrom(29, 30, 31, -1, -2)).map((day) => `FREQ=MONTHLY;BYMONTHDAY=${day}`),
      fc.tuple(weekdays, fc.constantFrom(1, 2, -1)).map(([days, at]) => `FREQ=MONTHLY;BYDAY=${days};BYSETPOS=${at}`),
      fc.tuple(month, nth).map(([at, day]) => `FREQ=YEARLY;BYMONTH=${at};BYDAY=${day}`),
      fc.tuple(month, monthDay).map(([at, day]) => `FREQ=YEARLY;BYMONTH=${at};BYMONTHDAY=${day}`),
    );
    const interval = fc.integer({ min: 1, max: 4 }).map((every) => (every === 1 ? '' : `;INTERVAL=${every}`));
    const count = fc.option(fc.integer({ min: 1, max: 8 }), { nil: undefined });
    const day = fc.integer({ min: dayOf('2026-01-01'), max: dayOf('2028-12-31') });
    fc.assert(
      fc.property(kind, interval, count, day, (base, every, times, from) => {
        const rule = base + every + (times === undefined ? '' : `;COUNT=${times}`);
        // Where an event begins on a day that its rule does not have, RFC 5545 leaves open what that means.
        const start = iterate(base, dateOf(from), 1)[0]!;
        const expected = iterate(rule, start, times ?? 6);
        expect(list(rule, { start, last: expected.at(-1)! })).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });
});

function iterate(rule: string, start: string, most: number): string[] {
  const iterator = ICAL.Recur.fromString(rule).iterator(ICAL.Time.fromDateString(start));
  const days: string[] = [];
  for (let day = iterator.next(); day && days.length < most; day = iterator.next()) days.push(day.toString());
  return days;
}

describe('readRepeatRule', () => {
  test.each([
    ['FREQ=HOURLY', 'repeats more often than once a day (FREQ=HOURLY), but closures are whole days'],
    ['COUNT=3', 'has no FREQ'],
    ['FREQ=WEEKLY;BYDAY=2MO', 'counts weekdays (BYDAY=2MO), which only monthly and yearly rules can'],
  ])('says of %s that it %s', (rule, wrong) => {
    expect(readRule(rule)).toBe(wrong);
  });
});
