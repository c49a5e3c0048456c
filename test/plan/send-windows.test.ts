import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { addDays, weekdayOf } from '../../src/plan/calendar.js';
import { listWindows, moveIntoWindow } from '../../src/plan/send-windows.js';

const isWeekend = (date: string) => ['sat', 'sun'].includes(weekdayOf(date));
const show = (spans: { from: Date; until: Date }[]) =>
  spans.map(({ from, until }) => `${from.toISOString().slice(0, 16)} ${until.toISOString().slice(0, 16)}`);

describe('listWindows', () => {
  test.each<[string, { window?: string; zone?: string; from: string; until: string }, string[]]>([
    [
      'the windows of work days',
      { from: '2027-01-07T00:00Z', until: '2027-01-12T00:00Z' },
      ['2027-01-07T07:00 2027-01-07T16:00', '2027-01-08T07:00 2027-01-08T16:00', '2027-01-11T07:00 2027-01-11T16:00'],
    ],
    [
      'whole windows, also where they have begun or outlast the span',
      { from: '2027-01-07T15:59Z', until: '2027-01-08T07:01Z' },
      ['2027-01-07T07:00 2027-01-07T16:00', '2027-01-08T07:00 2027-01-08T16:00'],
    ],
    ['no window that only touches the span', { from: '2027-01-07T16:00Z', until: '2027-01-08T07:00Z' }, []],
    [
      'the hours of the zone over a change of the clock',
      { from: '2027-03-26T00:00Z', until: '2027-03-30T00:00Z' },
      ['2027-03-26T07:00 2027-03-26T16:00', '2027-03-29T06:00 2027-03-29T15:00'],
    ],
    [
      'a window that ends with the day',
      { window: '22:00-24:00', from: '2027-01-08T00:00Z', until: '2027-01-09T12:00Z' },
      ['2027-01-08T21:00 2027-01-08T23:00'],
    ],
    [
      'work days of a zone that is a day ahead of UTC',
      { zone: 'Pacific/Kiritimati', from: '2027-01-07T18:00Z', until: '2027-01-08T17:00Z' },
      ['2027-01-07T18:00 2027-01-08T03:00'],
    ],
    [
      'work days of a zone that is half a day behind UTC',
      { zone: 'Etc/GMT+12', window: '12:00-24:00', from: '2027-01-09T11:59Z', until: '2027-01-09T12:00Z' },
      ['2027-01-09T00:00 2027-01-09T12:00'],
    ],
  ])('lists %s', (_, { window = '08:00-17:00', zone = 'Europe/Amsterdam', from, until }, expected) => {
    const spans = listWindows({ window, zone, from: new Date(from), until: new Date(until), isDayOff: isWeekend });
    expect(show(spans)).toEqual(expected);
  });

  const every = { isDayOff: () => false };
  test.each<[string, string, string, string, string[]]>([
    [
      'starts after the missing hour',
      'Europe/Amsterdam',
      '02:30-04:00',
      '2027-03-28',
      ['2027-03-28T01:00 2027-03-28T02:00'],
    ],
    [
      'ends where the missing hour begins',
      'Europe/Amsterdam',
      '01:00-02:30',
      '2027-03-28',
      ['2027-03-28T00:00 2027-03-28T01:00'],
    ],
    ['is left out inside the missing hour', 'Europe/Amsterdam', '02:15-02:45', '2027-03-28', []],
    [
      'is an hour longer over the doubled one',
      'Europe/Amsterdam',
      '01:00-04:00',
      '2027-10-31',
      ['2027-10-30T23:00 2027-10-31T03:00'],
    ],
    [
      'takes the first of the doubled hour',
      'Europe/Amsterdam',
      '02:00-02:30',
      '2027-10-31',
      ['2027-10-31T00:00 2027-10-31T00:30'],
    ],
    ['is left out on a day that never was', 'Pacific/Apia', '08:00-24:00', '2011-12-30', []],
  ])('a window %s', (_, zone, window, day, expected) => {
    const onDay = { isDayOff: (date: string) => date !== day };
    const [from, until] = [new Date(`${addDays(day, -2)}T00:00Z`), new Date(`${addDays(day, 2)}T00:00Z`)];
    expect(show(listWindows({ window, zone, from, until, ...onDay }))).toEqual(expected);
    // Its neighbours are not touched by it.
    const others = { isDayOff: (date: string) => date === day };
    const [withIt, withoutIt] = [every, others].map((days) => listWindows({ window, zone, from, until, ...days }));
    expect(withIt?.length).toBe((withoutIt?.length ?? 0) + expected.length);
  });

  test('has none where every day is off', () => {
    const span = { from: new Date('2027-01-01T00:00Z'), until: new Date('2027-12-31T00:00Z') };
    expect(listWindows({ window: '08:00-17:00', zone: 'UTC', ...span, isDayOff: () => true })).toEqual([]);
  });
});

/** Zones whose clocks change at midnight, by half an hour, on paper only, and not at all. */
const zones = [
  ...['Europe/Amsterdam', 'America/New_York', 'Australia/Lord_Howe', 'America/Nuuk', 'Asia/Beirut', 'America/Havana'],
  ...['Pacific/Kiritimati', 'Etc/GMT+12', 'Asia/Kathmandu', 'Africa/Casablanca'],
];
const hours = ['00:00', '01:30', '02:15', '08:00', '17:00', '23:30', '24:00'];
/** Around the weekends on which most of them change. The days are few so that each is resolved once. */
const firstDays = ['2027-03-10', '2027-03-24', '2027-04-01', '2027-10-28', '2027-11-04'];
const span = fc
  .record({
    zone: fc.constantFrom(...zones),
    hours: fc.uniqueArray(fc.constantFrom(...hours), { minLength: 2, maxLength: 2 }).map((pair) => pair.sort()),
    day: fc.constantFrom(...firstDays),
    minute: fc.nat(4 * 1440),
    minutes: fc.integer({ min: 1, max: 6 * 1440 }),
    daysOff: fc.array(fc.nat(13), { maxLength: 8 }),
  })
  .map(({ zone, hours: [opens, closes], day, minute, minutes, daysOff }) => {
    const from = new Date(Date.parse(`${day}T00:00Z`) + minute * 60_000);
    const off = new Set(daysOff.map((days) => addDays(day, days - 2)));
    const until = new Date(from.getTime() + minutes * 60_000);
    const isDayOff = (date: string) => off.has(date);
    return { window: `${opens}-${closes}`, opens, closes, zone, from, until, isDayOff };
  });
const many = { numRuns: 10_000 };

const clocks = new Map(
  zones.map((zone) => [
    zone,
    new Intl.DateTimeFormat('sv', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' }),
  ]),
);
/** `YYYY-MM-DD HH:MM`, by another way than the code under test goes. */
const clockOf = (instantMs: number, zone: string) => clocks.get(zone)!.format(instantMs);

describe('listWindows for any zone and span', () => {
  test('gives windows in order, disjoint, within their hours and on work days of their zone', () => {
    let listed = 0;
    fc.assert(
      fc.property(span, ({ opens, closes, ...asked }) => {
        const windows = listWindows(asked);
        listed += windows.length;
        const wrong = windows.filter(({ from, until }, at) => {
          const [firstDay = '', first = ''] = clockOf(from.getTime(), asked.zone).split(' ');
          const [lastDay, last = ''] = clockOf(until.getTime() - 1, asked.zone).split(' ');
          const isOrdered = from < until && (at === 0 || windows[at - 1]!.until <= from);
          const isOpen = firstDay === lastDay && !asked.isDayOff(firstDay) && first >= opens! && last < closes!;
          return !isOrdered || !isOpen || until <= asked.from || from >= asked.until;
        });
        expect(wrong).toEqual([]);
      }),
      many,
    );
    expect(listed).toBeGreaterThan(10_000);
  });

  test('misses no moment: whoever looks at the clock finds it open exactly when a window is', () => {
    fc.assert(
      fc.property(span, fc.double({ min: 0, max: 1, noNaN: true }), ({ opens, closes, ...asked }, part) => {
        const at = asked.from.getTime() + Math.floor(part * (asked.until.getTime() - asked.from.getTime() - 1));
        const [date = '', time = ''] = clockOf(at, asked.zone).split(' ');
        const isOpen = !asked.isDayOff(date) && time >= opens! && time < closes!;
        const isListed = listWindows(asked).some(({ from, until }) => from.getTime() <= at && at < until.getTime());
        // Of an hour that comes twice a window has the first at each end, whatever the clock shows in between.
        const comesTwice = [-60, -30].some((minutes) => clockOf(at + minutes * 60_000, asked.zone).endsWith(time));
        if (!comesTwice) expect(isListed).toBe(isOpen);
      }),
      many,
    );
  });
});

describe('moveIntoWindow', () => {
  const windows = [
    { from: new Date('2027-01-07T07:00Z'), until: new Date('2027-01-07T16:00Z') },
    { from: new Date('2027-01-08T07:00Z'), until: new Date('2027-01-08T16:00Z') },
  ];
  test.each([
    ['before', '2027-01-07T06:59Z', '2027-01-07T07:00Z'],
    ['at the first moment of', '2027-01-07T07:00Z', '2027-01-07T07:00Z'],
    ['inside', '2027-01-07T12:34Z', '2027-01-07T12:34Z'],
    ['at the first moment outside', '2027-01-07T16:00Z', '2027-01-08T07:00Z'],
  ])('an instant %s a window', (_, instant, expected) => {
    expect(moveIntoWindow(new Date(instant), windows)).toEqual(new Date(expected));
  });

  test('finds none after the last', () => {
    expect(moveIntoWindow(new Date('2027-01-08T16:00Z'), windows)).toBeUndefined();
    expect(moveIntoWindow(new Date('2027-01-08T12:00Z'), [])).toBeUndefined();
  });

  test('gives an instant inside a window, never an earlier one, and none that a window could have had sooner', () => {
    fc.assert(
      fc.property(span, fc.integer({ min: -2880, max: 12_000 }), (asked, minutes) => {
        const listed = listWindows(asked);
        const instant = new Date(asked.from.getTime() + minutes * 60_000);
        const moved = moveIntoWindow(instant, listed);
        const later = listed.filter(({ until }) => until > instant);
        if (moved === undefined) {
          expect(later).toEqual([]);
          return;
        }
        expect(moved >= instant).toBe(true);
        expect(listed.some(({ from, until }) => from <= moved && moved < until)).toBe(true);
        expect(later.every(({ from }) => from >= moved || from <= instant)).toBe(true);
        if (listed.some(({ from, until }) => from <= instant && instant < until)) expect(moved).toEqual(instant);
      }),
      many,
    );
  });
});
