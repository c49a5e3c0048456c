import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const root = join(import.meta.dirname, '..', '..');
const program = join(root, 'dist', 'main.js');
export const exampleCampaign = join(root, 'config', 'campaigns', 'sspr.yaml');

/** What a command left behind. */
export interface Ended {
  code: number | null;
  out: string;
  err: string;
  /** Wall time. */
  tookMs: number;
}

/** A folder for one test file: files beside each other, and `state` for the embedded database. */
export interface Workplace {
  folder: string;
  path(name: string): string;
  /** Run a command to its end, in this folder, with nothing of our own environment. */
  run(args: string[], environment?: Record<string, string>): Promise<Ended>;
  /** Start a command that stays; `stdout` is an open file that it writes into instead. */
  start(args: string[], environment?: Record<string, string>, stdout?: number): Started;
  /** Ends what is still running, and removes the folder. */
  close(): Promise<void>;
}

export interface Started {
  child: ChildProcess;
  output(): string;
  /** Resolves with the time it took since the start. @throws Error where it ends without saying so */
  says(pattern: RegExp): Promise<number>;
  ended: Promise<Ended>;
}

/** `main`: another build of the program, such as one with a fault built in. */
export async function openWorkplace({ main }: { main?: string } = {}): Promise<Workplace> {
  if (!main) await buildWhereStale();
  const folder = await mkdtemp(join(tmpdir(), 'fanfare-cli-'));
  // As root the embedded server runs as another user, who must be able to enter.
  await chmod(folder, 0o755);
  const running = new Set<Started>();
  const start = (args: string[], environment: Record<string, string> = {}, stdout?: number) => {
    const started = startProgram([main ?? program, ...args], folder, environment, stdout);
    running.add(started);
    started.ended.finally(() => running.delete(started));
    return started;
  };
  return {
    folder,
    path: (name) => join(folder, name),
    start,
    run: (args, environment) => start(args, environment).ended,
    async close() {
      for (const { child, ended } of running) {
        child.kill('SIGTERM');
        const kill = setTimeout(() => child.kill('SIGKILL'), 10_000);
        await ended;
        clearTimeout(kill);
      }
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function startProgram(
  args: string[],
  folder: string,
  environment: Record<string, string>,
  stdout: number | 'pipe' = 'pipe',
): Started {
  const began = performance.now();
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, args, {
    cwd: folder,
    // stdin is no terminal: nobody can answer a question.
    stdio: ['ignore', stdout, 'pipe'],
    env: { PATH, HOME, FANFARE_DATA_DIR: join(folder, 'state'), ...environment },
  });
  let out = '';
  let err = '';
  const listeners = new Set<() => void>();
  const tell = () => {
    for (const listener of listeners) listener();
  };
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    out += chunk;
    tell();
  });
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    err += chunk;
    tell();
  });
  const ended = new Promise<Ended>((done) => {
    child.on('close', (code) => {
      done({ code, out, err, tookMs: performance.now() - began });
      tell();
    });
  });
  const over = () => child.exitCode !== null || child.signalCode !== null;
  const output = () => out + err;
  const says = (pattern: RegExp) =>
    new Promise<number>((done, fail) => {
      const look = () => {
        const said = pattern.test(output());
        if (!said && !over()) return;
        listeners.delete(look);
        if (said) done(performance.now() - began);
        else fail(new Error(`${args.join(' ')} ended without saying ${pattern}:\n${output()}`));
      };
      listeners.add(look);
      look();
    });
  return { child, output, says, ended };
}

/**
 * The built program is what people run, so it is what is tested. `npm ci` has built it; after an edit it is built
 * again, once, whichever test file comes first.
 */
async function buildWhereStale(): Promise<void> {
  mkdirSync(join(root, 'dist'), { recursive: true });
  const lock = join(root, 'dist', '.building');
  while (isStale()) {
    try {
      mkdirSync(lock);
    } catch {
      // Another test file is building; a lock that somebody left behind is older than any build.
      if ((statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? 0) < Date.now() - 60_000)
        rmSync(lock, { recursive: true, force: true });
      await sleep(100);
      continue;
    }
    try {
      return await runCompiler();
    } finally {
      rmSync(lock, { recursive: true, force: true });
    }
  }
}

function isStale(): boolean {
  const source = join(root, 'src');
  return readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .some((name) => {
      const built = statSync(join(root, 'dist', name.replace(/\.ts$/, '.js')), { throwIfNoEntry: false });
      return !built || built.mtimeMs < statSync(join(source, name)).mtimeMs;
    });
}

/** Type errors are for `npm run check` to tell: the compiler writes its output all the same. */
function runCompiler(): Promise<void> {
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  return new Promise((done) => {
    const child = spawn(process.execPath, [compiler, '-p', join(root, 'tsconfig.build.json')], { stdio: 'inherit' });
    child.on('close', () => done());
  });
}
