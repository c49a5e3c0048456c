import { execFileSync } from 'node:child_process';
import { openPrivateRedis } from '../rig/queue-backends.js';

/** A Redis of its own, keeping nothing on disk, that a test may break. */
export interface RedisServer {
  redisUrl: string;
  /** A command, as for `redis-cli`: `FLUSHALL`. Returns what it answers. */
  ask(...words: string[]): string;
  /** Away, with all that was in it. */
  stop(): Promise<void>;
  /** Up again, on the same port. */
  start(): Promise<void>;
  close(): Promise<void>;
}

export async function openRedisServer(): Promise<RedisServer> {
  let server: Awaited<ReturnType<typeof openPrivateRedis>> | undefined = await openPrivateRedis();
  const { port, redisUrl } = server;
  const stop = async () => {
    await server?.close();
    server = undefined;
  };
  return {
    redisUrl,
    ask: (...words) => execFileSync('redis-cli', ['-p', `${port}`, ...words], { encoding: 'utf8' }).trim(),
    stop,
    async start() {
      server = await openPrivateRedis({ port });
    },
    close: stop,
  };
}
