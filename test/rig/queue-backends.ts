import { spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import { endProcess } from './end-process.js';

/** Where BullMQ keeps its jobs in a test: on the test's PostgreSQL, or on a Redis. */
export interface QueueBackend {
  name: 'postgres' | 'redis';
  /** Brings up what the backend needs; the address of its Redis, where it has one. */
  open(): Promise<{ redisUrl?: string; close(): Promise<void> }>;
}

const onPostgres: QueueBackend = { name: 'postgres', open: async () => ({ close: async () => {} }) };

const onRedis: QueueBackend = {
  name: 'redis',
  async open() {
    const given = process.env.TEST_REDIS_URL;
    if (given) return { redisUrl: given, close: async () => {} };
    return openPrivateRedis();
  },
};

/** Both backends where a Redis can be had; without one the suite says aloud what it leaves out. `npm run check` wants none. */
export function listQueueBackends(): QueueBackend[] {
  if (process.env.TEST_WITHOUT_SERVERS) return [onPostgres];
  const installed = spawnSync('redis-server', ['--version']).status === 0;
  if (process.env.TEST_REDIS_URL || installed) return [onPostgres, onRedis];
  console.warn('SKIPPED: tests on Redis. Install redis-server, or set TEST_REDIS_URL.');
  return [onPostgres];
}

/** A Redis of our own on a free port, keeping nothing on disk. */
export async function openPrivateRedis({
  maxmemoryPolicy = 'noeviction',
  port: wanted,
}: {
  maxmemoryPolicy?: string;
  port?: number;
} = {}): Promise<{ redisUrl: string; port: number; close(): Promise<void> }> {
  const port = wanted ?? (await findFreePort());
  const args = [
    '--port',
    `${port}`,
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--appendonly',
    'no',
    '--maxmemory-policy',
    maxmemoryPolicy,
  ];
  const server = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise<void>((done, fail) => {
    server.once('exit', (code) => fail(new Error(`redis-server ended with ${code}`)));
    server.stdout.on('data', (chunk: Buffer) => {
      if (chunk.includes('Ready to accept connections')) done();
    });
  });
  return {
    redisUrl: `redis://127.0.0.1:${port}`,
    port,
    close: () => {
      server.removeAllListeners('exit');
      return endProcess(server);
    },
  };
}

export function findFreePort(): Promise<number> {
  return new Promise((done, fail) => {
    const probe = createServer().once('error', fail);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => done(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
