import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Group, PlannedStep } from '../../src/campaign/plan.js';
import type { SenderLimits } from '../../src/plan/finish-times.js';
import { judgeCapacity } from '../../src/plan/judge-capacity.js';
import { planCampaign } from '../../src/plan/plan-campaign.js';
import { makeCampaign } from '../rig/make-campaign.js';

const microsoft365 = { name: 'microsoft-365', limits: { perMinute: 30, perDay: 10_000 } };
const slow = { name: 'slow', limits: { perMinute: 1 } };
const unlimited = { name: 'relay', limits: {} };
type Sender = typeof microsoft365 | typeof slow | typeof unlimited;
const waysOut =
  'take another sender, such as High Volume Email for people inside the organisation, or accept it: "accept: [capacity]" in the file, or --accept capacity';

type StepFields = Record<string, string>;
/** Steps with how many people each group of them goes to; Amsterdam, launch on 2027-01-12 at 09:00. */
function judge(
  sender: Sender,
  steps: [StepFields, number][],
  { groups, ...changes }: { groups?: Partial<Group>[]; [field: string]: unknown } = {},
) {
  const fields = steps.map(([step]) => ({ kind: 'available-now', offset: '0d', ...step }));
  const campaign = makeCampaign({ steps: fields, ...changes });
  const all = groups?.map((group) => ({ ring: 'everyone', tranche: 0, zone: '', place: '', ...group }));
  const planned = planCampaign(campaign, all ? { groups: all } : {}).steps;
  const sizes = new Map(campaign.steps.map(({ id }, index) => [id, steps[index]?.[1] ?? 0]));
  const people = ({ id }: PlannedStep) => sizes.get(id) ?? 0;
  const { finishes, concerns } = judgeCapacity({ steps: planned, people, sender });
  return { concerns, finishes: planned.map((step) => finishes.get(step)?.at?.toISOString().slice(0, 16)) };
}

describe('judgeCapacity', () => {
  test('tells of 20,000 people and one mailbox of Microsoft 365: the figures and the ways out', () => {
    const { concerns, finishes } = judge(microsoft365, [[{}, 20_000]]);
    expect(finishes).toEqual(['2027-01-13T13:33']);
    expect(concerns).toEqual([
      {
        code: 'capacity',
        message:
          'available-now cannot go out on one day: 20,000 people, and the sender microsoft-365 takes 30 a minute and 10,000 a day. It would finish on Wed 2027-01-13 at 14:33; 10,000 people would still wait when 2027-01-12 ends.',
        hint: `let at most 10,000 people launch a day ("newPerDay: 10000", or rings), ${waysOut}`,
      },
    ]);
  });

  test.each<[string, Sender, [StepFields, number][], string[]]>([
    ['what fits into a day', microsoft365, [[{}, 10_000]], ['2027-01-12T13:33']],
    ['nobody', microsoft365, [[{}, 0]], ['2027-01-12T08:00']],
    ['a sender without limits', unlimited, [[{}, 1_000_000]], ['2027-01-12T08:00']],
    // 22:00 to 23:59.
    ['the last minute of the day', slow, [[{ time: '22:00' }, 120]], ['2027-01-12T22:59']],
    ['the last minute of its hours', slow, [[{ window: '08:00-11:00' }, 120]], ['2027-01-12T09:59']],
    [
      'a step a day',
      microsoft365,
      [
        [{ kind: 'coming-soon', offset: '-1d' }, 10_000],
        [{}, 10_000],
      ],
      ['2027-01-11T13:33', '2027-01-12T13:33'],
    ],
  ])('has nothing to say of %s', (_, sender, steps, finishes) => {
    expect(judge(sender, steps)).toEqual({ concerns: [], finishes });
  });

  test.each<[string, Sender, [StepFields, number][], string, string]>([
    [
      'one person past midnight',
      slow,
      [[{ time: '22:00' }, 121]],
      'available-now cannot go out on one day: 121 people, and the sender slow takes 1 a minute. It would finish on Wed 2027-01-13 at 00:00; 1 person would still wait when 2027-01-12 ends.',
      `start an hour earlier ("time: 21:00"), let at most 120 people launch a day ("newPerDay: 120", or rings), ${waysOut}`,
    ],
    [
      // 9,000 from 19:00 on, and 7,200 from 20:00.
      'an evening: so many hours earlier would do',
      microsoft365,
      [[{ time: '21:00' }, 8_000]],
      'available-now cannot go out on one day: 8,000 people, and the sender microsoft-365 takes 30 a minute and 10,000 a day. It would finish on Wed 2027-01-13 at 01:26; 2,600 people would still wait when 2027-01-12 ends.',
      `start 2 hours earlier ("time: 19:00"), let at most 5,400 people launch a day ("newPerDay: 5400", or rings), ${waysOut}`,
    ],
    [
      // 3 hours of 1,800, and on the next day the places of the first come back at 09:00.
      'hours that close: earlier only as far as they are open',
      microsoft365,
      [[{ window: '08:00-12:00', time: '10:00' }, 7_000]],
      'available-now cannot go out on one day: 7,000 people, and the sender microsoft-365 takes 30 a minute and 10,000 a day. It would finish on Wed 2027-01-13 at 09:53; 3,400 people would still wait when its hours on 2027-01-12 end.',
      `start 2 hours earlier ("time: 08:00"), let at most 3,600 people launch a day ("newPerDay: 3600", or rings), ${waysOut}`,
    ],
    [
      'hours that are full from their first minute on: no start helps',
      microsoft365,
      [[{ window: '08:00-12:00', time: '10:00' }, 7_201]],
      'available-now cannot go out on one day: 7,201 people, and the sender microsoft-365 takes 30 a minute and 10,000 a day. It would finish on Wed 2027-01-13 at 10:00; 3,601 people would still wait when its hours on 2027-01-12 end.',
      `let at most 3,600 people launch a day ("newPerDay: 3600", or rings), ${waysOut}`,
    ],
    [
      // A reminder expires after a day: what has not gone by 09:00 never goes.
      'people who would never get it',
      microsoft365,
      [[{ kind: 'sign-up-reminder' }, 25_000]],
      'sign-up-reminder cannot go out on one day: 25,000 people, and the sender microsoft-365 takes 30 a minute and 10,000 a day. It expires on Wed 2027-01-13 at 09:00, and 15,000 people would never get it; 15,000 people would still wait when 2027-01-12 ends.',
      `let at most 10,000 people launch a day ("newPerDay: 10000", or rings), ${waysOut}`,
    ],
    [
      // 10:00 to 12:00, and on the next day 08:00 to 10:00: 3,600 each.
      'people who would never get it, for their next hours end with the expiry',
      microsoft365,
      [[{ kind: 'sign-up-reminder', window: '08:00-12:00', time: '10:00' }, 8_000]],
      'sign-up-reminder cannot go out on one day: 8,000 people, and the sender microsoft-365 takes 30 a minute and 10,000 a day. It expires on Wed 2027-01-13 at 10:00, and 800 people would never get it; 4,400 people would still wait when its hours on 2027-01-12 end.',
      `let at most 3,600 people launch a day ("newPerDay: 3600", or rings), ${waysOut}`,
    ],
    [
      // The day has 10 places left, and the first of the 9,990 come back at 09:00.
      "another step that takes the day's places",
      microsoft365,
      [
        [{}, 9_990],
        [{ kind: 'sign-up-reminder', time: '23:00' }, 100],
      ],
      'sign-up-reminder cannot go out on 2027-01-12: 100 people, and the sender microsoft-365 takes 30 a minute and 10,000 a day, and has available-now to send as well. It would finish on Wed 2027-01-13 at 09:02; 90 people would still wait when 2027-01-12 ends.',
      // At 09:00 both are due at once, and it is through long before the other.
      `start 14 hours earlier ("time: 09:00"), give it a day on which the sender is free, ${waysOut}`,
    ],
    [
      'the day before, whose places have not come back',
      microsoft365,
      [
        [{ kind: 'coming-soon', offset: '-1d', time: '12:00' }, 10_000],
        [{ time: '09:00', window: '09:00-11:00' }, 100],
      ],
      'available-now cannot go out on 2027-01-12: 100 people, and the sender microsoft-365 takes 30 a minute and 10,000 a day, and has coming-soon to send as well. It would finish on Wed 2027-01-13 at 09:03; 100 people would still wait when its hours on 2027-01-12 end.',
      `give it a day on which the sender is free, ${waysOut}`,
    ],
  ])('tells of %s', (_, sender, steps, message, hint) => {
    expect(judge(sender, steps).concerns).toEqual([{ code: 'capacity', message, hint }]);
  });

  test.each([unlimited, microsoft365])('tells of hours that never come, whoever sends: %j', (sender) => {
    const planned = planCampaign(makeCampaign({ steps: [{ kind: 'available-now', offset: '0d' }] })).steps;
    // What is left of a plan whose next work day is after the expiry.
    const closed = planned.map((each) => ({ ...each, windows: [] }));
    const message =
      'available-now cannot go out: none of its hours comes before it expires on Fri 2027-01-15 at 09:00. 500 people would never get it.';
    const hint =
      'give it longer to expire ("expiresAfter"), give it other hours ("window"), or accept it: "accept: [capacity]" in the file, or --accept capacity';
    const { concerns } = judgeCapacity({ steps: closed, people: () => 500, sender });
    expect(concerns).toEqual([{ code: 'capacity', message, hint }]);
  });

  test('counts the groups of a day together, and tells of a step once', () => {
    const rings = [
      { id: 'pilot', share: '10%' },
      { id: 'second', share: '10%' },
      { id: 'rest', offset: '+7d' },
    ];
    const groups = [
      { ring: 'pilot' },
      { ring: 'second' },
      ...[0, 1, 2].map((tranche) => ({ ring: 'rest', tranche })),
      { ring: 'rest', place: 'BE' },
    ];
    const { concerns, finishes } = judge(microsoft365, [[{}, 6_000]], { rings, groups });
    // Two together, twice: 10,000 a day, and the last 2,000 in 67 minutes of the next. The ring's second day comes after
    // those, and its third finds 30 places a minute: 200 minutes.
    expect(finishes).toEqual([
      ...['2027-01-13T09:06', '2027-01-13T09:06', '2027-01-20T09:06', '2027-01-20T09:06'],
      ...['2027-01-20T12:26', '2027-01-21T11:19'],
    ]);
    expect(concerns.map(({ message }) => message)).toEqual([
      'available-now cannot go out on one day: 12,000 people, and the sender microsoft-365 takes 30 a minute and 10,000 a day. It would finish on Wed 2027-01-13 at 10:06; 2,000 people would still wait when 2027-01-12 ends. The same holds for 2027-01-19.',
    ]);
  });

  test('names whoever is served first, and nobody who comes after', () => {
    const { concerns } = judge(slow, [
      [{ kind: 'coming-soon', offset: '-1d', time: '08:00' }, 30],
      [{ time: '22:00' }, 60],
      [{ id: 'second', time: '22:00' }, 60],
      [{ id: 'third', time: '22:30' }, 10],
      [{ id: 'fourth', time: '23:00' }, 10],
    ]);
    expect(concerns.map(({ message }) => message.split('. ')[0])).toEqual([
      'third cannot go out on 2027-01-12: 10 people, and the sender slow takes 1 a minute, and has available-now and second to send as well',
      'fourth cannot go out on 2027-01-12: 10 people, and the sender slow takes 1 a minute, and has available-now, second and third to send as well',
    ]);
  });

  test('tells how many more days of a step are as bad', () => {
    const groups = [0, 1, 2, 3].map((tranche) => ({ tranche }));
    const { concerns } = judge(slow, [[{ time: '23:00' }, 61]], { groups });
    expect(concerns.map(({ message }) => message)).toEqual([
      expect.stringMatching(
        /1 person would still wait when 2027-01-12 ends\. The same holds for 3 more of its days, up to 2027-01-15\.$/,
      ),
    ]);
  });

  test("ends the day in each group's own zone, and says whose clock it tells", () => {
    const groups = [{ zone: 'Asia/Tokyo' }, { zone: 'Europe/Amsterdam' }];
    const launch = { date: '2027-01-12', time: '20:00', zone: 'Europe/Amsterdam', recipientLocal: true };
    // Tokyo's 300 begin at 11:00 UTC and have 240 minutes, Amsterdam's at 19:00 UTC, when Tokyo is through.
    const { concerns, finishes } = judge(slow, [[{}, 300]], { groups, launch });
    expect(finishes).toEqual(['2027-01-12T15:59', '2027-01-12T23:59']);
    expect(concerns.map(({ message }) => message)).toEqual([
      'available-now cannot go out on one day: 600 people, and the sender slow takes 1 a minute. It would finish on Wed 2027-01-13 at 00:59 (Europe/Amsterdam); 120 people would still wait when 2027-01-12 ends where they are.',
    ]);
  });

  const limits = fc.record(
    { perMinute: fc.integer({ min: 1, max: 40 }), perDay: fc.integer({ min: 100, max: 10_000 }) },
    { requiredKeys: ['perMinute'] },
  );
  const step = fc.record({
    hour: fc.integer({ min: 0, max: 23 }),
    people: fc.integer({ min: 1, max: 9_000 }),
    zone: fc.constantFrom('Europe/Amsterdam', 'America/New_York', 'Asia/Kolkata'),
    id: fc.constantFrom('one', 'two'),
    hours: fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined }),
  });
  type Drawn = typeof step extends fc.Arbitrary<infer Value> ? Value : never;
  const offsets: Record<string, number> = { 'Europe/Amsterdam': 60, 'America/New_York': -300, 'Asia/Kolkata': 330 };

  /** One step of one group on 2027-01-12, by hand: no clock changes then. */
  function draw({ hour, zone, id, hours }: Drawn, earlier = 0): PlannedStep {
    const instant = (hoursOfDay: number) =>
      new Date(Date.UTC(2027, 0, 12) + hoursOfDay * 3_600_000 - (offsets[zone] ?? 0) * 60_000);
    const at = hour - earlier;
    const windows =
      hours &&
      [0, 1].map((day) => ({
        from: instant(24 * day + Math.max(0, hour - hours)),
        until: instant(24 * day + hour + 1),
      }));
    return {
      ...{
        id,
        kind: 'available-now',
        offset: '0d',
        localDate: '2027-01-12',
        localTime: `${String(at).padStart(2, '0')}:00`,
        zone,
      },
      ...{ sendAt: instant(at), expiresAt: instant(at + 48), launchDate: '2027-01-12', registerBy: '2027-01-26' },
      group: { ring: 'everyone', tranche: 0, zone, place: '' },
      ...(windows && { windows }),
    };
  }

  function judgeDrawn(drawn: readonly Drawn[], allowed: SenderLimits, earlier: (each: Drawn) => number = () => 0) {
    const sizes = new Map(drawn.map((each) => [draw(each, earlier(each)), each.people]));
    const judged = judgeCapacity({
      steps: [...sizes.keys()],
      people: (each) => sizes.get(each) ?? 0,
      sender: { name: 'sender', limits: allowed },
    });
    return new Map(judged.concerns.map(({ message, hint }) => [message.split(' ')[0], hint]));
  }

  test('advises the fewest hours that help', () => {
    let advised = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 5 }), limits, (drawn, allowed) => {
        for (const [id, hint] of judgeDrawn(drawn, allowed)) {
          const [, text] = /start (an hour|\d+ hours) earlier/.exec(hint) ?? [];
          if (text === undefined) continue;
          advised += 1;
          const hours = text === 'an hour' ? 1 : Number.parseInt(text, 10);
          const moved = (by: number) => judgeDrawn(drawn, allowed, (each) => (each.id === id ? by : 0));
          if (moved(hours).has(id)) throw new Error(`${hours} hours earlier do not help ${id}`);
          if (!moved(hours - 1).has(id)) throw new Error(`${hours - 1} hours earlier would do for ${id}`);
        }
      }),
      { numRuns: 300 },
    );
    expect(advised).toBeGreaterThan(30);
  });

  test('advises as many people a day as fit', () => {
    let advised = 0;
    fc.assert(
      fc.property(step, limits, (drawn, allowed) => {
        for (const [id, hint] of judgeDrawn([drawn], allowed)) {
          advised += 1;
          const fitting = Number(/newPerDay: (\d+)/.exec(hint)?.[1]);
          if (judgeDrawn([{ ...drawn, people: fitting }], allowed).has(id)) throw new Error(`${fitting} do not fit`);
          if (!judgeDrawn([{ ...drawn, people: fitting + 1 }], allowed).has(id))
            throw new Error(`${fitting + 1} fit too`);
        }
      }),
      { numRuns: 500 },
    );
    expect(advised).toBeGreaterThan(50);
  });
});
