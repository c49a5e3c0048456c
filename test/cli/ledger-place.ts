import { openEmbeddedServer } from '../../src/adapters/postgres/embedded-server.js';
import { createPool, type Pool } from '../../src/adapters/postgres/pool.js';
import { quietLog } from '../../src/engine/quiet-log.js';
import { openWorkplace, type Workplace } from './run-fanfare.js';

/** A workplace whose embedded database stays up between commands, and can be looked into. */
export interface LedgerPlace extends Workplace {
  pool: Pool;
  /** Every table with its number of rows and what they amount to: to compare before and after. */
  dump(): Promise<unknown>;
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
        rows.map(async ({ name }) => {
          const sum = `SELECT count(*) AS rows, md5(string_agg(t::text, chr(10) ORDER BY t::text)) AS sum FROM "${name}" t`;
          return [name, (await pool.query(sum)).rows[0]];
        }),
      );
      return Object.fromEntries(tables);
    },
    async close() {
      await pool.end();
      await server.release();
      await work.close();
    },
  };
}
