import type { ChildProcess } from 'node:child_process';

/** End a program with SIGTERM, and wait until it is gone; it may be gone already. */
export function endProcess(child: ChildProcess): Promise<void> {
  return new Promise((done) => {
    if (child.exitCode !== null || child.signalCode !== null) return done();
    child.once('exit', () => done());
    child.kill();
  });
}
