import { openEmbeddedServer } from '../../src/adapters/postgres/embedded-server.js';
import { createPool, type Pool } from '../../src/adapters/postgres/pool.js';
import { quietLog } from '../../src/engine/quiet-log.js';
import { openWorkplace, type Workplace } from './run-fanfare.js';

/** A workplace whose embedded database stays up between commands, and can be looked into. */
export interface LedgerPlace extends Workplace {
  pool: Pool;
  /** Every row of every table, to compare before and after. */
  dump(): Promise<string>;
}

export async function openLedgerPlace(): Promise<LedgerPlace> {
  const work = await openWorkplace();
  const server = await openEmbeddedServer(work.path('state'), { throwaway: true });
  const pool = createPool(server.connectionString, quietLog);
  return {
    ...work,
    pool,
    async dump() {
      const { rows } = await pool.query<{ name: string }>(
        `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1`,
      );
      const tables = await Promise.all(
        rows.map(async ({ name }) => [name, (await pool.query(`SELECT t::text FROM "${name}" t ORDER BY 1`)).rows]),
      );
      return JSON.stringify(tables);
    },
    async close() {
      await pool.end();
      await server.release();
      await work.close();
    },
  };
}
