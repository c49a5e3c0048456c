import { Redis } from 'ioredis';
import type { Witness } from '../../engine/ports/restore-store.js';

const keyOf = (installation: string) => `fanfare:witness:${installation}`;

/** Remembers in Redis how far the database has come: every machine hears it there. */
export function createRedisWitness(url: string): Witness {
  const redis = new Redis(url, { maxRetriesPerRequest: 1, lazyConnect: true });
  // Each call says for itself what went wrong.
  redis.on('error', () => {});
  return {
    async recall(installation) {
      const text = await redis.get(keyOf(installation));
      if (text === null) return undefined;
      const { lease, at } = JSON.parse(text) as { lease: number; at: string };
      return { lease, at: new Date(at) };
    },
    async remember(installation, remembered) {
      await redis.set(keyOf(installation), JSON.stringify(remembered));
    },
    close: async () => redis.disconnect(),
  };
}
