import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bench } from './bench.js';
import { buildShippedMail } from './bench-mail.js';
import { fillCampaign } from './fill-campaign.js';
import { atEnd } from './leave-nothing.js';
import { openCluster } from './open-cluster.js';
import { runEngine } from './run-engine.js';
import { startChild } from './start-child.js';
import { findFreePort, startSink, waitForPort } from './start-sink.js';

/** A job is only a doorbell, so the queue's own speed should not show. */
export const queueBackends: Bench = {
  name: 'queue-backends',
  describes: 'the whole engine with BullMQ on Redis against BullMQ on PostgreSQL',
  async run({ messages, connections, inFlight }, compare) {
    const mail = await buildShippedMail();
    const cluster = await openCluster();
    const database = await cluster.openDatabase('bench');
    await fillCampaign(database, mail, messages);
    const [sink, redis] = [await startSink(), await startRedis()];
    const load = { cluster, database, messages, connections, inFlight, sink };
    await compare({
      title: 'whole engine on Redis against PostgreSQL',
      unit: 'messages/s',
      facts: [`${messages} messages of ${mail.raw.length} bytes`, `${connections} connections to smtp-sink`],
      contenders: [
        { name: 'on Redis', run: () => runEngine({ ...load, redis }) },
        { name: 'on PostgreSQL', run: () => runEngine(load) },
      ],
    });
  },
};

/** A Redis of this bench alone, with an append-only file as `docker-compose.yml` has it. */
async function startRedis(): Promise<{ url: string; pid: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'fanfare-bench-'));
  atEnd(() => rm(folder, { recursive: true, force: true }));
  const port = await findFreePort();
  const redis = startChild('redis-server', [
    ...['--bind', '127.0.0.1', '--port', String(port), '--dir', folder],
    ...['--save', '', '--appendonly', 'yes', '--maxmemory-policy', 'noeviction'],
  ]);
  await waitForPort(port, redis.ended);
  return { url: `redis://127.0.0.1:${port}`, pid: redis.pid };
}
