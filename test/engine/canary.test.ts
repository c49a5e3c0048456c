import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { summariseStep } from '../../src/report/summarise-steps.js';
import { makeCampaign } from '../rig/make-campaign.js';
import { openEngine, type TestEngine } from '../rig/open-engine.js';
import { openTestDatabase, type TestDatabase } from '../rig/open-test-database.js';
import { openScriptedSmtp, type Script, type ScriptedSmtp } from '../rig/scripted-smtp.js';

const launch = new Date('2027-01-12T08:00:00Z');
const after = (minutes: number) => new Date(launch.getTime() + minutes * 60_000);

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
  smtp = await openScriptedSmtp({ rcpt: (offer) => script.rcpt?.(offer) ?? '250 ok', dotDelayMs: 5 });
  engine = await openEngine(database, { smtpUrl: smtp.url });
});
afterEach(async () => {
  await engine.close();
  await smtp.close();
});

const launchWith = async (canary: Record<string, unknown>, people = 200) => {
  await engine.launch(makeCampaign({ steps: [{ kind: 'available-now', offset: '0d', canary }] }), people);
  await engine.addWorker();
};
const count = async () => {
  const [step] = await database.reports.counts('test');
  if (!step) throw new Error('no step');
  return summariseStep(step);
};
const target = { campaign: 'test', step: 'available-now' };

test.each([
  ['a number', { first: 10 }, 10],
  ['a share, rounded up', { first: '2.2%' }, 5],
])('the first get it alone, %s, and everybody else after the wait', async (_name, canary, first) => {
  await launchWith({ ...canary, wait: '30m' });
  await engine.playUntil(launch);
  expect(smtp.accepted).toHaveLength(first);
  expect(await count()).toMatchObject({ progress: 'canary', audience: first, sent: first });
  expect((await count()).because).toContain(`${200 - first} others follow from 2027-01-12 09:30 (Europe/Amsterdam)`);
  // A simulation knows when to look again.
  expect(await database.ledger.nextDue(launch)).toEqual(after(30));
  await engine.playUntil(after(29));
  expect(smtp.accepted).toHaveLength(first);
  await engine.playUntil(after(30));
  expect(new Set(smtp.accepted.map(({ to }) => to[0])).size).toBe(200);
  expect(smtp.accepted).toHaveLength(200);
  expect(await count()).toMatchObject({ progress: 'done', audience: 200, sent: 200 });
});

test('the first are drawn by lot, not taken from the top of the list', async () => {
  await launchWith({ first: 20 });
  await engine.playUntil(launch);
  const numbers = smtp.accepted.map(({ to }) => Number(/^p(\d+)@/.exec(to[0] ?? '')?.[1]));
  expect(Math.max(...numbers)).toBeGreaterThan(100);
});

test('too many failures among the first pause the step, and say so; resumed, it goes on whatever fails', async () => {
  script = { rcpt: ({ number }) => (number <= 2 ? '550 5.1.1 nobody here' : '250 ok') };
  await launchWith({ first: 20, wait: '30m', maxFailures: '5%' });
  await engine.playUntil(launch);
  await engine.playUntil(after(60));
  expect(smtp.accepted).toHaveLength(18);
  const paused = await count();
  expect(paused).toMatchObject({ progress: 'held', audience: 20, failed: 2 });
  expect(paused.because).toBe('paused: canary: 2 of 20 failed or are uncertain, more than 5 %');
  await database.control.resume(target);
  await engine.playUntil(after(61));
  expect(await count()).toMatchObject({ progress: 'done', audience: 200, sent: 198, failed: 2 });
});

test('failures after the first pause it as well', async () => {
  script = { rcpt: ({ number }) => (number > 50 && number % 2 === 0 ? '550 5.1.1 nobody here' : '250 ok') };
  await launchWith({ first: 20, wait: '30m', maxFailures: '5%' }, 2_000);
  await engine.playUntil(launch);
  await engine.playUntilOpened(after(30));
  while ((await count()).failed < 50) await new Promise((done) => setTimeout(done, 20));
  // Ten seconds later the step is counted again.
  await engine.playUntil(after(31));
  const paused = await count();
  expect(paused.because).toMatch(/^paused: canary: \d+ of \d+ failed or are uncertain, more than 5 %$/);
  expect(paused.waiting).toBeGreaterThan(1_000);
});

test('the wait begins when the first have their mails, not while they are held', async () => {
  await launchWith({ first: 10, wait: '30m' });
  await database.control.pause({ campaign: 'test' }, 'not yet', launch);
  await engine.playUntil(launch);
  await engine.playUntil(after(60));
  await database.control.resume({ campaign: 'test' });
  await engine.playUntil(after(61));
  expect(smtp.accepted).toHaveLength(10);
  await engine.playUntil(after(90));
  expect(smtp.accepted).toHaveLength(10);
  expect(await database.ledger.nextDue(after(90))).toEqual(after(91));
  await engine.playUntil(after(91));
  expect(smtp.accepted).toHaveLength(200);
});

test('cancelled before its canary is through, it tells what became of everybody', async () => {
  await launchWith({ first: 10, wait: '30m' });
  await engine.playUntil(launch);
  await database.control.cancel(target, after(1));
  await engine.playUntil(after(60));
  expect(await count()).toMatchObject({ progress: 'cancelled', audience: 200, sent: 10, cancelled: 190 });
});

test('the first who have no answer yet keep the others waiting, as far as they could still fail', async () => {
  script = { rcpt: ({ number, attempt }) => (number <= 3 && attempt === 1 ? '450 4.2.0 come back later' : '250 ok') };
  await launchWith({ first: 20, wait: '1m', maxFailures: '5%' });
  await engine.playUntil(launch);
  await engine.playUntil(after(2));
  expect(await count()).toMatchObject({ progress: 'canary', audience: 20, sent: 17, waiting: 3 });
  await engine.playUntil(after(6));
  await engine.playUntil(after(7));
  expect(await count()).toMatchObject({ progress: 'done', audience: 200, sent: 200 });
});

test('release lets the others go at once', async () => {
  await launchWith({ first: 10, wait: '2d' });
  await engine.playUntil(launch);
  expect(await database.control.release(target, after(1))).toBe(true);
  await engine.playUntil(after(1));
  expect(await count()).toMatchObject({ progress: 'done', sent: 200 });
});

test('a step that expires before its canary is through tells what became of everybody', async () => {
  script = { rcpt: () => '550 5.1.1 nobody here' };
  await launchWith({ first: 10, wait: '30m' });
  await engine.playUntil(launch);
  await engine.playUntil(after(73 * 60));
  const { audience, failed, failedBecause } = await count();
  expect([audience, failed]).toEqual([200, 200]);
  expect(failedBecause).toEqual({ 'recipient-gone': 10, expired: 190 });
});

test('a canary as large as the audience is everybody', async () => {
  await launchWith({ first: 500 });
  await engine.playUntil(launch);
  expect(await count()).toMatchObject({ progress: 'done', audience: 200, sent: 200 });
});
