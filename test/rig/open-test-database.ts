import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedServer, removeEmbeddedServer } from '../../src/adapters/postgres/embedded-server.js';
import { openStores, type Stores } from '../../src/adapters/postgres/open-stores.js';
import { quietLog } from '../../src/engine/quiet-log.js';

export interface TestDatabase extends Stores {
  /** Empty every table, as if nothing had happened. */
  clear(): Promise<void>;
}

/** A real PostgreSQL of its own for one test file; its data is thrown away. */
export async function openTestDatabase(): Promise<TestDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'fanfare-test-'));
  const server = await openEmbeddedServer(folder, { throwaway: true });
  const stores = await openStores(server.connectionString, quietLog, 20);
  return {
    ...stores,
    clear: async () => {
      const { rows } = await stores.pool.query<{ tables: string }>(
        `SELECT string_agg(quote_ident(relname), ', ') AS tables FROM pg_class
         WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname NOT IN ('migrations', 'installation')`,
      );
      await stores.pool.query(`TRUNCATE ${rows[0]?.tables} RESTART IDENTITY CASCADE`);
      await stores.pool.query('UPDATE installation SET restored_until = NULL, restored_lease = NULL');
    },
    close: async () => {
      await stores.close();
      await server.release();
      await removeEmbeddedServer(folder);
    },
  };
}
