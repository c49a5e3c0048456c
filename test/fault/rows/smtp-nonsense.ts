import { readFile } from 'node:fs/promises';
import type { SmtpScript } from '../../rig/smtp-script.js';
import { barOf, bothPolicies, type FaultRow } from '../fault-row.js';
import { drawFor, isHit, judgeBy, openFaultySmtp } from '../faulty-smtp.js';
import type { Stage } from '../stage.js';

/** No answer at all, in the shapes that real ones and broken middlemen have. */
const garbage = [
  'HTTP/1.1 400 Bad Request',
  '999 what',
  '25',
  'ok',
  '\u0000\u0001\u00ff\u00fe\u0080',
  '-250 ok',
  '250_ok',
];
const megabytes = 10;
const mostGrowthMb = 50;

/** nodemailer takes whatever begins with 2 or 3 for the go-ahead at DATA, since some servers say 250 there. */
const garbageAtData = garbage.filter((each) => !/^[23]/.test(each));

const pick = (list: string[], offer: { to: string; attempt: number }, stage: Stage) =>
  list[Math.floor(list.length * drawFor(stage, offer, 2))] ?? '';

/** Unreadable for one mail in 50, each at one of its four answers. */
function nonsense(stage: Stage, say: (offer: { to: string; attempt: number }) => string): SmtpScript {
  const place = (offer: { to: string; attempt: number; number: number; ofConnection: number }) =>
    isHit(stage, offer, 0.02) ? Math.floor(3 * drawFor(stage, offer, 1)) : undefined;
  return {
    rcpt: (offer) => (place(offer) === 0 ? say(offer) : '250 2.1.5 ok'),
    data: (offer) => (place(offer) === 1 ? say(offer) : '354 go ahead'),
    dot: (offer) => (place(offer) === 2 ? say(offer) : '250 2.0.0 accepted'),
    // Of those it answered with nonsense it keeps half.
    keeps: (offer) => place(offer) !== 2 || drawFor(stage, offer, 3) < 0.5,
  };
}

const tooLong = '250-'.padEnd(megabytes * 1_048_576, 'x');
const tooManyLines = '250-all is well\r\n'.repeat((megabytes * 1_048_576) / 17);

const shapes: ReadonlyArray<[row: string, title: string, script: (stage: Stage) => SmtpScript]> = [
  ['23a', 'replies come byte by byte', () => ({ byteByByte: true })],
  [
    '23b',
    'every reply has many lines',
    () => {
      const lines = (code: number, text: string) => `${`${code}-${text}\r\n`.repeat(20)}${code} ${text}`;
      return {
        banner: () => lines(220, 'faulty.test ESMTP'),
        ehlo: () => lines(250, 'faulty.test'),
        mail: () => lines(250, '2.1.0 ok'),
        rcpt: () => lines(250, '2.1.5 ok'),
        data: () => lines(354, 'go ahead'),
        dot: () => lines(250, '2.0.0 accepted'),
      };
    },
  ],
  [
    '23c',
    'garbage for 2 % of the mails',
    (stage) => ({
      ...nonsense(stage, (offer) => pick(garbage, offer, stage)),
      data: nonsense(stage, (offer) => pick(garbageAtData, offer, stage)).data,
    }),
  ],
  [
    '23d',
    `a reply of ${megabytes} MB for 2 % of the mails`,
    (stage) => nonsense(stage, (offer) => (drawFor(stage, offer, 2) < 0.5 ? tooLong : tooManyLines)),
  ],
];

/** A server whose replies are hard to read, or none. */
export const smtpNonsenseRows: FaultRow[] = shapes.map(
  ([row, title, nonsenseOf]): FaultRow => ({
    ...{ row, title },
    runs: 2,
    queues: ['postgres'],
    policies: bothPolicies,
    bar: barOf(['unanswered', 0], { uncertain: ['unanswered', 'unanswered'] }),
    // A reply that never ends is no answer: the shape of the fault, not its length, is what is tried.
    alterations: [{ file: 'adapters/smtp/smtp-session.js', text: 'commandMs: 300_000', becomes: 'commandMs: 3_000' }],
    async perform(stage) {
      const script: SmtpScript = {};
      const smtp = await openFaultySmtp(stage, script);
      const [, ...workers] = await stage.launch({ smtpUrl: smtp.workerUrl });
      const watch = watchMemory(workers.map(({ child }) => child.pid ?? 0));
      // What a worker needs at work is seen first, without the fault.
      await smtp.untilKept(stage.people * 0.4);
      const usual = await watch.mostSince();
      Object.assign(script, nonsenseOf(stage));
      const finding = await judgeBy(stage, smtp);
      const growth = (await watch.mostSince()) - usual;
      watch.stop();
      const complaints = growth > mostGrowthMb ? [`a worker grew by ${growth.toFixed(0)} MB`] : [];
      return { ...finding, complaints: [...finding.complaints, ...complaints] };
    },
  }),
);

/** The most memory that any of these processes has needed, in MB, since this was asked last. */
function watchMemory(pids: number[]) {
  let most = 0;
  const look = async () => {
    for (const pid of pids) {
      const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
      most = Math.max(most, Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024);
    }
  };
  const timer = setInterval(look, 100);
  return {
    async mostSince() {
      await look();
      const told = most;
      most = 0;
      return told;
    },
    stop: () => clearInterval(timer),
  };
}
