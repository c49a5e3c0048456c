import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Measurement } from './bench.js';
import { closeAgain, openFreshStep } from './fill-campaign.js';
import { atEnd } from './leave-nothing.js';
import { readCpuMs, readPeakRssMb, readTreeCpuMs } from './measure-process.js';
import type { BenchDatabase, Cluster } from './open-cluster.js';
import { mainFile } from './shipped-build.js';
import { type Child, startChild } from './start-child.js';
import type { Sink } from './start-sink.js';

export interface EngineRun {
  cluster: Cluster;
  database: BenchDatabase;
  messages: number;
  sink: Sink;
  connections: number;
  inFlight: number;
  workers?: number;
  redis?: { url: string; pid: number };
  profileDir?: string | undefined;
}

/**
 * Send a step with `fanfare worker` processes and one `fanfare scheduler`, started before it is due. The clock runs
 * from the instant it is due to the last recorded answer, both by the database's clock: the first compile of the
 * mail and the wait for the scheduler's tick, up to a second, are in it.
 */
export async function runEngine(run: EngineRun): Promise<Measurement> {
  const { cluster, database, messages, workers = 1, redis } = run;
  // A campaign whose step is not open yet: nothing is due while they start.
  await closeAgain(database.sql, 'infinity');
  const children = [...Array.from({ length: workers }, () => startRole('worker', run)), startRole('scheduler', run)];
  try {
    await Promise.all(children.map((child) => child.line('ready')));
    const dueAt = await openFreshStep(database, messages);
    await sleep(Math.max(0, dueAt.getTime() - (await database.clock.now()).getTime() - 50));
    const own = () => sum(children.map(({ pid }) => readCpuMs(pid)));
    const servers = () => sum([readTreeCpuMs(cluster.pid), ...(redis ? [readCpuMs(redis.pid)] : [])]);
    const [ownBefore, serversBefore] = await Promise.all([own(), servers()]);
    await untilSettled(database);
    const [ownMs, serversMs] = [(await own()) - ownBefore, (await servers()) - serversBefore];
    const peakRssMb = await readPeakRssMb(children[0]?.pid ?? 0);
    const seconds = await readSeconds(database, dueAt, messages);
    return {
      value: messages / seconds,
      cpuMs: ownMs / messages,
      cpuWithServersMs: (ownMs + serversMs) / messages,
      peakRssMb,
    };
  } finally {
    await Promise.all(children.map((child) => child.stop()));
  }
}

/** One process of the engine; it says `ready` when it is. */
export function startRole(
  role: 'worker' | 'scheduler',
  { database, sink, connections, inFlight, redis, profileDir }: Omit<EngineRun, 'cluster' | 'messages'>,
): Child {
  const profile = role === 'worker' && profileDir ? ['--cpu-prof', `--cpu-prof-dir=${profileDir}`] : [];
  // What it remembers of this database is of no use to the next one.
  const state = mkdtempSync(join(tmpdir(), 'fanfare-bench-'));
  atEnd(() => rm(state, { recursive: true, force: true }));
  return startChild(process.execPath, [...profile, fileURLToPath(mainFile), role], {
    FANFARE_DATA_DIR: state,
    DATABASE_URL: database.connectionString,
    REDIS_URL: redis?.url ?? '',
    SMTP_URL: `smtp://${sink.host}:${sink.port}?connections=${connections}&inFlight=${inFlight}`,
    LOG_LEVEL: 'info',
    NODE_ENV: 'production',
  });
}

async function untilSettled({ sql }: BenchDatabase): Promise<void> {
  for (;;) {
    const { rows } = await sql.query<{ open: boolean }>(
      `SELECT EXISTS (SELECT FROM messages WHERE step_key = (SELECT key FROM steps) AND state = 'waiting')
           OR EXISTS (SELECT FROM leases WHERE message_ids <> '{}') AS open`,
    );
    if (!rows[0]?.open) return;
    await sleep(100);
  }
}

/** @throws Error where not every message was sent, at its first attempt */
async function readSeconds({ sql }: BenchDatabase, dueAt: Date, messages: number): Promise<number> {
  const { rows } = await sql.query<{ sent: string; seconds: string }>(
    `SELECT count(*) FILTER (WHERE state = 'sent' AND attempts = 1 AND resends = 0) AS sent,
            extract(epoch FROM max(settled_at) - $1) AS seconds FROM messages`,
    [dueAt],
  );
  if (Number(rows[0]?.sent) !== messages) throw new Error(`${rows[0]?.sent} of ${messages} messages were sent`);
  return Number(rows[0]?.seconds);
}

async function sum(values: Promise<number>[]): Promise<number> {
  return (await Promise.all(values)).reduce((total, value) => total + value, 0);
}
