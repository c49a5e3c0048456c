import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openStores, type Stores } from '../../src/adapters/postgres/open-stores.js';
import { settingsOf } from '../../src/engine/apply-campaign.js';
import { quietLog } from '../../src/engine/quiet-log.js';
import { planCampaign } from '../../src/plan/plan-campaign.js';
import { summariseStep } from '../../src/report/summarise-steps.js';
import { openWorkplace, type Started, type Workplace } from '../cli/run-fanfare.js';
import { loadTestContent, makeCampaign, makePeople } from '../rig/make-campaign.js';
import { listQueueBackends } from '../rig/queue-backends.js';
import { type DatabaseServer, openDatabaseServer } from './database-server.js';
import { openSink, type Sink } from './sink.js';

/** Load of the fault matrix, made smaller: 2 workers with 8 messages in flight each. */
const people = 2_000;
const inFlight = 8;

/**
 * The whole system as operations run it, a scheduler and two workers as processes of their own, on a PostgreSQL server
 * and both queues. Things break while a step is being sent; the judge is what Postfix's sink wrote down.
 */
describe.each(listQueueBackends())('with the queue on $name', (backend) => {
  let place: Workplace;
  let server: DatabaseServer;
  let stores: Stores;
  let queue: Awaited<ReturnType<typeof backend.open>>;
  let sink: Sink;
  let running: Started[] = [];

  beforeEach(async () => {
    place = await openWorkplace();
    server = await openDatabaseServer();
    stores = await openStores(server.connectionString, quietLog);
    queue = await backend.open();
    sink = await openSink(place.folder);
    running = [];
  });
  afterEach(async () => {
    await place.close();
    await sink.stop();
    await queue.close();
    await stores.close();
    await server.close();
  });

  const start = (role: 'scheduler' | 'worker') => {
    const started = place.start([role], {
      DATABASE_URL: server.connectionString,
      SMTP_URL: `smtp://127.0.0.1:${sink.port}?connections=4&inFlight=${inFlight}`,
      ...(queue.redisUrl && { REDIS_URL: queue.redisUrl }),
    });
    running.push(started);
    return started;
  };

  /** A campaign with one step that is due now, and everything running. */
  const launch = async (kind: 'available-now' | 'sign-up-reminder') => {
    const now = new Date();
    const campaign = makeCampaign({ steps: [{ kind, offset: '0d' }] });
    const plan = planCampaign(campaign);
    const steps = plan.steps.map((step) => settingsOf({ ...step, sendAt: now }));
    const content = await loadTestContent(campaign);
    await stores.campaigns.save({ definition: campaign, plan, content, steps, expectedVersion: 0, now });
    await stores.audience.importRecipients('test', makePeople(people), { mode: 'replace', consent: async () => true });
    const started = [start('scheduler'), start('worker'), start('worker')];
    await Promise.all(started.map((each) => each.says(/"msg":"ready"/)));
    return started;
  };

  const untilSunk = async (count: number) => {
    for (let wait = 0; wait < 1_200 && (await sink.count()) < count; wait += 1) await sleep(20);
  };
  const count = async () => summariseStep((await stores.reports.counts('test'))[0] as never);
  /** Until nothing is on its way any more; a minute and a half is the longest that any row of the matrix allows. */
  const untilSettled = async () => {
    for (let wait = 0; wait < 900; wait += 1) {
      const step = await count().catch(() => undefined);
      if (step && step.audience === people && step.waiting + step.claimed + step.sending === 0) return step;
      await sleep(100);
    }
    return count();
  };

  /** Everybody has the mail, copies are identical and no more than allowed, and our own books say the same. */
  const judge = async (most: { copies: number; uncertain?: number }) => {
    const step = await untilSettled();
    const mails = await sink.mails();
    const byPerson = new Map<string, Set<string>>();
    for (const { to, messageId, date } of mails)
      byPerson.set(to, (byPerson.get(to) ?? new Set()).add(`${messageId} ${date}`));
    const lost = people - byPerson.size;
    expect(lost).toBeLessThanOrEqual(most.uncertain ?? 0);
    expect([...byPerson.values()].filter((versions) => versions.size > 1)).toEqual([]);
    expect(mails.length - byPerson.size).toBeLessThanOrEqual(most.copies);
    expect(step.sent + step.uncertain).toBe(people);
    expect(step.uncertain).toBeLessThanOrEqual(most.uncertain ?? 0);
  };

  test('kill -9 of a worker: its peer goes on, and at most what was in flight comes twice', async () => {
    const [, worker] = await launch('available-now');
    await untilSunk(people / 4);
    worker?.child.kill('SIGKILL');
    await judge({ copies: inFlight });
  });

  test('kill -9 of a worker during a reminder: nothing comes twice, what nobody knows is parked', async () => {
    const [, worker] = await launch('sign-up-reminder');
    await untilSunk(people / 4);
    worker?.child.kill('SIGKILL');
    await judge({ copies: 0, uncertain: inFlight });
  });

  test('kill -9 of everything, three times', async () => {
    await launch('available-now');
    for (const share of [0.2, 0.4, 0.6]) {
      await untilSunk(people * share);
      for (const { child } of running) child.kill('SIGKILL');
      await Promise.all(running.splice(0).map(({ ended }) => ended));
      start('scheduler');
      start('worker');
      start('worker');
    }
    await judge({ copies: 3 * 2 * inFlight });
  });

  test('a worker that is stopped past its lease and wakes up again', async () => {
    const [, worker] = await launch('available-now');
    await untilSunk(people / 4);
    worker?.child.kill('SIGSTOP');
    await sleep(40_000);
    worker?.child.kill('SIGCONT');
    await judge({ copies: inFlight });
  });

  test('SIGTERM drains: nothing is lost, doubled or uncertain, and it ends with 0', async () => {
    const started = await launch('available-now');
    await untilSunk(people / 4);
    for (const { child } of started) child.kill('SIGTERM');
    expect(await Promise.all(started.map(async ({ ended }) => (await ended).code))).toEqual([0, 0, 0]);
    const { sending, claimed, uncertain, sent } = await count();
    expect([sending, claimed, uncertain, sent]).toEqual([0, 0, 0, await sink.count()]);
    start('scheduler');
    start('worker');
    await judge({ copies: 0 });
  });

  test('the database server restarts five times, at once each time', async () => {
    await launch('available-now');
    for (const share of [0.1, 0.25, 0.4, 0.55, 0.7]) {
      await untilSunk(people * share);
      server.crash();
      await sleep(1_000);
    }
    await judge({ copies: 5 * 2 * inFlight });
  });

  const onRedis = backend.name === 'redis' ? test : test.skip;
  onRedis('an emptied Redis is rung again', async () => {
    await launch('available-now');
    for (const share of [0.2, 0.5]) {
      await untilSunk(people * share);
      execFileSync('redis-cli', ['-u', queue.redisUrl ?? '', 'FLUSHALL']);
    }
    await judge({ copies: 0 });
  });
});
