import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { makeCampaign } from '../rig/make-campaign.js';
import { openEngine, type TestEngine } from '../rig/open-engine.js';
import { openTestDatabase, type TestDatabase } from '../rig/open-test-database.js';
import { openScriptedSmtp, type ScriptedSmtp } from '../rig/scripted-smtp.js';

const comingSoon = new Date('2026-12-29T08:00:00Z');
const later = (seconds: number) => new Date(comingSoon.getTime() + seconds * 1000);

let database: TestDatabase;
let smtp: ScriptedSmtp;
let engine: TestEngine;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.clear();
  smtp = await openScriptedSmtp({ dotDelayMs: 5 });
  engine = await openEngine(database, { smtpUrl: smtp.url });
});
afterEach(async () => {
  await engine.close();
  await smtp.close();
});

/** Play a moment with what the limits leave room for; the rest stays due and waits. */
async function playMoment(instant: Date): Promise<void> {
  engine.clock.moveTo(instant);
  for (let turn = 0; turn < 6; turn += 1) {
    await engine.tick();
    await new Promise((done) => setTimeout(done, 60));
  }
}

describe('a sender that allows 30 mails a minute', () => {
  test('gets never more than 30 in any 60 seconds, from any number of workers, also over a restart', async () => {
    await engine.launch(makeCampaign(), 200);
    const workers = [
      await engine.addWorker({ smtpUrl: `${smtp.url}?perMinute=30` }),
      await engine.addWorker({ smtpUrl: `${smtp.url}?perMinute=30` }),
    ];
    const arrived: number[] = [];
    for (let seconds = 0; seconds <= 260; seconds += 10) {
      await playMoment(later(seconds));
      while (arrived.length < smtp.accepted.length) arrived.push(seconds);
      if (seconds === 90) {
        await workers[0]?.stop();
        await engine.addWorker({ smtpUrl: `${smtp.url}?perMinute=30` });
      }
    }
    for (const from of arrived)
      expect(arrived.filter((at) => at >= from && at < from + 60).length).toBeLessThanOrEqual(30);
    // And it does not dawdle: five minutes have begun.
    expect(arrived.length).toBeGreaterThanOrEqual(4 * 30);
    expect(new Set(smtp.accepted.map(({ to }) => to[0])).size).toBe(smtp.accepted.length);
  }, 60_000);

  test('a worker that dies gives its places back no sooner than its mails would have', async () => {
    await engine.launch(makeCampaign(), 100);
    await engine.playUntilOpened(comingSoon);
    const [step] = await database.campaigns.steps('test');
    const pace = { sender: 'SMTP_URL', perMinute: 30 };
    const claim = await database.ledger.claim(step?.key ?? 0, {
      now: comingSoon,
      limit: 50,
      leaseMs: 60_000,
      worker: 'doomed',
      newestLease: 0,
    });
    const marks = (claim?.messages ?? []).map(({ id }) => ({
      ...{
        id,
        leaseId: claim?.leaseId ?? 0,
        groupKey: claim?.step.groupKey ?? 0,
        probe: false,
        onlyUnregistered: false,
      },
      ...{ isLimited: false, toldDate: '2027-01-12' },
      ...{ messageId: `${id}@x`, datedAt: comingSoon, markedAt: comingSoon },
    }));
    expect(await database.ledger.exchange(marks, [], pace)).toHaveLength(30);
    expect(await database.ledger.countRoom(pace, later(3600))).toBe(0);
    await database.pool.query(`UPDATE leases SET until = clock_timestamp() - interval '1 second'`);
    await database.ledger.recoverLeases(later(3600));
    expect(await database.ledger.countRoom(pace, later(3660))).toBe(0);
    expect(await database.ledger.countRoom(pace, later(3662))).toBe(30);
  });
});

test('a limit a day holds for a day, and is free again after it', async () => {
  await engine.launch(makeCampaign(), 50);
  await engine.addWorker({ smtpUrl: `${smtp.url}?perDay=20` });
  await playMoment(comingSoon);
  await playMoment(later(86_000));
  expect(smtp.accepted).toHaveLength(20);
  await playMoment(later(86_402));
  expect(smtp.accepted).toHaveLength(40);
});
