import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openEmbeddedServer, removeEmbeddedServer } from '../../../src/adapters/postgres/embedded-server.js';
import { createPool } from '../../../src/adapters/postgres/pool.js';
import { quietLog } from '../../../src/engine/quiet-log.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fanfare-embedded-'));
  await chmod(folder, 0o755);
});
afterEach(() => removeEmbeddedServer(folder));

const open = () => openEmbeddedServer(join(folder, 'state'), { throwaway: true });
const isUp = () => existsSync(join(folder, 'state', 'postgres', 'postmaster.pid'));

async function ask(connectionString: string, text: string): Promise<unknown> {
  const pool = createPool(connectionString, quietLog, 1);
  try {
    const { rows } = await pool.query(text);
    return rows[0];
  } finally {
    await pool.end();
  }
}

test('stays up until the last one has left, and keeps what was written', async () => {
  const [first, second] = await Promise.all([open(), open()]);
  expect(second.connectionString).toBe(first.connectionString);
  await ask(first.connectionString, 'CREATE TABLE kept AS SELECT 42 AS answer');
  await first.release();
  expect(isUp()).toBe(true);
  expect(await ask(second.connectionString, 'SELECT answer FROM kept')).toEqual({ answer: 42 });
  await second.release();
  expect(isUp()).toBe(false);

  const third = await open();
  expect(await ask(third.connectionString, 'SELECT answer FROM kept')).toEqual({ answer: 42 });
  await third.abandon();
  expect(isUp()).toBe(false);
}, 60_000);

test('lets one process at a time run the engine, and the next one after it has left', async () => {
  const [first, second] = [await open(), await open()];
  expect(await first.claimEngine()).toBe(true);
  expect(await second.claimEngine()).toBe(false);
  await first.release();
  expect(await second.claimEngine()).toBe(true);
  await second.release();
}, 60_000);

test('listens on loopback only, wants its password, and lets nobody else read its files', async () => {
  const server = await open();
  const url = new URL(server.connectionString);
  expect(url.hostname).toBe('127.0.0.1');
  expect(await ask(server.connectionString, 'SHOW listen_addresses')).toEqual({ listen_addresses: '127.0.0.1' });
  url.password = 'wrong';
  await expect(ask(url.href, 'SELECT 1')).rejects.toThrow(/password authentication failed/);
  const cluster = join(folder, 'state', 'postgres');
  expect((await stat(cluster)).mode & 0o077).toBe(0);
  expect((await stat(join(cluster, 'fanfare.password'))).mode & 0o077).toBe(0);
  expect((await readFile(join(cluster, 'fanfare.password'), 'utf8')).trim().length).toBeGreaterThanOrEqual(32);
  await server.release();
}, 60_000);
