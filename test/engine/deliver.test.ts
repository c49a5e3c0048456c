import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { simpleParser } from 'mailparser';
import { summariseStep } from '../../src/report/summarise-steps.js';
import { makeCampaign, makePeople } from '../rig/make-campaign.js';
import { openEngine, type TestEngine } from '../rig/open-engine.js';
import { openTestDatabase, type TestDatabase } from '../rig/open-test-database.js';
import { listQueueBackends } from '../rig/queue-backends.js';
import { openScriptedSmtp, type Script, type ScriptedSmtp } from '../rig/scripted-smtp.js';

const comingSoon = new Date('2026-12-29T08:00:00Z');
const availableNow = new Date('2027-01-12T08:00:00Z');
const reminder = new Date('2027-01-19T08:00:00Z');

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

describe.each(listQueueBackends())('the engine on $name', (backend) => {
  let queue: Awaited<ReturnType<typeof backend.open>>;
  let smtp: ScriptedSmtp;
  let engine: TestEngine;
  let script: Script = {};

  beforeAll(async () => {
    queue = await backend.open();
  });
  afterAll(() => queue.close());
  beforeEach(async () => {
    await database.clear();
    script = {};
    // The script is looked up at every mail, so that a test can change its mind.
    smtp = await openScriptedSmtp({
      rcpt: (offer) => script.rcpt?.(offer) ?? '250 ok',
      dot: (offer) => script.dot?.(offer) ?? '250 ok',
    });
    engine = await openEngine(database, { smtpUrl: smtp.url, redisUrl: queue.redisUrl });
  });
  afterEach(async () => {
    await engine.close();
    await smtp.close();
  });

  const countStep = async (id: string) => {
    const counts = await database.reports.counts('test');
    const step = counts.find((each) => each.id === id);
    if (!step) throw new Error(`no step ${id}`);
    return summariseStep(step);
  };
  const recipientsOf = () => smtp.accepted.map(({ to }) => to.join());

  test('a worker that nobody rings for looks for itself', async () => {
    await engine.launch(makeCampaign(), 50);
    await engine.addWorker();
    engine.clock.moveTo(comingSoon);
    // Opened, and never rung for: as if the queue had gone away for good.
    await database.ledger.openDueSteps(comingSoon);
    for (let wait = 0; wait < 200 && smtp.accepted.length < 50; wait += 1)
      await new Promise((done) => setTimeout(done, 100));
    expect(new Set(recipientsOf()).size).toBe(50);
  });

  test('sends every person one mail, and the mail is whole', async () => {
    await engine.launch(makeCampaign(), 450);
    await engine.addWorker();
    await engine.addWorker();
    await engine.playUntil(comingSoon);
    expect(new Set(recipientsOf()).size).toBe(450);
    expect(smtp.accepted).toHaveLength(450);
    expect(await countStep('coming-soon')).toMatchObject({
      audience: 450,
      sent: 450,
      waiting: 0,
      uncertain: 0,
      failed: 0,
    });

    const first = smtp.accepted.find(({ to }) => to[0] === 'p1@contoso.com');
    expect(first?.from).toBe('it@contoso.com');
    const mail = await simpleParser(first?.raw ?? '');
    expect(mail.to).toMatchObject({ value: [{ address: 'p1@contoso.com', name: 'Person 1' }] });
    expect(mail.date).toEqual(comingSoon);
    expect(mail.html).toContain('https://passwords.contoso.com');
    expect(mail.text).toContain('P1');
    const header = (name: string) => mail.headerLines.find(({ key }) => key === name)?.line;
    expect(header('auto-submitted')).toBe('Auto-Submitted: auto-generated');
    expect(header('x-auto-response-suppress')).toBe('X-Auto-Response-Suppress: OOF, AutoReply');
    expect(header('precedence')).toBe('Precedence: bulk');
    expect(header('list-id')).toBe('List-Id: <test.contoso.com>');
    expect(header('reply-to')).toBe('Reply-To: helpdesk@contoso.com');
    expect(mail.messageId).toMatch(/^<[0-9a-f]{40}@contoso\.com>$/);
    expect(new Set(smtp.accepted.map(({ raw }) => /^Message-ID: (.*)$/m.exec(raw)?.[1])).size).toBe(450);
  });

  test('suppresses whoever has registered, at creation and in the claim, and says which', async () => {
    await engine.launch(makeCampaign(), 20);
    const learn = (numbers: number[]) =>
      database.audience.importRegistrations('test', listRegistrations(numbers), {
        ...{ asOf: () => reminder, source: 'test', now: reminder },
        consent: async () => true,
      });
    await learn([1, 2, 3]);
    await engine.playUntilOpened(reminder);
    // The rows exist now; these two register before any worker claims.
    await learn([4, 5]);
    await engine.addWorker();
    await engine.playUntil(reminder);
    const ofReminder = smtp.accepted.filter(({ raw }) => /Subject: Reminder/i.test(raw)).map(({ to }) => to[0]);
    expect(ofReminder).toHaveLength(15);
    for (const number of [1, 2, 3, 4, 5]) expect(ofReminder).not.toContain(`p${number}@contoso.com`);
    expect(await countStep('reminder-1')).toMatchObject({ audience: 20, sent: 15, suppressed: { registered: 5 } });
    const { rows } = await database.pool.query(
      `SELECT count(*) AS count FROM messages WHERE reason = 'registered' AND evidence_as_of IS NOT NULL`,
    );
    expect(rows[0]).toEqual({ count: 5 });
  });

  test('suppresses somebody who left the list after the rows were made', async () => {
    await engine.launch(makeCampaign(), 5);
    await engine.playUntilOpened(comingSoon);
    await database.audience.importRecipients(
      'test',
      makePeople(5, (number) => (number === 2 ? { leftOut: 'disabled' } : {})),
      { mode: 'replace', consent: async () => true },
    );
    await engine.addWorker();
    await engine.playUntil(comingSoon);
    expect(recipientsOf().sort()).toEqual(['p1', 'p3', 'p4', 'p5'].map((name) => `${name}@contoso.com`));
    expect(await countStep('coming-soon')).toMatchObject({ sent: 4, suppressed: { disabled: 1 } });
  });

  test('judges refusals by scope: gone is failed, for now is tried again, nobody else is touched', async () => {
    script.rcpt = ({ to, attempt }) => {
      if (to === 'p1@contoso.com') return '550 5.1.1 no such user';
      if (to === 'p2@contoso.com' && attempt === 1) return '450 4.7.1 greylisted, come back';
      return '250 ok';
    };
    await engine.launch(makeCampaign(), 6);
    await engine.addWorker();
    await engine.playUntil(comingSoon);
    expect(await countStep('coming-soon')).toMatchObject({
      sent: 4,
      failed: 1,
      failedBecause: { 'recipient-gone': 1 },
      waiting: 1,
    });
    await engine.playUntil(new Date(comingSoon.getTime() + 6 * 60_000));
    expect(await countStep('coming-soon')).toMatchObject({ sent: 5, failed: 1, waiting: 0 });
    expect(new Set(recipientsOf()).size).toBe(5);
  });

  test('a mail without an answer goes out once more, identical; for a reminder it is parked', async () => {
    const dropFirst: Script['dot'] = ({ to, attempt }) =>
      to === 'p3@contoso.com' && attempt === 1 ? 'drop-accepted' : '250 ok';
    script.dot = dropFirst;
    await engine.launch(makeCampaign(), 5);
    await engine.addWorker();
    await engine.playUntil(availableNow);
    const copies = smtp.accepted.filter(({ to }) => to[0] === 'p3@contoso.com');
    expect(copies).toHaveLength(2);
    expect(copies[0]?.raw).toBe(copies[1]?.raw);
    expect(await countStep('available-now')).toMatchObject({ sent: 5, uncertain: 0 });

    script.dot = ({ to }) => (to === 'p4@contoso.com' ? 'drop' : '250 ok');
    await engine.playUntil(reminder);
    expect(await countStep('reminder-1')).toMatchObject({ audience: 5, sent: 4, uncertain: 1, progress: 'needs-you' });
  });

  test('a sender that is refused costs no recipient: everything waits', async () => {
    script.rcpt = () => '550 5.7.60 SMTP; Client does not have permissions to send as this sender';
    await engine.launch(makeCampaign(), 10);
    await engine.addWorker();
    await engine.playUntil(comingSoon);
    const held = await countStep('coming-soon');
    expect(held).toMatchObject({ failed: 0, waiting: 10, sent: 0, progress: 'held' });
    expect(held.because).toContain('the server refuses us: 550 5.7.60');
    const offered = smtp.offered();
    const later = new Date(comingSoon.getTime() + 30 * 60_000);
    await engine.playUntil(later);
    // Not one further try: a locked account would only stay locked.
    expect(smtp.offered()).toBe(offered);
    script.rcpt = () => '250 ok';
    expect(await database.control.resume({ sender: 'SMTP_URL' })).toBe(true);
    await engine.playUntil(later);
    expect(await countStep('coming-soon')).toMatchObject({ failed: 0, waiting: 0, sent: 10 });
  });

  test('a server in trouble is left alone, tried with one mail every 30 s, and goes on by itself', async () => {
    script.rcpt = () => '451 4.3.0 try again later';
    await engine.launch(makeCampaign(), 100);
    await engine.addWorker();
    await engine.addWorker();
    await engine.playUntil(comingSoon);
    const opening = smtp.offered();
    // Two workers of five in a row, and what was in flight.
    expect(opening).toBeLessThanOrEqual(2 * 5 + 2 * 10);
    let now = comingSoon;
    for (let probe = 0; probe < 10; probe += 1) {
      now = new Date(now.getTime() + 31_000);
      await engine.playUntil(now);
    }
    expect(smtp.offered() - opening).toBeLessThanOrEqual(10);
    expect(smtp.offered() - opening).toBeGreaterThanOrEqual(8);
    script.rcpt = () => '250 ok';
    for (let turn = 0; turn < 3; turn += 1) {
      now = new Date(now.getTime() + 31_000);
      await engine.playUntil(now);
    }
    expect(await countStep('coming-soon')).toMatchObject({ failed: 0, waiting: 0, sent: 100 });
  });

  test('a message that is refused for what it is pauses its step after five, and costs nobody else', async () => {
    script.dot = ({ number }) => `554 5.7.1 message ${number} looks like spam`;
    await engine.launch(makeCampaign(), 200);
    await engine.addWorker();
    await engine.playUntil(comingSoon);
    const step = await countStep('coming-soon');
    expect(step).toMatchObject({ progress: 'held', sent: 0 });
    expect(step.because).toMatch(/^paused: 5 of the last 5 mails .* 554 5\.7\.1/);
    expect(step.failed).toBeLessThanOrEqual(5 + 10);
    expect(step.waiting).toBe(200 - step.failed);
  });

  test('mails that hang, each in a claim of its own, keep no other from going out', async () => {
    const hung = new Set<string>();
    script.dot = ({ to, number }) => {
      if (number % 60 !== 0 || hung.size === 3) return '250 ok';
      hung.add(to);
      return 'hang';
    };
    await engine.launch(makeCampaign(), 600);
    await engine.addWorker({ claimSize: 50 });
    await engine.playUntilOpened(comingSoon);
    const key = (await database.campaigns.steps('test'))[0]?.key ?? 0;
    await engine.doorbell.ring(key, 5);
    const since = performance.now();
    while (smtp.accepted.length < 597 && performance.now() - since < 10_000)
      await new Promise((done) => setTimeout(done, 20));
    expect(hung.size).toBe(3);
    expect(smtp.accepted).toHaveLength(597);
    smtp.hangUp();
  });

  test('doubled rings and two schedulers change nothing', async () => {
    await engine.launch(makeCampaign(), 300);
    engine.clock.moveTo(comingSoon);
    await Promise.all([engine.tick(), engine.tick(), engine.tick()]);
    const key = (await database.campaigns.steps('test'))[0]?.key ?? 0;
    await engine.doorbell.ring(key, 100);
    await engine.addWorker();
    await engine.addWorker();
    await engine.playUntil(comingSoon);
    expect(smtp.accepted).toHaveLength(300);
    expect(new Set(recipientsOf()).size).toBe(300);
  });

  test('a lost ring is rung again', async () => {
    await engine.launch(makeCampaign(), 10);
    engine.clock.moveTo(comingSoon);
    await database.ledger.openDueSteps(comingSoon);
    await engine.addWorker();
    await engine.playUntil(comingSoon);
    expect(await countStep('coming-soon')).toMatchObject({ sent: 10 });
  });

  test('stale registration data holds reminders and nothing else; fresh data lets them go', async () => {
    await engine.launch(makeCampaign({ goal: { maxAge: '24h' } }), 4);
    await engine.addWorker();
    await engine.playUntil(availableNow);
    expect(await countStep('available-now')).toMatchObject({ sent: 4 });
    await engine.playUntil(reminder);
    const key = (await database.campaigns.steps('test')).find(({ id }) => id === 'reminder-1')?.key ?? 0;
    await engine.doorbell.ring(key, 3);
    await new Promise((done) => setTimeout(done, 300));
    expect(await countStep('reminder-1')).toMatchObject({ waiting: 4, sent: 0, progress: 'held' });
    await database.audience.importRegistrations('test', listRegistrations([1]), {
      ...{ asOf: () => reminder, source: 'test', now: reminder },
      consent: async () => true,
    });
    await engine.playUntil(reminder);
    expect(await countStep('reminder-1')).toMatchObject({ sent: 3, suppressed: { registered: 1 } });
  });

  test('a message that its step has outlived is failed, not sent', async () => {
    await engine.launch(makeCampaign(), 3);
    await engine.playUntilOpened(comingSoon);
    const late = new Date(comingSoon.getTime() + 73 * 3_600_000);
    await engine.addWorker();
    await engine.playUntil(late);
    expect(smtp.accepted).toHaveLength(0);
    expect(await countStep('coming-soon')).toMatchObject({ failed: 3, failedBecause: { expired: 3 } });
  });
});

async function* listRegistrations(numbers: number[]) {
  for (const number of numbers) yield { addressKey: `p${number}@contoso.com`, registered: true, line: number };
}
