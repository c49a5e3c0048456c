import { spawn } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { endProcess } from '../rig/end-process.js';
import { findFreePort } from '../rig/queue-backends.js';
import type { AcceptedMail } from '../rig/smtp-script.js';

/** A mail in the sink's own files: the judge of every fault test. */
export interface SunkMail {
  /** Of the envelope. */
  to: string;
  /** Of the header: the same one. */
  headerTo: string;
  messageId: string;
  date: string;
  subject: string;
  /** When it was taken, by this machine's clock. */
  takenAt: number;
}

export interface Sink {
  port: number;
  /** Every mail it has taken, read from its dumps. */
  mails(): Promise<SunkMail[]>;
  count(): Promise<number>;
  stop(): Promise<void>;
}

/** Postfix's `smtp-sink` on loopback, writing every mail it takes into a file of its own. */
export async function openSink(folder: string): Promise<Sink> {
  const dumps = join(folder, 'sink');
  await mkdir(dumps);
  // As root it becomes somebody else, who must be able to write.
  await chmod(dumps, 0o777);
  const port = await findFreePort();
  const user = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
  const sink = spawn('smtp-sink', [...user, '-d', join(dumps, 'mail'), `127.0.0.1:${port}`, '1000'], {
    stdio: 'ignore',
  });
  sink.unref();
  for (let attempt = 0; attempt < 200 && !(await answers(port)); attempt += 1)
    await new Promise((done) => setTimeout(done, 25));
  return {
    port,
    async count() {
      return (await readdir(dumps)).length;
    },
    async mails() {
      const files = await readdir(dumps);
      const mails: SunkMail[] = [];
      // No more files open at once than a process may have.
      for (let first = 0; first < files.length; first += 500)
        mails.push(...(await Promise.all(files.slice(first, first + 500).map((file) => readFrom(join(dumps, file))))));
      return mails;
    },
    stop: () => endProcess(sink),
  };
}

async function readFrom(path: string): Promise<SunkMail> {
  const [text, { mtimeMs: takenAt }] = await Promise.all([readFile(path, 'latin1'), stat(path)]);
  return { ...readDump(text), takenAt };
}

function readDump(text: string): Omit<SunkMail, 'takenAt'> {
  return readMail(/^X-Rcpt-Args: <(.*?)>/m.exec(text)?.[1] ?? '', text);
}

/** What was taken by a server of the rig's own. */
export function readAccepted(accepted: readonly AcceptedMail[]): SunkMail[] {
  return accepted.map(({ to, raw, takenAt }) => ({ ...readMail(to.join(' '), raw), takenAt }));
}

function readMail(to: string, text: string): Omit<SunkMail, 'takenAt'> {
  const headers = text.slice(0, /\r?\n\r?\n/.exec(text)?.index).replace(/\r?\n[ \t]+/g, ' ');
  const header = (name: string) => new RegExp(`^${name}: (.*?)\\r?$`, 'mi').exec(headers)?.[1] ?? '';
  const headerTo = header('To').replace(/^.*<(.*)>$/, '$1');
  return { to, headerTo, messageId: header('Message-ID'), date: header('Date'), subject: header('Subject') };
}

function answers(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = createConnection(port, '127.0.0.1')
      .once('connect', () => {
        socket.end('QUIT\r\n');
        done(true);
      })
      .once('error', () => done(false));
  });
}
