import { fileURLToPath } from 'node:url';
import type { Pool } from './pool.js';

const folder = fileURLToPath(new URL('../../../migrations', import.meta.url));

/** Bring the database to this version's schema. Many processes may try at once: an advisory lock orders them. */
export async function migrate(pool: Pool): Promise<void> {
  if (await isCurrent(pool)) return;
  const { runner } = await import('node-pg-migrate');
  const client = await pool.connect();
  try {
    await runner({
      dbClient: client,
      dir: folder,
      direction: 'up',
      migrationsTable: 'migrations',
      // Wait for another process that is migrating instead of failing.
      advisoryLockMode: 'wait',
      log: () => {},
    });
  } finally {
    client.release();
  }
}

/** Loading the migration library costs 100 ms; a look at its table costs one. */
async function isCurrent(pool: Pool): Promise<boolean> {
  const { readdir } = await import('node:fs/promises');
  const names = (await readdir(folder))
    .filter((name) => name.endsWith('.sql'))
    .map((name) => name.replace(/\.sql$/, ''));
  const { rows: tables } = await pool.query<{ known: boolean }>(
    `SELECT to_regclass('migrations') IS NOT NULL AS known`,
  );
  if (!tables[0]?.known) return false;
  const { rows } = await pool.query<{ name: string }>('SELECT name FROM migrations');
  const applied = new Set(rows.map(({ name }) => name));
  return names.every((name) => applied.has(name));
}
