import type { Offer, SmtpScript } from '../../rig/smtp-script.js';
import { barOf, bothPolicies, bothQueues, type FaultRow } from '../fault-row.js';
import { drawFor, isHit, judgeBy, openFaultySmtp } from '../faulty-smtp.js';
import { allInFlight, type Stage } from '../stage.js';

/** The limits of RFC 5321 are minutes: here a server is waited for only seconds. */
const impatient = [
  { file: 'adapters/smtp/smtp-session.js', text: 'connectMs: 30_000', becomes: 'connectMs: 3_000' },
  { file: 'adapters/smtp/smtp-session.js', text: 'commandMs: 300_000', becomes: 'commandMs: 3_000' },
];

const postgresAlone = ['postgres'] as const;

/** Says goodbye after a few mails, so that there are connections enough to go wrong. */
const closing = (after: number): SmtpScript => ({
  afterDot: ({ ofConnection }) => (ofConnection >= after ? 'close' : undefined),
});

/** Hangs at every `every`th time. */
function hangs(every: number, otherwise: string): () => string {
  let times = 0;
  return () => {
    times += 1;
    return times % every === 0 ? 'hang' : otherwise;
  };
}

/** Waited for as long as the rest of a wave takes, instead of 10 minutes. */
const briefAnswer = [{ file: 'adapters/smtp/smtp-session.js', text: 'answerMs: 600_000', becomes: 'answerMs: 60_000' }];
/** Of 16: more than a fifth that hang would take more than a fifth of the throughput by themselves. */
const hanging = 2;
/** More than a claim: a worker takes two at once, and each has one that hangs. */
const mailsBetween = 250;

/** Each run begins with a script of its own: it counts. */
const hangingAt: ReadonlyArray<[row: string, place: string, script: () => SmtpScript]> = [
  ['22a', 'its banner', () => ({ ...closing(10), banner: hangs(20, '220 faulty.test ESMTP') })],
  ['22b', 'EHLO', () => ({ ...closing(10), ehlo: hangs(20, '250 faulty.test') })],
  ['22c', 'RCPT', () => ({ rcpt: hangs(200, '250 2.1.5 ok') })],
];

async function performOn(stage: Stage, script: SmtpScript) {
  const smtp = await openFaultySmtp(stage, script);
  await stage.launch({ smtpUrl: smtp.workerUrl });
  return { smtp, finding: await judgeBy(stage, smtp) };
}

/** A server that interrupts 3 of 10 mails, before the message, in it, or after its end. */
const interrupting = (stage: Stage): SmtpScript => {
  const words = '421 4.3.2 service shutting down';
  const place = (offer: Offer) => (isHit(stage, offer, 0.3) ? Math.floor(3 * drawFor(stage, offer, 1)) : undefined);
  return {
    data: (offer) => (place(offer) === 0 ? words : '354 go ahead'),
    body: (offer) => (place(offer) === 1 ? words : undefined),
    dot: (offer) => (place(offer) === 2 ? words : '250 2.0.0 accepted'),
  };
};

/** A server that breaks off where it should answer, hangs, or leaves. */
export const smtpBreakRows: FaultRow[] = [
  {
    row: '19',
    title: '421 in the middle of DATA, for 30 % of the mails',
    runs: 2,
    queues: postgresAlone,
    // What is wrongly taken for uncertain would hide behind a repeat.
    policies: ['park'],
    bar: barOf([0, 0]),
    async perform(stage) {
      const { smtp, finding } = await performOn(stage, interrupting(stage));
      const { rows } = await stage.stores.pool.query<{ burned: number }>(
        'SELECT count(*) AS burned FROM messages WHERE attempts <> 1',
      );
      const burned = rows[0]?.burned ?? 0;
      const last = new Map<string, number>();
      let early = 0;
      for (const { to, at } of smtp.offers) {
        if (at - (last.get(to) ?? 0) < 58_000) early += 1;
        last.set(to, at);
      }
      const complaints = [
        ...finding.complaints,
        ...(burned > 0 ? [`${burned} attempts were counted that were not the recipient's fault`] : []),
        ...(early > 0 ? [`${early} mails were offered again within a minute`] : []),
      ];
      return { ...finding, complaints };
    },
  },
  {
    row: '20',
    title: 'the line drops after the dot, for 10 % of the mails',
    runs: 8,
    queues: bothQueues,
    policies: bothPolicies,
    bar: barOf(['unanswered', 0], { uncertain: ['unanswered', 'unanswered'] }),
    short: true,
    needsFence: true,
    async perform(stage) {
      // Half of them were taken: only the server knows which.
      const { finding } = await performOn(stage, {
        dot(offer) {
          if (!isHit(stage, offer, 0.1)) return '250 2.0.0 accepted';
          return drawFor(stage, offer, 1) < 0.5 ? 'drop-accepted' : 'drop';
        },
      });
      return finding;
    },
  },
  {
    row: '21',
    title: `the server hangs after the dot of ${hanging} mails: the others go on`,
    runs: 4,
    queues: postgresAlone,
    policies: bothPolicies,
    bar: barOf(['unanswered', 0], { uncertain: [0, 'unanswered'] }),
    alterations: briefAnswer,
    async perform(stage) {
      // Slow enough that the connections set the pace, and not this machine.
      const script: SmtpScript = { dotDelayMs: 50 };
      const smtp = await openFaultySmtp(stage, script);
      // One worker has them all: what hangs for one is not made up for by another.
      const smtpUrl = `${smtp.url}?connections=${allInFlight}&inFlight=${allInFlight}`;
      await stage.launch({ workers: 1, smtpUrl });
      const rateUntil = async (share: number) => {
        const [since, before] = [performance.now(), smtp.accepted.length];
        await smtp.untilKept(stage.people * share);
        return (smtp.accepted.length - before) / (performance.now() - since);
      };
      await smtp.untilKept(stage.people * 0.1);
      const usual = await rateUntil(0.45);
      const from = smtp.accepted.length;
      const mayHang = () =>
        smtp.unanswered.length < Math.min(hanging, 1 + Math.floor((smtp.accepted.length - from) / mailsBetween));
      script.dot = ({ attempt }) => (attempt === 1 && mayHang() ? 'hang' : '250 2.0.0 accepted');
      script.keeps = () => true;
      const rest = await rateUntil(0.8);
      const finding = await judgeBy(stage, smtp);
      const share = rest / usual;
      const complaints =
        share < 0.8
          ? [`with ${hanging} of 16 hanging, the others had ${Math.round(100 * share)} % of the throughput`]
          : [];
      return { ...finding, complaints: [...finding.complaints, ...complaints] };
    },
  },
  ...hangingAt.map(
    ([row, place, script]): FaultRow => ({
      ...{ row, title: `the server hangs at ${place}` },
      runs: 1,
      queues: postgresAlone,
      policies: ['park'],
      bar: barOf([0, 0]),
      alterations: impatient,
      perform: async (stage) => (await performOn(stage, script())).finding,
    }),
  ),
  ...[1, 10, 50].map(
    (after, index): FaultRow => ({
      row: `29${'abc'[index]}`,
      title: `the server closes after ${after === 1 ? 'every mail' : `${after} mails`}`,
      runs: 1,
      queues: postgresAlone,
      policies: ['park'],
      bar: barOf([0, 0]),
      perform: async (stage) => (await performOn(stage, closing(after))).finding,
    }),
  ),
];
