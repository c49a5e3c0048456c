import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { readSmtpUrl } from '../../src/adapters/smtp/open-sender.js';
import { createSmtpTransport } from '../../src/adapters/smtp/smtp-transport.js';
import { summariseStep } from '../../src/report/summarise-steps.js';
import { makeCampaign } from '../rig/make-campaign.js';
import { openEngine, type TestEngine } from '../rig/open-engine.js';
import { openTestDatabase, type TestDatabase } from '../rig/open-test-database.js';
import { openScriptedSmtp, type Script, type ScriptedSmtp } from '../rig/scripted-smtp.js';

const comingSoon = new Date('2026-12-29T08:00:00Z');
const availableNow = new Date('2027-01-12T08:00:00Z');
const hourMs = 3_600_000;
const later = (from: Date, hours: number) => new Date(from.getTime() + hours * hourMs);

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
  script = { dotDelayMs: 20 };
  smtp = await openScriptedSmtp({
    ...script,
    rcpt: (offer) => script.rcpt?.(offer) ?? '250 ok',
    dot: (offer) => script.dot?.(offer) ?? '250 ok',
  });
  engine = await openEngine(database, { smtpUrl: smtp.url });
});
afterEach(async () => {
  await engine.close();
  await smtp.close();
});

const countStep = async (id: string) => {
  const step = (await database.reports.counts('test')).find((each) => each.id === id);
  if (!step) throw new Error(`no step ${id}`);
  return summariseStep(step);
};
const until = async (condition: () => boolean) => {
  for (let wait = 0; wait < 400 && !condition(); wait += 1) await new Promise((done) => setTimeout(done, 10));
  expect(condition()).toBe(true);
};
/** 5 connections by default, two messages in flight for each. */
const inFlight = 10;

describe.each([
  ['a campaign', { campaign: 'test' }],
  ['a step', { campaign: 'test', step: 'coming-soon' }],
  ['a sender', { sender: 'SMTP_URL' }],
])('pausing %s while it is being sent', (_name, target) => {
  test('stops within what is in flight, says why, and goes on without losing or doubling anybody', async () => {
    await engine.launch(makeCampaign(), 300);
    await engine.addWorker();
    await engine.playUntilOpened(comingSoon);
    await until(() => smtp.accepted.length >= 60);
    await database.control.pause(target, 'the help desk is full', comingSoon);
    const atPause = smtp.accepted.length;
    await new Promise((done) => setTimeout(done, 400));
    await engine.tick();
    await new Promise((done) => setTimeout(done, 200));
    expect(smtp.accepted.length - atPause).toBeLessThanOrEqual(inFlight);
    const paused = await countStep('coming-soon');
    expect(paused).toMatchObject({
      progress: 'held',
      audience: 300,
      sent: smtp.accepted.length,
      claimed: 0,
      sending: 0,
    });
    expect(paused.because).toContain('the help desk is full');

    await database.control.resume(target);
    await engine.playUntil(comingSoon);
    expect(new Set(smtp.accepted.map(({ to }) => to[0])).size).toBe(300);
    expect(smtp.accepted).toHaveLength(300);
  });
});

test('fifty pauses and resumes lose and double nobody', async () => {
  await engine.launch(makeCampaign(), 400);
  await engine.addWorker();
  await engine.addWorker();
  await engine.playUntilOpened(comingSoon);
  for (let turn = 0; turn < 50; turn += 1) {
    await database.control.pause({ campaign: 'test' }, 'by hand', comingSoon);
    await new Promise((done) => setTimeout(done, 5));
    await database.control.resume({ campaign: 'test' });
    await engine.tick();
  }
  await engine.playUntil(comingSoon);
  expect(smtp.accepted).toHaveLength(400);
  expect(new Set(smtp.accepted.map(({ to }) => to[0])).size).toBe(400);
  expect(await countStep('coming-soon')).toMatchObject({ sent: 400, waiting: 0, uncertain: 0 });
});

test('cancelling a step while it is being sent stops it for good, and the sums close', async () => {
  await engine.launch(makeCampaign(), 300);
  await engine.addWorker();
  await engine.playUntilOpened(comingSoon);
  await until(() => smtp.accepted.length >= 60);
  await database.control.cancel({ campaign: 'test', step: 'coming-soon' }, comingSoon);
  const atCancel = smtp.accepted.length;
  await engine.playUntil(comingSoon);
  await new Promise((done) => setTimeout(done, 300));
  await engine.tick();
  expect(smtp.accepted.length - atCancel).toBeLessThanOrEqual(inFlight);
  const { sent, cancelled, waiting, claimed, progress } = await countStep('coming-soon');
  expect([sent + cancelled, waiting, claimed, progress]).toEqual([300, 0, 0, 'cancelled']);
  expect(sent).toBe(smtp.accepted.length);
  await engine.playUntil(availableNow);
  expect(await countStep('available-now')).toMatchObject({ sent: 300 });
});

test('a step that is cancelled before its time never begins', async () => {
  await engine.launch(makeCampaign(), 3);
  expect(await database.control.cancel({ campaign: 'test' }, comingSoon)).toEqual({ steps: 3, messages: 0 });
  await engine.addWorker();
  await engine.playUntil(availableNow);
  expect(smtp.accepted).toHaveLength(0);
  expect(await countStep('coming-soon')).toMatchObject({ progress: 'cancelled', audience: 0 });
});

describe('a step whose time passed while nothing was running', () => {
  test('goes out by itself within two hours, once', async () => {
    await engine.launch(makeCampaign(), 5);
    await engine.addWorker();
    await engine.playUntil(later(comingSoon, 1.9));
    expect(await countStep('coming-soon')).toMatchObject({ sent: 5 });
  });

  test('is held after that, until somebody releases it', async () => {
    await engine.launch(makeCampaign(), 5);
    await engine.addWorker();
    const late = later(comingSoon, 72);
    await engine.playUntil(late);
    expect(smtp.accepted).toHaveLength(0);
    expect(await database.control.release({ campaign: 'test', step: 'coming-soon' }, late)).toBe(true);
    await engine.playUntil(late);
    expect(await countStep('coming-soon')).toMatchObject({ sent: 5, failed: 0 });
    expect(await database.control.release({ campaign: 'test', step: 'coming-soon' }, late)).toBe(false);
  });
});

test('uncertain messages wait for a person: resent identical, or dismissed', async () => {
  script.dot = ({ to }) => (['p1@contoso.com', 'p2@contoso.com'].includes(to) ? 'drop' : '250 ok');
  await engine.launch(makeCampaign({ steps: [{ kind: 'sign-up-reminder', offset: '0d' }] }), 4);
  await engine.addWorker();
  await engine.playUntil(availableNow);
  const choice = { campaign: 'test' };
  const stopped = await database.control.listStopped('uncertain', choice, 10);
  expect(stopped.map(({ address, step }) => [address, step]).sort()).toEqual([
    ['p1@contoso.com', 'sign-up-reminder'],
    ['p2@contoso.com', 'sign-up-reminder'],
  ]);
  script = {};
  expect(await database.control.dismissUncertain({ ...choice, address: 'P1@contoso.com' }, availableNow)).toBe(1);
  expect(await database.control.sendAgain('uncertain', { ...choice, step: 'other' }, availableNow)).toBe(0);
  expect(await database.control.sendAgain('uncertain', choice, availableNow)).toBe(1);
  await engine.playUntil(availableNow);
  expect(await countStep('sign-up-reminder')).toMatchObject({ audience: 4, sent: 3, uncertain: 1 });
  expect(await database.control.countStopped('uncertain', choice)).toBe(0);
  expect(smtp.accepted.filter(({ to }) => to[0] === 'p2@contoso.com')).toHaveLength(1);
});

test('failed messages are tried again when somebody says so, also after their step has expired', async () => {
  script.rcpt = () => '550 5.1.1 no such user';
  await engine.launch(makeCampaign({ steps: [{ kind: 'available-now', offset: '0d' }] }), 2);
  await engine.addWorker();
  await engine.playUntil(availableNow);
  expect(await countStep('available-now')).toMatchObject({ failed: 2 });
  script = {};
  const late = later(availableNow, 200);
  expect(await database.control.sendAgain('failed', { campaign: 'test', reason: 'recipient-gone' }, late)).toBe(2);
  await engine.playUntil(late);
  expect(await countStep('available-now')).toMatchObject({ sent: 2, failed: 0 });
});

describe('a slow server', () => {
  test('keeps nobody waiting but its own campaign', async () => {
    const fast = await openScriptedSmtp();
    const transport = createSmtpTransport(readSmtpUrl(fast.url));
    const sender = { name: 'IT', address: 'it@contoso.com', replyTo: 'helpdesk@contoso.com' };
    script.dotDelayMs = 20;
    await engine.launch(makeCampaign({ id: 'slow' }), 5_000);
    await engine.launch(makeCampaign({ id: 'test', sender: { ...sender, profile: 'fast' } }), 10);
    await engine.addWorker({ profiles: { fast: transport } });
    await engine.playUntilOpened(comingSoon);
    await until(() => fast.accepted.length === 10);
    expect(smtp.accepted.length).toBeLessThan(1_000);
    await engine.close();
    await transport.close();
    await fast.close();
  });

  test('is left at once by a worker that is stopped: only what is under way is finished', async () => {
    await engine.launch(makeCampaign(), 400);
    const worker = await engine.addWorker();
    await engine.playUntilOpened(comingSoon);
    await until(() => smtp.accepted.length >= 50);
    const before = smtp.accepted.length;
    await worker.stop();
    expect(smtp.accepted.length - before).toBeLessThanOrEqual(inFlight);
    expect(await countStep('coming-soon')).toMatchObject({
      sent: smtp.accepted.length,
      claimed: 0,
      sending: 0,
      uncertain: 0,
    });
    await engine.addWorker();
    await engine.playUntil(later(comingSoon, 0.1));
    expect(smtp.accepted).toHaveLength(400);
  });
});

test('a server that takes mails and never answers concerns a handful of people, not all of them', async () => {
  script.dot = () => 'drop-accepted';
  await engine.launch(makeCampaign(), 500);
  await engine.addWorker();
  await engine.playUntil(comingSoon);
  const concerned = new Set(smtp.accepted.map(({ to }) => to[0])).size;
  expect(concerned).toBeLessThanOrEqual(5 + inFlight);
  const held = await countStep('coming-soon');
  expect(held.because).toContain('the server does not answer');
  script = {};
  await engine.playUntil(later(comingSoon, 0.02));
  await engine.playUntil(later(comingSoon, 0.04));
  expect(await countStep('coming-soon')).toMatchObject({ sent: 500, waiting: 0, uncertain: 0 });
  expect(smtp.accepted.length - 500).toBeLessThanOrEqual(5 + inFlight + 1);
});

test('a probe that is accepted lifts no pause of a person', async () => {
  const target = { sender: 'SMTP_URL' };
  await database.control.pause(target, 'the server does not answer', comingSoon, later(comingSoon, 1));
  await database.control.pause(target, 'by hand', comingSoon);
  expect(await database.control.resume(target, 'by probe')).toBe(false);
  expect(await database.control.resume(target)).toBe(true);
});

test('what is paused keeps the first reason, and what was skipped goes where a person releases it', async () => {
  await engine.launch(makeCampaign(), 5);
  const target = { campaign: 'test', step: 'coming-soon' };
  expect(await database.control.pause(target, 'the help desk is full', comingSoon)).toBe(true);
  expect(await database.control.pause(target, 'refused for what they are', comingSoon)).toBe(false);
  expect((await countStep('coming-soon')).because ?? '').not.toContain('refused');
  await database.control.resume(target);
  await database.pool.query(`UPDATE step_groups SET skipped_because = 'too late'`);
  await engine.playUntilOpened(later(comingSoon, 1));
  expect(await countStep('coming-soon')).toMatchObject({ audience: 0 });
  expect(await database.control.release(target, later(comingSoon, 24))).toBe(true);
  expect(await database.control.release(target, later(comingSoon, 24))).toBe(false);
  await engine.playUntilOpened(later(comingSoon, 24));
  expect(await countStep('coming-soon')).toMatchObject({ audience: 5, waiting: 5 });
});

test('a repeat that nobody needs any more stays uncertain: the first may have arrived', async () => {
  script.dot = ({ to }) => (to === 'p1@contoso.com' ? 'drop-accepted' : '250 ok');
  await engine.launch(makeCampaign(), 3);
  const worker = await engine.addWorker();
  await engine.playUntilOpened(comingSoon);
  await until(() => smtp.accepted.length >= 3);
  await worker.stop();
  await database.pool.query(
    `UPDATE messages SET state = 'waiting', due_at = $1, resends = 1, settled_at = NULL, lease_id = NULL WHERE recipient_id =
       (SELECT id FROM recipients WHERE address = 'p1@contoso.com')`,
    [comingSoon],
  );
  await database.pool.query(`UPDATE recipients SET left_out = 'not-in-list' WHERE address = 'p1@contoso.com'`);
  await engine.addWorker();
  await engine.playUntil(comingSoon);
  expect(await countStep('coming-soon')).toMatchObject({ sent: 2, uncertain: 1, suppressed: {} });
});
