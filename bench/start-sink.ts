import { connect, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { startChild } from './start-child.js';

export interface Sink {
  host: string;
  port: number;
  stop(): Promise<void>;
}

/** Postfix's `smtp-sink`, which takes every mail and throws it away; on loopback only. */
export async function startSink(): Promise<Sink> {
  const port = await findFreePort();
  // As root it insists on becoming somebody else; 1,000 is the length of its queue of connections.
  const user = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
  const sink = startChild('/usr/sbin/smtp-sink', [...user, `127.0.0.1:${port}`, '1000']);
  await waitForPort(port, sink.ended);
  return { host: '127.0.0.1', port, stop: sink.stop };
}

/** A sink that answers the final dot after `delayMs`: `smtp-sink -w` knows whole seconds only. */
export async function startSlowSink(delayMs: number): Promise<Sink> {
  const port = await findFreePort();
  const file = fileURLToPath(new URL('slow-sink.js', import.meta.url));
  const sink = startChild(process.execPath, [file, String(port), String(delayMs)]);
  await sink.line('ready');
  return { host: '127.0.0.1', port, stop: sink.stop };
}

export function findFreePort(): Promise<number> {
  return new Promise((done, fail) => {
    const probe = createServer().once('error', fail);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => done(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

export async function waitForPort(port: number, ended: Promise<void>): Promise<void> {
  let failure: Error | undefined;
  ended.catch((error: Error) => {
    failure = error;
  });
  for (let attempt = 0; attempt < 200; attempt += 1) {
    if (failure) throw failure;
    const open = await new Promise<boolean>((done) => {
      const socket = connect(port, '127.0.0.1')
        .once('connect', () => done(true))
        .once('error', () => done(false));
      socket.once('connect', () => socket.end());
    });
    if (open) return;
    await new Promise((done) => setTimeout(done, 25));
  }
  throw new Error(`nobody listens on port ${port}`);
}
