import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { access, chmod, chown, constants, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { Unavailable } from '../../campaign/problem.js';
import { type Binaries, findBinaries, findServerUser } from './embedded-binaries.js';

/** A real PostgreSQL of our own, in a folder. Several commands share it: the last one out turns off the light. */
export interface EmbeddedServer {
  connectionString: string;
  /** True where this process is now the only one that runs the engine on this folder. */
  claimEngine(): Promise<boolean>;
  release(): Promise<void>;
  /** The same for a process that is about to end: nothing else of it runs while the server goes down. */
  abandon(): Promise<void>;
}

interface Folder {
  /** PostgreSQL's data folder. */
  cluster: string;
  binaries: Binaries;
  user: { uid: number; gid: number } | undefined;
  /** Settings of a server whose data nobody will miss. */
  throwaway: boolean;
}

/** Session locks: the server itself knows who is there, and forgets whoever died. */
const presenceLock = 'pg_advisory_lock_shared(7065, 1)';
const alone = 'pg_try_advisory_lock(7065, 1)';
const engineLock = 'pg_try_advisory_lock(7065, 2)';

/**
 * Attach to the server of `folder`, bringing it up (and creating it) where nobody has yet.
 * @throws Unavailable where it cannot be brought up, with the reason
 */
export async function openEmbeddedServer(folder: string, { throwaway = false } = {}): Promise<EmbeddedServer> {
  const place: Folder = {
    cluster: resolve(folder, 'postgres'),
    binaries: await findBinaries(),
    user: await findServerUser(),
    throwaway,
  };
  await createCluster(place, folder);
  // Another process may be starting or stopping it at this very moment: look again until it is settled.
  let failure = '';
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const attached = await attach(place);
    if (attached) return attached;
    const { code, output } = await startServer(place);
    if (code !== 0) failure = output;
    if (code !== 0 && attempt > 20) break;
    if (code !== 0) await sleep(100);
  }
  throw new Unavailable(`The embedded PostgreSQL in ${folder} does not start:\n${failure.trim()}`);
}

/** Remove what `openEmbeddedServer` made for a throw-away server. */
export async function removeEmbeddedServer(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}

async function attach(place: Folder): Promise<EmbeddedServer | undefined> {
  const connectionString = await readAddress(place);
  if (!connectionString) return undefined;
  const client = new pg.Client({
    connectionString,
    application_name: 'fanfare-presence',
    connectionTimeoutMillis: 5_000,
  });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query(`SELECT ${presenceLock}`);
  } catch {
    await client.end().catch(() => {});
    return undefined;
  }
  const ask = async (lock: string) =>
    (await client.query<{ got: boolean }>(`SELECT ${lock} AS got`)).rows[0]?.got === true;
  const isLast = () => ask(alone).catch(() => false);
  const stop = ['stop', '-D', place.cluster, '-m', 'fast', '-w', '-t', '60'];
  return {
    connectionString,
    claimEngine: () => ask(engineLock),
    release: async () => {
      if (await isLast()) await runProgram(place, place.binaries.pg_ctl, stop);
      await client.end().catch(() => {});
    },
    abandon: async () => {
      if (await isLast()) spawnSync(place.binaries.pg_ctl, stop, { ...place.user, cwd: '/', stdio: 'ignore' });
    },
  };
}

/** PostgreSQL writes its port into `postmaster.pid`, line 4, once it is up. */
async function readAddress({ cluster }: Folder): Promise<string | undefined> {
  try {
    const port = (await readFile(join(cluster, 'postmaster.pid'), 'utf8')).split('\n')[3];
    const password = await readFile(join(cluster, 'fanfare.password'), 'utf8');
    return port && `postgres://fanfare:${password.trim()}@127.0.0.1:${port}/postgres`;
  } catch {
    return undefined;
  }
}

/** Made beside its place and moved there whole: two processes that begin at once cannot meet halfway. */
async function createCluster(place: Folder, folder: string): Promise<void> {
  if (await exists(join(place.cluster, 'PG_VERSION'))) return;
  await makeFolder(folder);
  const draft = await mkdtemp(join(resolve(folder), 'new-'));
  const cluster = join(draft, 'postgres');
  const passwordFile = join(draft, 'password');
  try {
    await writeFile(passwordFile, randomBytes(24).toString('base64url'), { mode: 0o600 });
    if (place.user) {
      // The server's user must be able to come in; its own folder is closed to others all the same.
      await chmod(folder, 0o711);
      for (const path of [draft, passwordFile]) await chown(path, place.user.uid, place.user.gid);
    }
    const { code, output } = await runProgram(place, place.binaries.initdb, [
      ...['--pgdata', cluster, '--username', 'fanfare', '--pwfile', passwordFile],
      ...['--auth', 'scram-sha-256', '--encoding', 'UTF8', '--no-locale', '--no-sync'],
    ]);
    if (code !== 0) throw new Unavailable(explainInitFailure(place, folder, output));
    await rename(passwordFile, join(cluster, 'fanfare.password'));
    await rename(cluster, place.cluster).catch(async (error: NodeJS.ErrnoException) => {
      // Somebody else was first: theirs is as good.
      if (!(await exists(join(place.cluster, 'PG_VERSION')))) throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** @throws Unavailable saying why not */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    const reasons: Readonly<Record<string, string>> = {
      EEXIST: 'there is a file of this name',
      ENOTDIR: 'a part of this path is a file',
      EACCES: 'it may not be written by this user',
      EROFS: 'it lies on a disk that is read-only',
    };
    throw new Unavailable(
      `The data folder ${folder} cannot be made: ${reasons[code] ?? code}. Set FANFARE_DATA_DIR to another one, or DATABASE_URL to a server.`,
      { cause: error },
    );
  }
}

function explainInitFailure({ user }: Folder, folder: string, output: string): string {
  const reason = `The embedded PostgreSQL cannot be created in ${folder}:\n${output.trim()}`;
  if (!user || !/ermission denied|could not access|EACCES/.test(output)) return reason;
  return `${reason}\nAs root, PostgreSQL runs as another user, who cannot read this folder or Fanfare's own. Run Fanfare as an ordinary user, set FANFARE_DATA_DIR to a folder everybody may enter, or set DATABASE_URL.`;
}

async function startServer(place: Folder): Promise<{ code: number; output: string }> {
  const settings = [
    ...['listen_addresses=127.0.0.1', 'unix_socket_directories=', `port=${await findFreePort()}`],
    // Every prepared statement here is short; compiling it would cost more than it saves.
    ...['jit=off', 'max_wal_size=2GB', 'log_min_messages=warning'],
    ...(place.throwaway ? ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'] : []),
  ];
  const logFile = join(place.cluster, 'server.log');
  const options = settings.map((setting) => `-c ${setting}`).join(' ');
  // pg_ctl puts the server into a session of its own: Ctrl-C in the terminal is for us to answer, not for it.
  const started = await runProgram(place, place.binaries.pg_ctl, [
    ...['start', '-D', place.cluster, '-l', logFile, '-w', '-t', '120', '-o', options],
  ]);
  if (started.code === 0) return started;
  const log = await readFile(logFile, 'utf8').catch(() => '');
  return { code: started.code, output: `${started.output}\n${log.split('\n').slice(-6).join('\n')}` };
}

function runProgram({ user }: Folder, program: string, args: string[]): Promise<{ code: number; output: string }> {
  return new Promise((done) => {
    let output = '';
    // The server inherits what pg_ctl has: only stderr of short programs is read, until the program itself ends.
    const child = spawn(program, args, {
      ...user,
      cwd: '/',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { LC_ALL: 'C', TZ: 'UTC' },
    });
    const collect = (chunk: Buffer) => {
      output += chunk.toString();
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('error', (error) => done({ code: -1, output: error.message }));
    child.on('exit', (code) => {
      child.stdout.destroy();
      child.stderr.destroy();
      done({ code: code ?? -1, output });
    });
  });
}

/** A port that was free a moment ago; where it is taken meanwhile, the start fails and is tried again. */
function findFreePort(): Promise<number> {
  return new Promise((done, fail) => {
    const probe = createServer().once('error', fail);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => done(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

async function exists(path: string): Promise<boolean> {
  return readFile(path).then(
    () => true,
    () => false,
  );
}
