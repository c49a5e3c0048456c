import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { OpenSpan } from '../../src/campaign/plan.js';
import { estimateFinishTimes, type Load, type SenderLimits } from '../../src/plan/finish-times.js';

const microsoft365 = { perMinute: 30, perDay: 10_000 };
const minute = 60_000;
/** `12 09:00`: a day and a time of January 2027, UTC. */
const at = (text: string) => new Date(`2027-01-${text.replace(' ', 'T')}Z`);
const show = (instant?: Date) => instant?.toISOString().slice(8, 16).replace('T', ' ');
const hoursOf = (...spans: string[]): OpenSpan[] =>
  spans.map((span) => {
    const [day, from, until] = span.split(/[ -]/);
    return { from: at(`${day} ${from}`), until: at(`${day} ${until}`) };
  });
const workHours = hoursOf('12 08:00-17:00', '13 08:00-17:00', '14 08:00-17:00');

type Wanted = [count: number, sendAt: string, finish: string | undefined, left?: number, windows?: OpenSpan[]];

describe('estimateFinishTimes', () => {
  test.each<[string, SenderLimits, Wanted[]]>([
    ['nothing to send', microsoft365, [[0, '12 09:00', '12 09:00']]],
    ['one mail', microsoft365, [[1, '12 09:00', '12 09:00']]],
    ['what one minute takes', microsoft365, [[30, '12 09:00', '12 09:00']]],
    ['one more than one minute takes', microsoft365, [[31, '12 09:00', '12 09:01']]],
    // 10,000 / 30 = 333.33: the 334th burst is 333 minutes after the first.
    ['10,000 at 30 a minute', { perMinute: 30 }, [[10_000, '12 09:00', '12 14:33']]],
    ['what one day takes', microsoft365, [[10_000, '12 09:00', '12 14:33']]],
    ['one more than one day takes: 24 h after the first', microsoft365, [[10_001, '12 09:00', '13 09:00']]],
    // The places of 09:00 come back at 09:00 and so on: the second day is like the first.
    ['20,000 from one mailbox of Microsoft 365', microsoft365, [[20_000, '12 09:00', '13 14:33']]],
    ['30,000 of them', microsoft365, [[30_000, '12 09:00', '14 14:33']]],
    ['a day without a limit a minute', { perDay: 10_000 }, [[25_000, '12 09:00', '14 09:00']]],
    ['a mail a day', { perDay: 1 }, [[4, '12 09:00', '15 09:00']]],
    ['no limits', {}, [[1_000_000, '12 09:00', '12 09:00']]],
    ['no limits, and hours', {}, [[1_000_000, '12 17:00', '13 08:00', 0, workHours]]],
    ['no limits, and hours that are over', {}, [[50, '14 17:00', undefined, 50, workHours]]],
    // Until 17:00 there are 480 bursts of 30, and the other 5,600 take 187 more from 08:00.
    ['20,000 in work hours', { perMinute: 30 }, [[20_000, '12 09:00', '13 11:06', 0, workHours]]],
    ['to the last minute of an hour', { perMinute: 1 }, [[480, '12 09:00', '12 16:59', 0, workHours]]],
    ['one past the last minute of an hour', { perMinute: 1 }, [[481, '12 09:00', '13 08:00', 0, workHours]]],
    // Three days of hours at a mail a minute, the first without its first hour.
    ['more than all its hours take', { perMinute: 1 }, [[1_600, '12 09:00', undefined, 40, workHours]]],
    // The day's places come back from 09:00 on, and the hours have begun by then.
    ['work hours and a day', microsoft365, [[12_000, '12 09:00', '13 10:06', 0, workHours]]],
    [
      'two at once, a mail each in turn: both at half the pace until the small one is through',
      { perMinute: 30 },
      [
        [150, '12 09:00', '12 09:09'],
        [1_000, '12 09:00', '12 09:38'],
      ],
    ],
    [
      'three at once and two places a minute',
      { perMinute: 2 },
      [
        [1, '12 09:00', '12 09:00'],
        [1, '12 09:00', '12 09:00'],
        [1, '12 09:00', '12 09:01'],
      ],
    ],
    [
      'a small one due in the middle of a big one: behind it',
      { perMinute: 30 },
      [
        [10_000, '12 09:00', '12 14:33'],
        [40, '12 11:00', '12 14:34'],
      ],
    ],
    [
      'a small one whose day is taken by a big one: behind what is left of that',
      microsoft365,
      [
        [10_010, '12 09:00', '13 09:00'],
        [20, '12 11:00', '13 09:00'],
        [10, '12 12:00', '13 09:01'],
      ],
    ],
    [
      'a big one that waits for its hours, while another goes on',
      { perMinute: 30 },
      [
        [30 * 60 * 9, '12 09:00', '13 08:59', 0, workHours],
        [900, '12 16:50', '12 17:29'],
      ],
    ],
    [
      'the list in any order',
      { perMinute: 1 },
      [
        [2, '12 09:01', '12 09:04'],
        [3, '12 09:00', '12 09:02'],
      ],
    ],
    [
      "two days apart, nobody in each other's way",
      microsoft365,
      [
        [10_000, '12 09:00', '12 14:33'],
        [10_000, '14 09:00', '14 14:33'],
      ],
    ],
  ])('%s', (_, limits, wanted) => {
    const loads = wanted.map(([count, sendAt, , , windows], index) => ({
      ...{ key: `load-${index}`, count, sendAt: at(sendAt) },
      ...(windows && { windows }),
    }));
    const found = estimateFinishTimes(loads, limits);
    expect([...found].map(([key, { at: finish, left }]) => [key, show(finish), left])).toEqual(
      wanted.map(([, , finish, left = 0], index) => [`load-${index}`, finish, left]),
    );
  });

  test.each<[string, SenderLimits, string, number]>([
    ['at midnight', microsoft365, '13 00:00', 10_000],
    ['while it sends', microsoft365, '12 09:01', 19_970],
    ['at the last of them', microsoft365, '13 14:33', 10],
    ['after the last of them', microsoft365, '13 14:34', 0],
    ['before it begins', microsoft365, '12 09:00', 20_000],
    ['without limits', {}, '12 09:01', 0],
    ['without limits, before it begins', {}, '12 09:00', 20_000],
  ])('counts who is late %s', (_, limits, dueBy, late) => {
    const load = { key: 'load', count: 20_000, sendAt: at('12 09:00'), dueBy: at(dueBy) };
    expect(estimateFinishTimes([load], limits).get('load')?.late).toBe(late);
    const [hours, never] = [hoursOf('12 09:00-09:10'), { left: 20_000, late: 20_000 }];
    expect(estimateFinishTimes([{ ...load, sendAt: at('12 09:20'), windows: hours }], limits).get('load')).toEqual(
      never,
    );
  });

  test('rounds what is no whole minute up: when hours open and close, and who is late', () => {
    const windows = hoursOf('12 09:00:30-09:02:30', '12 09:04:00-09:05:00');
    const load = { key: 'load', sendAt: at('12 08:59'), count: 3, windows, dueBy: at('12 09:01:30') };
    const find = (count: number) => estimateFinishTimes([{ ...load, count }], { perMinute: 1 }).get('load');
    expect([1, 2, 3, 4].map((count) => [show(find(count)?.at), find(count)?.late, find(count)?.left])).toEqual([
      ['12 09:01', 0, 0],
      ['12 09:02', 1, 0],
      ['12 09:04', 2, 0],
      [undefined, 3, 1],
    ]);
  });

  test('counts those who never get it among the late', () => {
    const load = { key: 'load', count: 500, sendAt: at('12 09:00'), windows: hoursOf('12 09:00-09:10') };
    const found = estimateFinishTimes([{ ...load, dueBy: at('12 09:05') }], { perMinute: 30 }).get('load');
    expect(found).toEqual({ left: 200, late: 350 });
  });

  test.each([{ perMinute: 0 }, { perDay: -1 }, { perMinute: Number.NaN }])('%j is a bug of the caller', (limits) => {
    expect(() => estimateFinishTimes([], limits)).toThrow('not the limits of a sender');
  });

  test('takes as long as there are minutes, not mails: a million people in 800 loads over 23 days', () => {
    const loads = Array.from({ length: 800 }, (_, index) => ({
      ...{
        key: `load-${index}`,
        count: 1_250,
        sendAt: new Date(at('12 09:00').getTime() + (index % 40) * 30 * minute),
      },
    }));
    const before = process.cpuUsage();
    const found = estimateFinishTimes(loads, { perMinute: 30 });
    const { user, system } = process.cpuUsage(before);
    const last = Math.max(...[...found.values()].map((finish) => finish.at?.getTime() ?? 0));
    // 33,333.33 minutes after the first.
    expect(show(new Date(last))).toBe('04 12:33');
    // 25 ms on the machine it was written on; message by message it is seconds.
    expect((user + system) / 1000).toBeLessThan(500);
  });
});

/** One mail after the other, at the first instant that the limits allow. */
function sendOneByOne(loads: readonly Load[], { perMinute = 1e9, perDay = 1e9 }: SenderLimits) {
  const sent: number[] = [];
  const lines = loads.map((load) => ({
    ...load,
    due: load.sendAt.getTime(),
    left: load.count,
    last: load.sendAt.getTime(),
    turn: -1,
  }));
  const spansOf = (line: Load) =>
    line.windows?.map(({ from, until }) => [from.getTime(), until.getTime()] as const) ?? [
      [0, Number.POSITIVE_INFINITY] as const,
    ];
  for (let now = 0; ; ) {
    const awaited = lines.filter(({ left }) => left > 0);
    const open = awaited.filter(
      (line) => line.due <= now && spansOf(line).some(([from, until]) => from <= now && now < until),
    );
    if (open.length === 0) {
      const next = Math.min(
        ...awaited.flatMap((line) => [line.due, ...spansOf(line).map(([from]) => from)]).filter((each) => each > now),
      );
      if (next === Number.POSITIVE_INFINITY) break;
      now = next;
      continue;
    }
    const free = Math.max((sent.at(-perMinute) ?? 0) + minute, (sent.at(-perDay) ?? 0) + 1440 * minute);
    if (free > now) {
      now = free;
      continue;
    }
    const [next] = open.sort((a, b) => a.due - b.due || a.turn - b.turn || lines.indexOf(a) - lines.indexOf(b));
    Object.assign(next!, { left: next!.left - 1, last: now, turn: sent.length });
    sent.push(now);
  }
  return new Map(lines.map(({ key, left, last }) => [key, left > 0 ? { left } : { at: new Date(last), left }]));
}

const start = at('12 00:00').getTime();
const limits = fc.record({
  perMinute: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
  perDay: fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined }),
});
/** Crowded, so that loads are in each other's way. */
const startMinute = fc.oneof(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 3000 }));
const windows = fc
  .uniqueArray(fc.oneof(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 6000 })), { maxLength: 8 })
  .map((minutes) => minutes.sort((a, b) => a - b))
  .map((minutes) =>
    minutes.flatMap((from, index) => {
      const until = minutes[index + 1];
      return index % 2 === 1 || until === undefined
        ? []
        : [{ from: new Date(start + from * minute), until: new Date(start + until * minute) }];
    }),
  );
const loadsOf = (unit: number, spans: fc.Arbitrary<OpenSpan[] | undefined>, most: number) =>
  fc
    .array(
      fc.record({
        from: startMinute,
        rest: fc.integer({ min: 0, max: 59 }),
        count: fc.integer({ min: 0, max: most }),
        spans,
      }),
      {
        minLength: 1,
        maxLength: 8,
      },
    )
    .map((all) =>
      all.map(({ from, rest, count, spans: open }, index) => ({
        ...{ key: `load-${index}`, count, sendAt: new Date(start + from * minute + rest * unit) },
        ...(open && { windows: open }),
      })),
    );
const anyTime = fc.constant(undefined);
const many = { numRuns: 10_000 };

describe('finish times, whatever the loads', () => {
  test('are those of sending one mail after the other, to the minute', () => {
    fc.assert(
      fc.property(loadsOf(0, fc.option(windows, { nil: undefined }), 25), limits, (loads, allowed) => {
        const found = estimateFinishTimes(loads, withoutAbsent(allowed));
        const expected = sendOneByOne(loads, withoutAbsent(allowed));
        for (const { key } of loads) {
          const [mine, theirs] = [found.get(key), expected.get(key)];
          if (mine?.at?.getTime() !== theirs?.at?.getTime() || mine?.left !== theirs?.left)
            throw new Error(`${key}: ${JSON.stringify(mine)}, not ${JSON.stringify(theirs)}`);
        }
      }),
      many,
    );
  });

  test('are never earlier than that and at most a minute later, where instants are no whole minutes', () => {
    fc.assert(
      fc.property(loadsOf(1000, anyTime, 25), limits, (loads, allowed) => {
        const found = estimateFinishTimes(loads, withoutAbsent(allowed));
        for (const [key, { at: expected }] of sendOneByOne(loads, withoutAbsent(allowed))) {
          const laterMs = (found.get(key)?.at?.getTime() ?? 0) - (expected?.getTime() ?? 0);
          if (laterMs < 0 || laterMs > minute) throw new Error(`${key}: ${laterMs} ms later`);
        }
      }),
      many,
    );
  });

  test('never let more mails go in 60 seconds or 24 hours than allowed, and keep the order of the instants', () => {
    fc.assert(
      fc.property(loadsOf(1000, anyTime, 1), limits, (loads, allowed) => {
        // A load for each mail: its finish is when that mail is sent.
        const single = loads.filter(({ count }) => count === 1).sort((a, b) => a.sendAt.getTime() - b.sendAt.getTime());
        const crowd = single.flatMap((load) =>
          [0, 1, 2, 3].map((number) => ({ ...load, key: `${load.key}-${number}` })),
        );
        const found = estimateFinishTimes(crowd, withoutAbsent(allowed));
        const sent = crowd.map(({ key }) => found.get(key)!.at!.getTime());
        const { perMinute = 1e9, perDay = 1e9 } = allowed;
        for (const [index, now] of sent.entries()) {
          if (now < crowd[index]!.sendAt.getTime()) throw new Error('before it was due');
          expectApart(sent, index, { count: 1, ms: 0 });
          expectApart(sent, index, { count: perMinute, ms: minute });
          expectApart(sent, index, { count: perDay, ms: 1440 * minute });
        }
      }),
      many,
    );
  });

  test('leave nobody out: later or never adds up, and a later deadline finds fewer late', () => {
    fc.assert(
      fc.property(
        loadsOf(0, fc.option(windows, { nil: undefined }), 25),
        limits,
        startMinute,
        (loads, allowed, deadline) => {
          const lateAt = (minutes: number) => {
            const dueBy = new Date(start + minutes * minute);
            return estimateFinishTimes(
              loads.map((load) => ({ ...load, dueBy })),
              withoutAbsent(allowed),
            );
          };
          const [early, later, last] = [lateAt(deadline), lateAt(deadline + 1), lateAt(1e8)];
          for (const { key, count } of loads) {
            const [a, b, c] = [early.get(key)!, later.get(key)!, last.get(key)!];
            if (!(count >= a.late && a.late >= b.late && b.late >= c.late)) throw new Error('not fewer');
            if (c.late !== c.left || c.left > 0 !== (c.at === undefined)) throw new Error('does not add up');
          }
        },
      ),
      many,
    );
  });
});

function expectApart(sent: readonly number[], index: number, { count, ms }: { count: number; ms: number }): void {
  const before = sent[index - count];
  if (before !== undefined && sent[index]! - before < ms) throw new Error(`more than ${count} in ${ms} ms`);
}

function withoutAbsent(allowed: { perMinute: number | undefined; perDay: number | undefined }): SenderLimits {
  return JSON.parse(JSON.stringify(allowed));
}
