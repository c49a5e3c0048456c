import { createServer } from 'node:net';
import { expect, test } from '@jest/globals';
import { createDoorbell } from '../../../src/adapters/bullmq/doorbell.js';
import { quietLog } from '../../../src/engine/quiet-log.js';

test('a Redis that never answers a TLS greeting: the address may want redis://', async () => {
  // As Redis without TLS does, it waits for the end of a line.
  const silent = createServer((socket) => socket.on('error', () => {}));
  await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done));
  const address = silent.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  try {
    await expect(
      createDoorbell({ databaseUrl: '', redisUrl: `rediss://127.0.0.1:${port}`, log: quietLog }),
    ).rejects.toThrow(/ETIMEDOUT.*rediss:\/\/ needs a port that speaks TLS/);
  } finally {
    silent.close();
  }
});
