import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { Database } from '../src/compose.js';
import { atEnd } from './leave-nothing.js';
import { compose, readConfig } from './shipped-build.js';

/** A PostgreSQL server of this bench alone, embedded as shipped: fsync and synchronous_commit on. */
export interface Cluster {
  connectionString: string;
  /** Process id of its first process: the others are its children. */
  pid: number;
  /** A database of its own on this server, migrated. */
  openDatabase(name: string): Promise<BenchDatabase>;
  close(): Promise<void>;
}

export interface BenchDatabase extends Database {
  /** For what no port of the engine does: filling, emptying, looking. */
  sql: pg.Pool;
}

export async function openCluster(): Promise<Cluster> {
  const folder = await mkdtemp(join(tmpdir(), 'fanfare-bench-'));
  const removeFolder = atEnd(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  const main = await compose(readConfig({ FANFARE_DATA_DIR: folder })).openDatabase();
  const closeMain = atEnd(() => main.close());
  const pid = Number((await readFile(join(folder, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')[0]);
  return {
    connectionString: main.connectionString,
    pid,
    openDatabase: (name) => openDatabase(main.connectionString, name),
    async close() {
      await closeMain();
      await removeFolder();
    },
  };
}

async function openDatabase(connectionString: string, name: string): Promise<BenchDatabase> {
  await withClient(connectionString, (client) => client.query(`CREATE DATABASE ${name}`));
  const url = new URL(connectionString);
  url.pathname = `/${name}`;
  const database = await compose(readConfig({ DATABASE_URL: url.href })).openDatabase();
  const sql = new pg.Pool({ connectionString: url.href, max: 3 });
  sql.on('error', () => {});
  const close = atEnd(async () => {
    // After Ctrl-C a statement may run for minutes yet, and a pool ends only after it.
    await withClient(connectionString, (client) =>
      client.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND state <> 'idle'`, [
        name,
      ]),
    );
    await sql.end();
    await database.close();
  });
  return { ...database, sql, close };
}

async function withClient<Result>(connectionString: string, work: (client: pg.Client) => Promise<Result>) {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
