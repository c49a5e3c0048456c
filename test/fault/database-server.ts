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
  /** The same, and down until `start`. Both do nothing where it is so already. */
  stop(): void;
  start(): void;
  /** A quiet restart with a clock that is this much further ahead, and the engine's with it: for what waits for minutes. */
  jumpAhead(seconds: number): void;
  /** How far it is ahead of this machine. */
  aheadMs(): number;
  close(): Promise<void>;
}

export async function openDatabaseServer(): Promise<DatabaseServer> {
  const folder = await mkdtemp(join(tmpdir(), 'fanfare-live-'));
  const server = await openEmbeddedServer(folder);
  const { pg_ctl: program } = await findBinaries();
  const user = await findServerUser();
  const cluster = join(folder, 'postgres');
  let ahead = 0;
  const control = (...args: string[]) =>
    execFileSync(program, [...args, '-D', cluster, '-w'], {
      ...user,
      cwd: '/',
      stdio: 'ignore',
      env: { ...process.env, ...(ahead > 0 && clockAhead(ahead)) },
    });
  // A fault may have taken it down.
  const isUp = () => spawnSync(program, ['status', '-D', cluster], { ...user, cwd: '/' }).status === 0;
  const stop = (mode: 'fast' | 'immediate') => {
    if (isUp()) control('stop', '-m', mode);
  };
  // `restart` of a server that is down starts it, and only `restart` remembers its port and settings.
  const restart = () => void control('restart', '-m', 'immediate', '-l', join(cluster, 'server.log'));
  return {
    ...{ connectionString: server.connectionString, cluster },
    crash: restart,
    stop: () => stop('immediate'),
    start: () => {
      if (!isUp()) restart();
    },
    jumpAhead(seconds) {
      ahead += Math.ceil(seconds);
      control('restart', '-m', 'fast', '-l', join(cluster, 'server.log'));
    },
    aheadMs: () => ahead * 1000,
    async close() {
      stop('fast');
      await server.release().catch(() => {});
      await removeEmbeddedServer(folder);
    },
  };
}

/** libfaketime, where Debian and its kin keep it; what counts seconds rather than tells the time is left alone. */
function clockAhead(seconds: number): Record<string, string> {
  return {
    LD_PRELOAD: '/usr/$LIB/faketime/libfaketimeMT.so.1',
    FAKETIME: `+${seconds}s`,
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  };
}
