import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createDoorbell } from '../../src/adapters/bullmq/doorbell.js';
import { Unavailable } from '../../src/campaign/problem.js';
import { quietLog } from '../../src/engine/quiet-log.js';
import { openTestDatabase, type TestDatabase } from '../rig/open-test-database.js';
import { listQueueBackends, openPrivateRedis } from '../rig/queue-backends.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

/** What the engine expects of any doorbell. */
describe.each(listQueueBackends())('a doorbell on $name', (backend) => {
  const withDoorbell = async (work: (open: () => ReturnType<typeof createDoorbell>) => Promise<void>) => {
    const queue = await backend.open();
    const prefix = `contract-${Math.random().toString(36).slice(2)}`;
    const opened: Awaited<ReturnType<typeof createDoorbell>>[] = [];
    try {
      await work(async () => {
        const doorbell = await createDoorbell({
          databaseUrl: database.connectionString,
          redisUrl: queue.redisUrl,
          prefix,
          log: quietLog,
        });
        opened.push(doorbell);
        return doorbell;
      });
    } finally {
      for (const doorbell of opened) await doorbell.close();
      await queue.close();
    }
  };
  const until = async (condition: () => boolean) => {
    for (let wait = 0; wait < 400 && !condition(); wait += 1) await new Promise((done) => setTimeout(done, 25));
    expect(condition()).toBe(true);
  };

  test('every ring is answered, by whichever listener is free, and leaves nothing behind', () =>
    withDoorbell(async (open) => {
      const [ringing, answering, another] = [await open(), await open(), await open()];
      await ringing.ring(7, 3);
      await ringing.ring(8, 2);
      expect(await ringing.pending()).toBe(5);
      const heard: number[] = [];
      const listen = (doorbell: typeof ringing) => doorbell.listen(async (step) => void heard.push(step), 2);
      const listeners = [listen(answering), listen(another)];
      await until(() => heard.length >= 5);
      expect(heard.sort()).toEqual([7, 7, 7, 8, 8]);
      for (const listener of listeners) await listener.stop();
      expect(await ringing.pending()).toBe(0);
    }));

  test('a ring whose answer fails is not repeated: the rows decide', () =>
    withDoorbell(async (open) => {
      const doorbell = await open();
      let heard = 0;
      const listener = doorbell.listen(async () => {
        heard += 1;
        throw new Error('on purpose');
      }, 1);
      await doorbell.ring(1, 1);
      await until(() => heard === 1);
      await new Promise((done) => setTimeout(done, 300));
      expect(heard).toBe(1);
      expect(await doorbell.pending()).toBe(0);
      await listener.stop();
    }));

  test('stopping waits for what is being answered and takes nothing more', () =>
    withDoorbell(async (open) => {
      const doorbell = await open();
      let begun = 0;
      let ended = 0;
      const listener = doorbell.listen(async () => {
        begun += 1;
        await new Promise((done) => setTimeout(done, 200));
        ended += 1;
      }, 1);
      await doorbell.ring(1, 5);
      await until(() => begun === 1);
      await listener.stop();
      expect([begun, ended]).toEqual([1, 1]);
      expect(await doorbell.pending()).toBe(4);
    }));
});

const onRedis = listQueueBackends().some(({ name }) => name === 'redis') ? test : test.skip;
onRedis('a Redis that may throw entries away is refused, with the mend', async () => {
  const redis = await openPrivateRedis({ maxmemoryPolicy: 'allkeys-lru' });
  try {
    const opening = createDoorbell({
      databaseUrl: database.connectionString,
      redisUrl: redis.redisUrl,
      log: quietLog,
    });
    await expect(opening).rejects.toThrow(Unavailable);
    await expect(opening).rejects.toThrow(/allkeys-lru.*CONFIG SET maxmemory-policy noeviction/s);
  } finally {
    await redis.close();
  }
});
