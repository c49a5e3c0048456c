import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Recipient } from '../../src/campaign/recipient.js';
import { createRegroup } from '../../src/engine/regroup-campaign.js';
import { createCalendar } from '../../src/plan/calendar.js';
import { summariseStep } from '../../src/report/summarise-steps.js';
import { makeCampaign, makePeople } from '../rig/make-campaign.js';
import { openEngine, type TestEngine } from '../rig/open-engine.js';
import { openTestDatabase, type TestDatabase } from '../rig/open-test-database.js';
import { openScriptedSmtp, type Script, type ScriptedSmtp } from '../rig/scripted-smtp.js';

let database: TestDatabase;
let smtp: ScriptedSmtp;
let engine: TestEngine;
let script: Script = {};
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.clear();
  script = {};
  smtp = await openScriptedSmtp({ rcpt: (offer) => script.rcpt?.(offer) ?? '250 ok' });
  engine = await openEngine(database, { smtpUrl: smtp.url });
  await engine.addWorker();
});
afterEach(async () => {
  await engine.close();
  await smtp.close();
});

/** The people who got a mail since the last look, sorted. */
let seen = 0;
beforeEach(() => {
  seen = 0;
});
const takeNew = () => {
  const fresh = smtp.accepted.slice(seen).map(({ to }) => Number(/^p(\d+)@/.exec(to[0] ?? '')?.[1]));
  seen = smtp.accepted.length;
  return fresh.sort((a, b) => a - b);
};
const at = (text: string) => new Date(text);
const count = async (id: string) => {
  const step = (await database.reports.counts('test')).find((each) => each.id === id);
  if (!step) throw new Error(`no step ${id}`);
  return summariseStep(step);
};
const withColumn = (column: string, values: readonly string[]) => (number: number) => ({
  attributes: { [column]: values[(number - 1) % values.length] ?? '' },
});
const oneStep = [{ kind: 'available-now', offset: '0d' }];

describe('local time', () => {
  const zones = ['Asia/Tokyo', 'Europe/Amsterdam', 'America/New_York', 'Mars/Olympus'];
  const campaign = makeCampaign({
    launch: { date: '2027-01-12', time: '09:00', zone: 'Europe/Amsterdam', recipientLocal: true },
    steps: oneStep,
  });

  test('everybody gets it at nine by their own clock; a zone that nobody knows is the campaign’s', async () => {
    await engine.launch(campaign, makePeople(8, withColumn('timeZone', zones)));
    await engine.playUntil(at('2027-01-11T23:59:59Z'));
    expect(takeNew()).toEqual([]);
    await engine.playUntil(at('2027-01-12T00:00:00Z'));
    expect(takeNew()).toEqual([1, 5]);
    expect(await count('available-now')).toMatchObject({ progress: 'sending', audience: 2, sent: 2 });
    expect((await count('available-now')).because).toContain('6 more follow');
    expect(await database.ledger.nextDue(at('2027-01-12T00:00:00Z'))).toEqual(at('2027-01-12T08:00:00Z'));
    await engine.playUntil(at('2027-01-12T08:00:00Z'));
    expect(takeNew()).toEqual([2, 4, 6, 8]);
    await engine.playUntil(at('2027-01-12T14:00:00Z'));
    expect(takeNew()).toEqual([3, 7]);
    expect(await count('available-now')).toMatchObject({ progress: 'done', audience: 8, sent: 8 });
  });

  test('what was missed in one zone is held, and keeps the others from nothing', async () => {
    await engine.launch(campaign, makePeople(8, withColumn('timeZone', zones)));
    await engine.playUntil(at('2027-01-12T08:00:00Z'));
    expect(takeNew()).toEqual([2, 4, 6, 8]);
    await engine.playUntil(at('2027-01-12T14:00:00Z'));
    expect(takeNew()).toEqual([3, 7]);
    expect((await count('available-now')).progress).toBe('sending');
    expect(
      await database.control.release({ campaign: 'test', step: 'available-now' }, at('2027-01-12T15:00:00Z')),
    ).toBe(true);
    await engine.playUntil(at('2027-01-12T15:00:00Z'));
    expect(takeNew()).toEqual([1, 5]);
  });
});

describe('rings', () => {
  const rings = (gate: Record<string, unknown> | undefined) =>
    makeCampaign({
      rings: [
        { id: 'pilot', offset: '-7d', where: { department: 'IT' } },
        { id: 'rest', ...(gate && { gate }) },
      ],
      steps: [{ kind: 'coming-soon', offset: '-14d' }, ...oneStep],
    });
  const people = () => makePeople(10, withColumn('department', ['IT', 'Sales']));
  const pilot = [1, 3, 5, 7, 9];
  const rest = [2, 4, 6, 8, 10];

  test('each ring has its own launch', async () => {
    await engine.launch(rings(undefined), people());
    await engine.playUntil(at('2026-12-22T08:00:00Z'));
    expect(takeNew()).toEqual(pilot);
    await engine.playUntil(at('2026-12-29T08:00:00Z'));
    expect(takeNew()).toEqual(rest);
    await engine.playUntil(at('2027-01-05T08:00:00Z'));
    expect(takeNew()).toEqual(pilot);
    await engine.playUntil(at('2027-01-12T08:00:00Z'));
    expect(takeNew()).toEqual(rest);
  });

  test('a gate keeps a launch closed until somebody says go; announcements pass it', async () => {
    await engine.launch(rings({ go: true }), people());
    for (const day of ['2026-12-22', '2026-12-29', '2027-01-05', '2027-01-12'])
      await engine.playUntil(at(`${day}T08:00:00Z`));
    expect(takeNew()).toEqual([...pilot, ...pilot, ...rest].sort((a, b) => a - b));
    const [, closed] = await database.campaigns.rings('test');
    expect(closed).toMatchObject({
      ring: 'rest',
      people: 5,
      waitsFor: 'ring rest waits for a go: fanfare go test rest',
    });
    await database.campaigns.letRingGo({ campaign: 'test', ring: 'rest' }, 'looks good', at('2027-01-12T08:30:00Z'));
    await engine.playUntil(at('2027-01-12T09:00:00Z'));
    expect(takeNew()).toEqual(rest);
  });

  test.each<[string, Record<string, unknown>, string, number | undefined, number]>([
    ['too many failures', { maxFailures: '10%' }, '550 5.1.1 nobody here', undefined, 0],
    ['few enough', { maxFailures: '10%' }, '250 ok', undefined, 5],
    ['no figures of the help desk', { maxTickets: 3 }, '250 ok', undefined, 0],
    ['too many tickets', { maxTickets: 3 }, '250 ok', 4, 0],
    ['a share of the people', { maxTickets: '80%' }, '250 ok', 4, 5],
    ['few enough tickets', { maxTickets: 3 }, '250 ok', 3, 5],
  ])('a gate by figures: %s', async (_name, gate, reply, tickets, launched) => {
    script = { rcpt: ({ to }) => (/^p1@/.test(to) ? reply : '250 ok') };
    await engine.launch(rings(gate), people());
    await engine.playUntil(at('2027-01-05T08:00:00Z'));
    if (tickets !== undefined)
      await database.campaigns.countTickets({ campaign: 'test', ring: 'pilot' }, tickets, at('2027-01-06T08:00:00Z'));
    takeNew();
    await engine.playUntil(at('2027-01-12T08:00:00Z'));
    expect(takeNew()).toHaveLength(launched);
  });

  test('a person who is moved gets nothing twice, and the move is kept', async () => {
    const campaign = rings(undefined);
    await engine.launch(campaign, people());
    await engine.playUntil(at('2026-12-22T08:00:00Z'));
    await engine.playUntil(at('2027-01-05T08:00:00Z'));
    takeNew();
    const now = at('2027-01-06T08:00:00Z');
    const calendar = createCalendar({ workDays: campaign.calendar.workDays, places: [], holidays: {}, closures: [] });
    const moved = await database.campaigns.moveToRing({
      ...{ campaign: 'test', address: 'P1@contoso.com', ring: 'rest', because: 'changed teams', now },
      regroup: createRegroup(campaign, calendar, now, 'its time had passed'),
    });
    expect(moved).toEqual({ from: 'pilot', moved: true });
    await engine.playUntil(at('2027-01-12T08:00:00Z'));
    expect(takeNew()).toEqual(rest);
    expect(await database.campaigns.findPerson('test', 'p1@contoso.com')).toMatchObject({
      group: { ring: 'rest' },
      ringMoves: [{ from: 'pilot', to: 'rest', because: 'changed teams' }],
    });
  });
});

test('only so many launch on one day, by lot, and over the weekend nobody', async () => {
  await engine.launch(
    makeCampaign({
      newPerDay: 4,
      launch: { date: '2027-01-14', time: '09:00', zone: 'Europe/Amsterdam' },
      steps: oneStep,
    }),
    10,
  );
  const days: number[][] = [];
  for (const day of ['2027-01-14', '2027-01-15', '2027-01-16', '2027-01-17', '2027-01-18']) {
    await engine.playUntil(at(`${day}T08:00:00Z`));
    days.push(takeNew());
  }
  expect(days.map(({ length }) => length)).toEqual([4, 4, 0, 0, 2]);
  expect(days.flat().sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(days[0]).not.toEqual([1, 2, 3, 4]);
});

describe('what a ring still has to send', () => {
  const rings = (gate?: Record<string, unknown>) =>
    makeCampaign({
      rings: [
        { id: 'pilot', offset: '-7d', where: { department: 'IT' } },
        { id: 'rest', ...(gate && { gate }) },
      ],
      discipline: { lateJoiners: 'latest' },
      steps: [{ kind: 'coming-soon', offset: '-14d' }, ...oneStep],
    });
  const people = () => makePeople(6, withColumn('department', ['IT', 'Sales']));

  test('is cancelled with it, also while nothing is under way', async () => {
    await engine.launch(rings(), people());
    for (const day of ['2026-12-22', '2026-12-29', '2027-01-05']) await engine.playUntil(at(`${day}T08:00:00Z`));
    takeNew();
    const cancelled = await database.control.cancel({ campaign: 'test' }, at('2027-01-06T08:00:00Z'));
    expect(cancelled.steps).toBe(1);
    await engine.playUntil(at('2027-01-12T08:00:00Z'));
    expect(takeNew()).toEqual([]);
  });

  test('does not pass a closed gate with an import, nor does a step that was skipped for the ring', async () => {
    const campaign = rings({ go: true });
    await engine.launch(campaign, people());
    for (const day of ['2026-12-22', '2026-12-29', '2027-01-05']) await engine.playUntil(at(`${day}T08:00:00Z`));
    takeNew();
    await database.pool.query(
      `UPDATE step_groups SET skipped_because = 'moved' WHERE opened_at IS NULL AND ring = 'rest'`,
    );
    engine.clock.moveTo(at('2027-01-06T10:00:00Z'));
    await engine.join(campaign, people());
    await engine.playUntil(at('2027-01-06T10:00:01Z'));
    await engine.playUntil(at('2027-01-12T08:00:00Z'));
    expect(takeNew()).toEqual([]);
  });

  test('waits for no other group: many small ones go in one tick', async () => {
    const countries = ['NL', 'BE', 'DE', 'FR', 'ES', 'PL', 'GB', 'AT'];
    const campaign = makeCampaign({ calendar: { holidays: countries }, steps: oneStep });
    await engine.launch(campaign, makePeople(80, withColumn('country', countries)));
    engine.clock.moveTo(at('2027-01-12T08:00:00Z'));
    await engine.tick();
    for (let wait = 0; wait < 100 && smtp.accepted.length < 80; wait += 1)
      await new Promise((done) => setTimeout(done, 50));
    expect(takeNew()).toHaveLength(80);
  });
});

describe('sending windows', () => {
  test('what does not fit waits for the next window, and goes then', async () => {
    await engine.close();
    engine = await openEngine(database, { smtpUrl: `${smtp.url}?perMinute=5` });
    await engine.launch(
      makeCampaign({ steps: [{ kind: 'available-now', offset: '0d', time: '16:58', window: '08:00-17:00' }] }),
      12,
    );
    await engine.addWorker({ smtpUrl: `${smtp.url}?perMinute=5` });
    const play = async (text: string, wanted: number) => {
      engine.clock.moveTo(at(text));
      const before = smtp.accepted.length;
      for (let wait = 0; wait < 100 && smtp.accepted.length < before + wanted; wait += 1) {
        await engine.tick();
        await new Promise((done) => setTimeout(done, 50));
      }
      // Time enough for one too many.
      await new Promise((done) => setTimeout(done, 300));
      expect(smtp.accepted.length - before).toBe(wanted);
    };
    await play('2027-01-12T15:58:00Z', 5);
    await play('2027-01-12T15:59:05Z', 5);
    await play('2027-01-12T16:00:10Z', 0);
    await play('2027-01-12T20:00:00Z', 0);
    expect(await database.ledger.nextDue(at('2027-01-12T20:00:00Z'))).toEqual(at('2027-01-13T07:00:00Z'));
    await play('2027-01-13T07:00:00Z', 2);
  });
});

describe('late joiners', () => {
  const later = (from: number, to: number) =>
    (async function* () {
      for await (const row of makePeople(to)) if (row.line > from) yield row;
    })();

  test.each<['skip' | 'latest', number[], Record<string, number>]>([
    ['skip', [], { 'joined-late': 2 }],
    ['latest', [4, 5], {}],
  ])('%s: never more than one mail for all that is past', async (lateJoiners, got, suppressed) => {
    const campaign = makeCampaign({ discipline: { lateJoiners } });
    await engine.launch(campaign, 3);
    await engine.playUntil(at('2026-12-29T08:00:00Z'));
    await engine.playUntil(at('2027-01-12T08:00:00Z'));
    takeNew();
    engine.clock.moveTo(at('2027-01-13T10:00:00Z'));
    await engine.join(campaign, later(4, 5) as AsyncIterable<{ line: number; recipient: Recipient }>);
    await engine.playUntil(at('2027-01-13T10:00:01Z'));
    expect(takeNew()).toEqual(got);
    expect((await count('coming-soon')).suppressed).toEqual({ 'joined-late': 2 });
    expect((await count('available-now')).suppressed).toEqual(suppressed);
    expect(await count('available-now')).toMatchObject({ audience: 5 });
    await engine.playUntil(at('2027-01-19T08:00:00Z'));
    expect(takeNew()).toEqual([1, 2, 3, 4, 5]);
  });
});

describe('reconfirmation', () => {
  test('each person is told so long after they registered, at the step’s time in their zone, on a work day', async () => {
    const campaign = makeCampaign({
      launch: { date: '2027-01-12', time: '09:00', zone: 'Europe/Amsterdam', recipientLocal: true },
      reconfirmation: { everyDays: 90, remindBefore: '10d' },
      steps: [...oneStep, { kind: 'reconfirmation', offset: '0d' }],
    });
    await engine.launch(campaign, makePeople(4, withColumn('timeZone', ['Europe/Amsterdam', 'Asia/Tokyo'])));
    await engine.playUntil(at('2027-01-12T08:00:00Z'));
    takeNew();
    // 80 days after 13 January is Saturday 3 April; after 14 January, Sunday: both move to Monday the 5th.
    const learn = async (number: number, text: string) => {
      async function* rows() {
        yield { addressKey: `p${number}@contoso.com`, registered: true, registeredAt: at(text), line: 2 };
      }
      const now = at('2027-01-20T00:00:00Z');
      await database.audience.importRegistrations('test', rows(), {
        ...{ asOf: () => now, source: 'test', now, consent: async () => true },
      });
    };
    await learn(1, '2027-01-13T12:00:00Z');
    await learn(2, '2027-01-14T03:00:00Z');
    await learn(3, '2027-01-18T12:00:00Z');
    const days = new Map<string, number[]>();
    let now = at('2027-01-20T00:00:00Z');
    for (let next = await database.ledger.nextDue(now); next; next = await database.ledger.nextDue(next)) {
      now = next;
      await engine.playUntil(now);
      const got = takeNew();
      if (got.length > 0) days.set(now.toISOString(), got);
    }
    expect([...days]).toEqual([
      ['2027-04-05T00:00:00.000Z', [2]],
      ['2027-04-05T07:00:00.000Z', [1]],
      ['2027-04-08T07:00:00.000Z', [3]],
    ]);
    expect(smtp.accepted.at(-1)?.raw).toContain('18 April');
  });
});

describe('discipline', () => {
  const reminders = ['+7d', '+9d', '+11d'].map((offset, index) => ({
    ...{ kind: 'sign-up-reminder', id: `reminder-${index + 1}`, offset },
  }));

  test('nobody gets more reminders than the campaign allows', async () => {
    await engine.launch(makeCampaign({ discipline: { maxReminders: 2 }, steps: [...oneStep, ...reminders] }), 3);
    for (const day of ['12', '19', '21', '25']) await engine.playUntil(at(`2027-01-${day}T08:00:00Z`));
    expect(smtp.accepted).toHaveLength(9);
    expect((await count('reminder-3')).suppressed).toEqual({ 'enough-reminders': 3 });
  });

  test('nor where two reminders are due at once', async () => {
    await engine.launch(makeCampaign({ discipline: { maxReminders: 1 }, steps: [...oneStep, ...reminders] }), 40);
    await engine.playUntil(at('2027-01-12T08:00:00Z'));
    takeNew();
    const target = { campaign: 'test' };
    await database.control.pause(target, 'by hand', at('2027-01-19T07:00:00Z'));
    await database.pool.query(`UPDATE step_groups SET expires_at = '2027-02-28'`);
    for (const day of ['19', '21', '25']) await engine.playUntil(at(`2027-01-${day}T08:00:00Z`));
    await database.control.resume(target);
    await engine.playUntil(at('2027-01-25T09:00:00Z'));
    await engine.playUntil(at('2027-01-25T09:01:00Z'));
    expect(takeNew()).toHaveLength(40);
    expect((await database.reports.counts('test')).map(summariseStep).map(({ waiting }) => waiting)).toEqual([
      0, 0, 0, 0,
    ]);
  });

  test('between two mails to one person lies the gap, over all campaigns; what expires meanwhile is left out', async () => {
    const first = makeCampaign({ steps: oneStep });
    const second = makeCampaign({
      ...{ id: 'second', discipline: { minGap: '24h' } },
      launch: { date: '2027-01-12', time: '11:00', zone: 'Europe/Amsterdam' },
      steps: [
        { ...oneStep[0], expiresAfter: '48h' },
        { kind: 'available-now', id: 'again', offset: '0d', time: '12:00', expiresAfter: '23h' },
      ],
    });
    await engine.launch(first, 3);
    await engine.launch(second, 2);
    await engine.playUntil(at('2027-01-12T08:00:00Z'));
    expect(takeNew()).toEqual([1, 2, 3]);
    await engine.playUntil(at('2027-01-12T10:00:00Z'));
    await engine.playUntil(at('2027-01-12T11:00:00Z'));
    expect(takeNew()).toEqual([]);
    await engine.playUntil(at('2027-01-13T08:00:00Z'));
    expect(takeNew()).toEqual([1, 2]);
    await engine.playUntil(at('2027-01-13T10:00:00Z'));
    expect(takeNew()).toEqual([]);
    // Of the two that waited each person got one; the other has expired, or waits for another day.
    const steps = (await database.reports.counts('second')).map(summariseStep);
    expect(steps.reduce((sum, { sent }) => sum + sent, 0)).toBe(2);
    await engine.playUntil(at('2027-01-14T08:00:00Z'));
    expect(steps.every(({ audience }) => audience === 2)).toBe(true);
  });

  test('two campaigns that are due in the same second see each other', async () => {
    const discipline = { minGap: '24h' };
    await engine.launch(makeCampaign({ discipline, steps: oneStep }), 20);
    await engine.launch(makeCampaign({ id: 'second', discipline, steps: oneStep }), 20);
    await engine.playUntil(at('2027-01-12T08:00:00Z'));
    expect(takeNew()).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    await engine.playUntil(at('2027-01-13T08:00:00Z'));
    expect(takeNew()).toHaveLength(20);
  });
});
