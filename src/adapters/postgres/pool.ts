import pg from 'pg';
import type { Log } from '../../engine/ports/log.js';

const parsers = new pg.TypeOverrides();
// bigint: our ids stay far below 2^53.
parsers.setTypeParser(pg.types.builtins.INT8, Number);
// date: a calendar date has no instant; `pg` would make one of it in the machine's zone.
parsers.setTypeParser(pg.types.builtins.DATE, (text) => text);

/** What statements run on: the pool, or one connection inside a transaction. */
export type Queryable = Pick<pg.PoolClient, 'query'>;
export type Pool = pg.Pool;
export type Connection = pg.PoolClient;

/** A pool whose sessions think in UTC. Losing an idle connection is told to the log and is no crash. */
export function createPool(connectionString: string, log: Log, max = 10): Pool {
  const pool = new pg.Pool({
    connectionString,
    max,
    types: parsers,
    // Bounded: with every connection busy a caller learns so instead of hanging.
    connectionTimeoutMillis: 15_000,
    keepAlive: true,
    application_name: 'fanfare',
    options: '-c timezone=UTC -c statement_timeout=0 -c idle_in_transaction_session_timeout=600000',
  });
  pool.on('error', (error) => log.warn('database.connection-lost', { reason: error.message }));
  // One that is lost within a transaction fails its query; with nobody to listen it would end the process as well.
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

/** Run `work` in one transaction; it is rolled back where `work` throws. */
export async function inTransaction<Result>(
  pool: Pool,
  work: (client: Connection) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    // A connection that cannot even roll back is not given back to the pool.
    await client.query('ROLLBACK').catch((rollbackError: Error) => {
      broken = rollbackError;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}
