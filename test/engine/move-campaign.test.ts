import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { weekdays } from '../../src/campaign/rollout-field.js';
import { createRegroup } from '../../src/engine/regroup-campaign.js';
import { createCalendar } from '../../src/plan/calendar.js';
import { summariseStep } from '../../src/report/summarise-steps.js';
import { makeCampaign, makePeople } from '../rig/make-campaign.js';
import { openEngine, type TestEngine } from '../rig/open-engine.js';
import { openTestDatabase, type TestDatabase } from '../rig/open-test-database.js';
import { openScriptedSmtp, type ScriptedSmtp } from '../rig/scripted-smtp.js';

let database: TestDatabase;
let smtp: ScriptedSmtp;
let engine: TestEngine;
let dotDelayMs = 0;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.clear();
  dotDelayMs = 0;
});
afterEach(async () => {
  await engine.close();
  await smtp.close();
});

const at = (text: string) => new Date(text);
const open = async (people: number, changes: Record<string, unknown> = {}) => {
  smtp = await openScriptedSmtp({ dotDelayMs });
  engine = await openEngine(database, { smtpUrl: smtp.url });
  await engine.launch(makeCampaign(changes), people);
  await engine.addWorker();
};
const steps = async () => (await database.reports.counts('test')).map(summariseStep);
const step = async (id: string) => {
  const found = (await steps()).find((each) => each.id === id);
  if (!found) throw new Error(`no step ${id}`);
  return found;
};

describe('before anything is due', () => {
  test('the old schedule is void: nothing goes at the old date, all of it at the new one', async () => {
    await open(5);
    const { moves, told, launchMoved } = await engine.move('test', '2027-01-19');
    expect(moves.map(({ step: id, what, from, to }) => [id, what, from, to])).toEqual([
      ['coming-soon', 'moves', '2026-12-29 09:00', '2027-01-05 09:00'],
      ['available-now', 'moves', '2027-01-12 09:00', '2027-01-19 09:00'],
      ['reminder-1', 'moves', '2027-01-19 09:00', '2027-01-26 09:00'],
    ]);
    expect([told.size, launchMoved]).toEqual([0, undefined]);
    for (const day of ['2026-12-29', '2027-01-01']) await engine.playUntil(at(`${day}T08:00:00Z`));
    expect(smtp.accepted).toHaveLength(0);
    await engine.playUntil(at('2027-01-05T08:00:00Z'));
    expect(smtp.accepted).toHaveLength(5);
  });

  test('there and back leaves the plan as it was, and both moves in the versions', async () => {
    await open(5);
    const before = await database.campaigns.groups('test');
    await engine.move('test', '2027-02-16');
    await engine.move('test', '2027-01-12');
    const facts = (rows: typeof before) => rows.map(({ key: _, ...rest }) => rest);
    expect(facts(await database.campaigns.groups('test'))).toEqual(facts(before));
    expect((await database.campaigns.versions('test')).map(({ because, launchDate }) => [because, launchDate])).toEqual(
      [
        ['applied', '2027-01-12'],
        ['launch date moved from 2027-01-12 to 2027-02-16', '2027-02-16'],
        ['launch date moved from 2027-02-16 to 2027-01-12', '2027-01-12'],
      ],
    );
  });

  test('nothing that the move puts into the past is sent by itself; released it goes', async () => {
    await open(5);
    engine.clock.moveTo(at('2027-01-02T10:00:00Z'));
    await database.pool.query(`UPDATE step_groups SET skipped_because = NULL`);
    const { moves } = await engine.move('test', '2027-01-08');
    expect(moves.map(({ what }) => what)).toEqual(['past', 'moves', 'moves']);
    await engine.playUntil(at('2027-01-02T10:00:01Z'));
    expect(smtp.accepted).toHaveLength(0);
    expect(await step('coming-soon')).toMatchObject({ progress: 'skipped' });
    expect(await database.control.release({ campaign: 'test', step: 'coming-soon' }, at('2027-01-02T11:00:00Z'))).toBe(
      true,
    );
    await engine.playUntil(at('2027-01-02T11:00:00Z'));
    expect(smtp.accepted).toHaveLength(5);
  });
});

describe('people who were told the old date', () => {
  test('get a mail with both dates, and nobody else does', async () => {
    await open(5);
    await engine.playUntil(at('2026-12-29T08:00:00Z'));
    engine.clock.moveTo(at('2026-12-30T10:00:00Z'));
    await engine.join(
      makeCampaign(),
      (async function* () {
        yield { line: 99, recipient: { personKey: 'new@contoso.com', address: 'new@contoso.com', attributes: {} } };
      })(),
    );
    const { told, launchMoved } = await engine.move('test', '2027-01-26');
    expect([...told]).toEqual([['2027-01-12', 5]]);
    expect(launchMoved).toEqual({ id: 'launch-moved', date: '2026-12-30', time: '12:00' });
    await engine.playUntil(at('2026-12-30T11:00:00Z'));
    const notices = smtp.accepted.slice(5);
    expect(notices.map(({ to }) => to[0]).sort()).toEqual([1, 2, 3, 4, 5].map((number) => `p${number}@contoso.com`));
    for (const { raw } of notices) {
      expect(raw).toContain('12 January');
      expect(raw).toContain('26 January');
    }
    // Now they know: moved back to the date they were told first, they are told again.
    const again = await engine.move('test', '2027-01-12');
    expect([...again.told]).toEqual([['2027-01-26', 5]]);
    expect(again.launchMoved).toMatchObject({ id: 'launch-moved-2' });
  });

  test('a notice that nobody has got is gone where the date comes back', async () => {
    await open(5);
    await engine.playUntil(at('2026-12-29T08:00:00Z'));
    engine.clock.moveTo(at('2026-12-30T10:00:00Z'));
    await engine.move('test', '2027-01-26');
    const { told, launchMoved } = await engine.move('test', '2027-01-12');
    expect([told.size, launchMoved]).toEqual([0, undefined]);
    for (const hour of ['11', '12', '23']) await engine.playUntil(at(`2026-12-30T${hour}:00:00Z`));
    expect(smtp.accepted).toHaveLength(5);
    expect((await steps()).map(({ id }) => id)).toEqual(['coming-soon', 'available-now', 'reminder-1']);
  });
});

test('an import that began before a move does not undo it', async () => {
  await open(5);
  const before = await database.campaigns.find('test');
  await engine.move('test', '2027-01-26');
  const { definition, version = 0 } = before ?? {};
  if (!definition) throw new Error('no campaign');
  const calendar = createCalendar({ workDays: weekdays, places: [], holidays: {}, closures: [] });
  const regroup = createRegroup(definition, calendar, at('2026-12-01T00:00:00Z'), '', version);
  const importing = database.audience.importRecipients('test', makePeople(6), {
    ...{ mode: 'replace', consent: async () => true, regroup, now: at('2026-12-01T00:00:00Z') },
  });
  await expect(importing).rejects.toThrow('Somebody else has changed test meanwhile');
  expect((await database.campaigns.groups('test'))[0]?.localDate).toBe('2027-01-12');
});

test('a step that waits for its canary is held as well', async () => {
  const canary = { first: 2, wait: '30m' };
  await open(10, { steps: [{ kind: 'available-now', offset: '0d', canary }] });
  await engine.playUntil(at('2027-01-12T08:00:00Z'));
  expect(smtp.accepted).toHaveLength(2);
  await engine.move('test', '2027-02-09', { tell: false });
  await engine.playUntil(at('2027-01-12T10:00:00Z'));
  expect(smtp.accepted).toHaveLength(2);
});

test('a step that is being sent ends what is in flight, and holds the rest for a decision, with the new date in it', async () => {
  dotDelayMs = 40;
  await open(300);
  engine.clock.moveTo(at('2026-12-29T08:00:00Z'));
  await engine.tick();
  while (smtp.accepted.length < 60) await new Promise((done) => setTimeout(done, 5));
  const { moves } = await engine.move('test', '2027-01-26');
  const atMove = smtp.accepted.length;
  expect(moves.find(({ step: id }) => id === 'coming-soon')).toMatchObject({ what: 'held' });
  await new Promise((done) => setTimeout(done, 700));
  // Five connections, ten under way.
  expect(smtp.accepted.length - atMove).toBeLessThanOrEqual(20);
  const held = await step('coming-soon');
  expect(held.because).toContain('launch date moved from 2027-01-12 to 2027-01-26 while it was being sent');
  const before = smtp.accepted.length;
  await database.control.resume({ campaign: 'test', step: 'coming-soon' });
  await engine.playUntil(at('2026-12-29T08:30:00Z'));
  expect(new Set(smtp.accepted.map(({ to }) => to[0])).size).toBe(300);
  for (const { raw } of smtp.accepted.slice(before).filter(({ raw }) => /Coming soon/i.test(raw)))
    expect(raw).toContain('26 January');
});
