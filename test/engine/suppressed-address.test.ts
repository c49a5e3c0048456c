import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { summariseStep } from '../../src/report/summarise-steps.js';
import { makeCampaign } from '../rig/make-campaign.js';
import { openEngine, type TestEngine } from '../rig/open-engine.js';
import { openTestDatabase, type TestDatabase } from '../rig/open-test-database.js';
import { openScriptedSmtp, type ScriptedSmtp } from '../rig/scripted-smtp.js';

const comingSoon = new Date('2026-12-29T08:00:00Z');
const availableNow = new Date('2027-01-12T08:00:00Z');

let database: TestDatabase;
let smtp: ScriptedSmtp;
let engine: TestEngine;
let reply = '550 5.1.1 nobody here';
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.clear();
  smtp = await openScriptedSmtp({ rcpt: ({ to }) => (/^p[12]@/.test(to) ? reply : '250 ok') });
  engine = await openEngine(database, { smtpUrl: smtp.url });
  await engine.launch(makeCampaign(), 50);
  await engine.addWorker();
});
afterEach(async () => {
  await engine.close();
  await smtp.close();
});

const count = async (id: string) => {
  const step = (await database.reports.counts('test')).find((each) => each.id === id);
  if (!step) throw new Error(`no step ${id}`);
  return summariseStep(step);
};

test('a mailbox that does not exist is not written to again, until somebody lifts it', async () => {
  await engine.playUntil(comingSoon);
  expect(await count('coming-soon')).toMatchObject({ sent: 48, failedBecause: { 'recipient-gone': 2 } });
  expect((await database.control.listSuppressed(10)).map(({ address }) => address).sort()).toEqual([
    'p1@contoso.com',
    'p2@contoso.com',
  ]);
  expect(await database.control.liftSuppressed('p2@contoso.com')).toBe(true);
  expect(await database.control.liftSuppressed('p3@contoso.com')).toBe(false);
  reply = '250 ok';
  await engine.playUntil(availableNow);
  expect(await count('available-now')).toMatchObject({ sent: 49, suppressed: { 'address-gone': 1 } });
  expect(smtp.accepted.filter(({ to }) => to[0] === 'p1@contoso.com')).toEqual([]);
});

test('trying a failed message again lifts it', async () => {
  reply = '550 5.1.1 nobody here';
  await engine.playUntil(comingSoon);
  reply = '250 ok';
  expect(await database.control.sendAgain('failed', { campaign: 'test' }, comingSoon)).toBe(2);
  await engine.playUntil(comingSoon);
  expect(await count('coming-soon')).toMatchObject({ sent: 50, failed: 0 });
  expect(await database.control.countSuppressed()).toBe(0);
});

test.each([
  ['a full mailbox', '552 5.2.2 mailbox full'],
  ['a refusal that says nothing of the mailbox', '550 5.7.1 not you'],
])('%s is tried again with the next step', async (_name, words) => {
  reply = words;
  await engine.playUntil(comingSoon);
  expect((await count('coming-soon')).failed).toBe(2);
  reply = '250 ok';
  await engine.playUntil(availableNow);
  expect(await count('available-now')).toMatchObject({ sent: 50 });
});
