import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { atEnd } from './leave-nothing.js';

export interface Child {
  pid: number;
  /** Lines of its output so far. */
  lines: string[];
  /** Resolves with the first line that holds `text`. @throws Error where the child ends without it */
  line(text: string): Promise<string>;
  /** @throws Error with its last words where it ends with anything but 0 */
  ended: Promise<void>;
  /** SIGTERM, then SIGKILL after 10 s; resolves when it is gone. */
  stop(): Promise<void>;
}

/** Start a program that is gone at the end of the bench, whatever happens. */
export function startChild(program: string, args: string[], environment: Record<string, string> = {}): Child {
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  });
  const lines: string[] = [];
  const waiting: Array<() => void> = [];
  const tell = () => {
    for (const look of waiting.splice(0)) look();
  };
  collectLines(child, (line) => {
    lines.push(line);
    tell();
  });
  const ended = new Promise<void>((done, fail) => {
    child.once('error', (error) => fail(new Error(`${program} cannot be started: ${error.message}`)));
    child.once('close', (code, signal) => {
      tell();
      if (code === 0) done();
      else fail(new Error(`${program} ended with ${code ?? signal}:\n${lines.slice(-5).join('\n')}`));
    });
  });
  let over = false;
  ended
    .catch(() => {})
    .finally(() => {
      over = true;
      tell();
    });
  const stop = atEnd(async () => {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    const closed = once(child, 'close');
    child.kill('SIGTERM');
    const hurry = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await closed;
    clearTimeout(hurry);
  });
  return {
    pid: child.pid ?? 0,
    lines,
    ended,
    stop,
    async line(text) {
      for (;;) {
        const found = lines.find((line) => line.includes(text));
        if (found) return found;
        if (over) throw new Error(`${program} ended before it said "${text}":\n${lines.slice(-5).join('\n')}`);
        await new Promise<void>((done) => waiting.push(done));
      }
    },
  };
}

function collectLines(child: ChildProcess, onLine: (line: string) => void): void {
  for (const stream of [child.stdout, child.stderr]) {
    let rest = '';
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      const parts = (rest + chunk).split('\n');
      rest = parts.pop() ?? '';
      for (const part of parts) onLine(part);
    });
  }
}
