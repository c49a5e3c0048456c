import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { inTransaction } from '../../../src/adapters/postgres/pool.js';
import { openTestDatabase, type TestDatabase } from '../../rig/open-test-database.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

test('a connection that is lost in a transaction fails that transaction and nothing else', async () => {
  const lost = inTransaction(database.pool, async (client) => {
    // Without somebody who listens for it, pg ends the process here.
    expect(client.listenerCount('error')).toBeGreaterThan(0);
    await client.query('SELECT pg_terminate_backend(pg_backend_pid())');
  });
  await expect(lost).rejects.toThrow(/terminating connection/);
  expect((await database.pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
});
