import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findBinaries, findServerUser } from '../../src/adapters/postgres/embedded-binaries.js';
import { openEmbeddedServer, removeEmbeddedServer } from '../../src/adapters/postgres/embedded-server.js';

/** A PostgreSQL server of its own, with its data safe on disk, that a test may break. */
export interface DatabaseServer {
  connectionString: string;
  /** Its data folder. */
  cluster: string;
  /** `pg_ctl -m immediate`, and up again on the same port: every connection is lost, nothing that was committed is. */
  crash(): void;
  /** The same, and down until `start`; harmless where it has gone down by itself. */
  stop(): void;
  start(): void;
  close(): Promise<void>;
}

export async function openDatabaseServer(): Promise<DatabaseServer> {
  const folder = await mkdtemp(join(tmpdir(), 'fanfare-live-'));
  const server = await openEmbeddedServer(folder);
  const { pg_ctl: program } = await findBinaries();
  const user = await findServerUser();
  const cluster = join(folder, 'postgres');
  const control = (...args: string[]) =>
    execFileSync(program, [...args, '-D', cluster, '-w'], { ...user, cwd: '/', stdio: 'ignore' });
  const stop = (mode: 'fast' | 'immediate') => {
    // Down already: a fault has taken it down, and nobody brought it up again.
    if (spawnSync(program, ['status', '-D', cluster], { ...user, cwd: '/' }).status === 0) control('stop', '-m', mode);
  };
  // `restart` of a server that is down starts it, and only `restart` remembers its port and settings.
  const restart = () => void control('restart', '-m', 'immediate', '-l', join(cluster, 'server.log'));
  return {
    ...{ connectionString: server.connectionString, cluster },
    crash: restart,
    stop: () => stop('immediate'),
    start: restart,
    async close() {
      stop('fast');
      await server.release().catch(() => {});
      await removeEmbeddedServer(folder);
    },
  };
}
