import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { createDoorbell } from '../../../src/adapters/bullmq/doorbell.js';
import { quietLog } from '../../../src/engine/quiet-log.js';
import { comeDue } from '../come-due.js';
import { barOf, bothQueues, type FaultRow, type Finding } from '../fault-row.js';
import { judge } from '../judge.js';
import type { RedisServer } from '../redis-server.js';
import type { Stage } from '../stage.js';
import { complainAboutEnds } from '../watch.js';

const onRedis = {
  queues: ['redis'] as const,
  // No mail's fate becomes unknown here, whatever the step says about that.
  policies: ['park', 'resend-once'] as const,
  impossible: () =>
    spawnSync('redis-cli', ['--version']).status === 0 ? undefined : 'needs redis-server and redis-cli',
};

/** 5 minutes in the matrix: everything here tries again within seconds, so that a longer time shows nothing more. */
const awayMs = 20_000;

/** A queue that rings too often, forgets, is away or is full. */
export const queueRows: FaultRow[] = [
  {
    row: '6',
    title: 'the same job 100 times, 3 times in a wave',
    runs: 20,
    queues: bothQueues,
    policies: ['park', 'resend-once'],
    bar: barOf([0, 0]),
    needsFence: true,
    async perform(stage) {
      const { rows } = await launchAndFindStep(stage);
      const doorbell = await createDoorbell({
        databaseUrl: stage.server.connectionString,
        redisUrl: stage.redis?.redisUrl,
        log: quietLog,
      });
      try {
        for (const part of [0, 0.3, 0.6]) {
          await stage.untilSunk(stage.people * (part + 0.3 * stage.random()));
          await doorbell.ring(rows[0]?.key ?? 0, 100);
        }
      } finally {
        await doorbell.close();
      }
      return judge(stage);
    },
  },
  {
    row: '10',
    title: 'FLUSHALL before anybody answered a ring, and 3 times in a wave',
    runs: 4,
    ...onRedis,
    bar: barOf([0, 0], { recoverSeconds: 90 }),
    short: true,
    needsFence: true,
    async perform(stage) {
      const redis = redisOf(stage);
      await stage.launch({ workers: 0 });
      while (redis.ask('LLEN', 'fanfare:fanfare:wait') === '0') await sleep(50);
      redis.ask('FLUSHALL');
      const workers = [stage.start('worker'), stage.start('worker')];
      await Promise.all(workers.map((each) => each.says(/"msg":"ready"/)));
      let recoverSeconds = await untilSending(stage);
      for (const part of [0, 0.3, 0.6]) {
        await stage.untilSunk(stage.people * (part + 0.3 * stage.random()));
        redis.ask('FLUSHALL');
        recoverSeconds = Math.max(recoverSeconds, await untilSending(stage));
      }
      return { ...(await judgeAll(stage)), recoverSeconds };
    },
  },
  {
    row: '11a',
    title: 'Redis gone for 20 s in a wave, and empty when it is back',
    runs: 2,
    ...onRedis,
    bar: barOf([0, 0], { recoverSeconds: 30 }),
    async perform(stage) {
      await stage.launch();
      await stage.untilSunk(stage.people * (0.1 + 0.3 * stage.random()));
      return takeRedisAway(stage);
    },
  },
  {
    row: '11b',
    title: 'Redis gone for 20 s while a step comes due',
    runs: 2,
    ...onRedis,
    bar: barOf([0, 0], { recoverSeconds: 30 }),
    async perform(stage) {
      await stage.launch({ sendAt: new Date(Date.now() + 3_600_000) });
      return takeRedisAway(stage, { comesDue: true });
    },
  },
  {
    row: '12',
    title: 'Redis is full, with noeviction',
    runs: 2,
    ...onRedis,
    bar: barOf([0, 0], { recoverSeconds: 30 }),
    async perform(stage) {
      const redis = redisOf(stage);
      const [scheduler] = await stage.launch({ sendAt: new Date(Date.now() + 3_600_000) });
      redis.ask('CONFIG', 'SET', 'maxmemory', '1');
      await comeDue(stage);
      // Told once, by the one who rings.
      await scheduler?.says(/OOM.*"msg":"scheduler.failed"/);
      await sleep(5_000);
      const complaints = (await stage.sink.count()) > 0 ? ['a mail was sent that nobody had rung for'] : [];
      redis.ask('CONFIG', 'SET', 'maxmemory', '0');
      const recoverSeconds = await untilSending(stage);
      // In the middle of a bunch of rings: some are in the queue, and the others are not.
      const used = Number(/used_memory:(\d+)/.exec(redis.ask('INFO', 'memory'))?.[1]);
      for (const spare of [2_000, 20_000, 200_000]) {
        redis.ask('CONFIG', 'SET', 'maxmemory', `${used + spare}`);
        await sleep(1_500);
      }
      redis.ask('CONFIG', 'SET', 'maxmemory', '0');
      const finding = await judgeAll(stage);
      return { ...finding, recoverSeconds, complaints: [...complaints, ...finding.complaints] };
    },
  },
  {
    row: '13',
    title: 'Redis may throw keys away: allkeys-lru',
    runs: 2,
    ...onRedis,
    // What is asked here happens before the first mail.
    people: 100,
    bar: barOf([0, 0]),
    async perform(stage) {
      const redis = redisOf(stage);
      redis.ask('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
      await stage.fill();
      const fix = 'redis-cli CONFIG SET maxmemory-policy noeviction';
      const refused = [
        await stage.start('scheduler').ended,
        await stage.start('worker').ended,
        await stage.run('health'),
      ];
      stage.running.splice(0);
      const wrong = refused.filter(({ code, err }) => code !== 1 || !err.includes(fix));
      redis.ask('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
      stage.start('scheduler');
      stage.start('worker');
      const finding = await judgeAll(stage);
      const complaints = wrong.map(({ code, out, err }) => `not refused with the fix: ${code} ${out}${err}`);
      return { ...finding, complaints: [...complaints, ...finding.complaints] };
    },
  },
];

function redisOf({ redis }: Stage): RedisServer {
  if (!redis) throw new Error('this row needs its queue on Redis');
  return redis;
}

async function launchAndFindStep(stage: Stage) {
  await stage.launch();
  return stage.stores.pool.query<{ key: number }>('SELECT key FROM steps');
}

/** Seconds until the next mail is taken; all of them taken is as good. */
async function untilSending({ sink, people }: Stage): Promise<number> {
  const since = performance.now();
  const taken = await sink.count();
  for (;;) {
    const now = await sink.count();
    const seconds = (performance.now() - since) / 1000;
    if (now > taken || now >= people) return seconds;
    if (seconds > 120) throw new Error('nothing was sent for two minutes');
    await sleep(20);
  }
}

async function takeRedisAway(stage: Stage, { comesDue = false } = {}): Promise<Finding> {
  const redis = redisOf(stage);
  await redis.stop();
  if (comesDue) await comeDue(stage);
  const complaints: string[] = [];
  const status = await stage.run('status', 'test');
  if (status.code !== 0) complaints.push(`status fails meanwhile: ${status.err}`);
  const health = await stage.run('health');
  if (health.code !== 1 || !health.err.includes('Redis does not answer'))
    complaints.push(`health does not say that Redis is away: ${health.code} ${health.out}${health.err}`);
  const slowest = Math.max(status.tookMs, health.tookMs);
  if (slowest > 10_000) complaints.push(`a command took ${(slowest / 1000).toFixed(0)} s to answer`);
  await sleep(awayMs);
  if (comesDue && (await stage.sink.count()) > 0) complaints.push('a mail was sent that nobody had rung for');
  await redis.start();
  const recoverSeconds = await untilSending(stage);
  const finding = await judgeAll(stage);
  return { ...finding, recoverSeconds, complaints: [...complaints, ...finding.complaints] };
}

/** No process may have ended of it. */
async function judgeAll(stage: Stage): Promise<Finding> {
  const finding = await judge(stage);
  return { ...finding, complaints: [...finding.complaints, ...complainAboutEnds(stage)] };
}
