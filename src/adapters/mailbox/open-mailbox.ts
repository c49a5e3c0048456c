import { createServer } from 'node:net';
import { Unavailable } from '../../campaign/problem.js';

/** A mailbox for trying things: an SMTP server that takes everything, and a page to read it in the browser. */
export interface Mailbox {
  smtpUrl: string;
  webUrl: string;
  /** What has arrived, as the mailbox itself counts it: by the instant in each mail's Date header. */
  countByDate(): Promise<ReadonlyMap<number, { mails: number; people: number }>>;
  close(): Promise<void>;
}

/** The port MailDev's users know; another one where it is taken. */
const usualWebPort = 1080;

/** Loopback only: nobody else reads these mails. */
export async function openMailbox(): Promise<Mailbox> {
  // Loaded here and not with the program: 300 ms that only the demo needs.
  const { MailDev } = await import('maildev').catch((error: Error) => {
    throw new Unavailable('The demo needs the package maildev, which is not installed here: npm install', {
      cause: error,
    });
  });
  const smtp = await findPort(0);
  const web = await findPort(usualWebPort).catch(() => findPort(0));
  const server = new MailDev({ smtp, web, ip: '127.0.0.1', webIp: '127.0.0.1', silent: true });
  const { storage } = await quietly(() => server.start()).catch((error: Error) => {
    throw new Unavailable(`The demo's mailbox does not start: ${error.message}`, { cause: error });
  });
  return {
    smtpUrl: `smtp://127.0.0.1:${smtp}`,
    webUrl: `http://localhost:${web}/`,
    async countByDate() {
      const counts = new Map<number, { mails: number; people: Set<string> }>();
      for (const { time, envelope } of await storage.getAll()) {
        const instant = time.getTime();
        const count = counts.get(instant) ?? { mails: 0, people: new Set() };
        counts.set(instant, count);
        count.mails += 1;
        for (const to of envelope.to) count.people.add(typeof to === 'string' ? to : to.address);
      }
      return new Map([...counts].map(([instant, { mails, people }]) => [instant, { mails, people: people.size }]));
    },
    close: () => server.stop(),
  };
}

/** MailDev says on stdout where it runs, also when it is told to be silent; whoever opens the mailbox says it. */
async function quietly<Result>(work: () => Promise<Result>): Promise<Result> {
  const { info } = console;
  console.info = () => {};
  try {
    return await work();
  } finally {
    console.info = info;
  }
}

function findPort(wanted: number): Promise<number> {
  return new Promise((done, fail) => {
    const probe = createServer().once('error', fail);
    probe.listen(wanted, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => done(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
