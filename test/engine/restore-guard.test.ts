import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Remembered, Witness } from '../../src/engine/ports/restore-store.js';
import { quietLog } from '../../src/engine/quiet-log.js';
import { checkForRestore, startWitnesses } from '../../src/engine/restore-guard.js';
import { summariseStep } from '../../src/report/summarise-steps.js';
import { makeCampaign } from '../rig/make-campaign.js';
import { openEngine, type TestEngine } from '../rig/open-engine.js';
import { openTestDatabase, type TestDatabase } from '../rig/open-test-database.js';
import { openScriptedSmtp, type ScriptedSmtp } from '../rig/scripted-smtp.js';

const comingSoon = new Date('2026-12-29T08:00:00Z');
const availableNow = new Date('2027-01-12T08:00:00Z');
const later = new Date('2027-01-12T09:00:00Z');

let database: TestDatabase;
let smtp: ScriptedSmtp;
let engine: TestEngine;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.clear();
  smtp = await openScriptedSmtp();
  engine = await openEngine(database, { smtpUrl: smtp.url, start: comingSoon });
  await engine.launch(makeCampaign(), 40);
});
afterEach(async () => {
  await engine.close();
  await smtp.close();
});

/** Somebody who remembers the database as it would be, had it not been restored. */
const witness = (remembered: Remembered | undefined | Error): Witness => ({
  recall: async () => {
    if (remembered instanceof Error) throw remembered;
    return remembered;
  },
  remember: async () => {},
  close: async () => {},
});
const check = (...witnesses: Witness[]) =>
  checkForRestore({ ...database, witnesses, clock: engine.clock, log: quietLog });
const counts = async () => {
  const steps = (await database.reports.counts('test')).map(summariseStep);
  return Object.fromEntries(steps.map((step) => [step.id, step]));
};

test.each([
  ['nobody remembers it', [witness(undefined)]],
  ['it is as far as it is remembered', [witness({ lease: 0, at: comingSoon })]],
  ['the witness is away', [witness(new Error('ECONNREFUSED'))]],
])('a database is believed where %s', async (_name, witnesses) => {
  await check(...witnesses);
  expect(await database.restores.find()).toBeUndefined();
});

describe('a database that is older than what is remembered', () => {
  beforeEach(async () => {
    await engine.addWorker();
    await engine.playUntil(comingSoon);
    // Coming Soon is in the backup, Available Now went out after it: the database has not even opened it.
    const { lease } = await database.restores.position();
    await check(witness(new Error('away')), witness({ lease: lease + 5, at: availableNow }));
  });

  test('sends nothing until somebody decides, and says why', async () => {
    expect(await database.restores.find()).toEqual({ until: availableNow, messages: 40 });
    engine.clock.moveTo(later);
    await engine.tick();
    await new Promise((done) => setTimeout(done, 300));
    expect(smtp.accepted).toHaveLength(40);
    expect((await counts())['available-now']).toMatchObject({ progress: 'held', sent: 0 });
    expect((await counts())['available-now']?.because).toContain('older than what was sent until 2027-01-12 08:00 UTC');
  });

  test('parked: what may have gone out is uncertain, also of steps it has not opened; the rest goes on', async () => {
    expect(await database.restores.park(later)).toBe(40);
    expect(await database.restores.find()).toBeUndefined();
    await engine.playUntil(new Date('2027-01-19T08:00:00Z'));
    const { 'available-now': now, 'reminder-1': reminder } = await counts();
    expect(now).toMatchObject({ sent: 0, uncertain: 40, progress: 'needs-you' });
    expect(reminder).toMatchObject({ sent: 40 });
    expect(await database.control.countStopped('uncertain', { campaign: 'test', reason: 'restored' })).toBe(40);
  });

  test('accepted: it goes on as the database has it, and no lease is given out twice', async () => {
    const { lease } = await database.restores.position();
    await database.restores.accept();
    await engine.playUntil(later);
    expect((await counts())['available-now']).toMatchObject({ sent: 40 });
    expect((await database.restores.position()).lease).toBeGreaterThan(lease + 5);
    await check(witness({ lease: lease + 5, at: availableNow }));
    expect(await database.restores.find()).toBeUndefined();
  });
});

test('what is remembered never goes back: a second backup may be newer than the first', async () => {
  let kept: Remembered | undefined = { lease: 300, at: availableNow };
  const file: Witness = {
    ...witness(undefined),
    recall: async () => kept,
    remember: async (_, next) => {
      kept = next;
    },
  };
  const ports = { ...database, witnesses: [file], clock: engine.clock, log: quietLog };
  const guard = startWitnesses(ports, await checkForRestore(ports));
  await guard.stop();
  expect(kept).toEqual({ lease: 300, at: availableNow });
});

test('parked in its canary: the others may have been let go in the time that is lost', async () => {
  await database.clear();
  const steps = [{ kind: 'available-now', offset: '0d', canary: { first: 5, wait: '30m' } }];
  await engine.launch(makeCampaign({ steps }), 40);
  await engine.addWorker();
  await engine.playUntil(availableNow);
  expect(smtp.accepted).toHaveLength(5);
  const { lease } = await database.restores.position();
  await check(witness({ lease: lease + 5, at: later }));
  expect(await database.restores.find()).toMatchObject({ messages: 35 });
  expect(await database.restores.park(later)).toBe(35);
  await engine.playUntil(new Date('2027-01-12T12:00:00Z'));
  expect(smtp.accepted).toHaveLength(5);
  expect((await counts())['available-now']).toMatchObject({
    audience: 40,
    sent: 5,
    uncertain: 35,
    progress: 'needs-you',
  });
});

test('a worker that is running takes nothing from a database that has gone back', async () => {
  await engine.addWorker();
  await engine.playUntil(comingSoon);
  // A server that comes up after a crash gives out later numbers than it had: those alone would tell nothing.
  await database.pool.query('TRUNCATE leases');
  engine.clock.moveTo(availableNow);
  await engine.tick();
  await new Promise((done) => setTimeout(done, 400));
  expect(smtp.accepted).toHaveLength(40);
});
