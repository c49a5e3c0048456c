import { setTimeout as sleep } from 'node:timers/promises';
import type { SmtpScript } from '../../rig/smtp-script.js';
import { barOf, type FaultRow } from '../fault-row.js';
import { drawFor, type FaultySmtp, isHit, judgeBy, openFaultySmtp, untilPaused } from '../faulty-smtp.js';
import { allInFlight, type Stage } from '../stage.js';

const postgresAlone = ['postgres'] as const;

/** Ten minutes in the matrix: a probe each 30 s is the same in the third minute as in the tenth. */
const stormMs = 150_000;
/** Workers that were told of the pause late are done by then. */
const underWayMs = 5_000;
const probeMs = 30_000;

/** A server in trouble says one of these to everybody. */
const troubles = ['451 4.3.0 Temporary server error. Please try again later', '451 Temporary local problem'];

/** How greylisting sounds at Postgrey, milter-greylist and Exchange. */
const greylistings = [
  '450 4.2.0 <recipient>: Recipient address rejected: Greylisted',
  '451 4.7.1 Greylisting in action, please come back in 00:01:00',
  '450 4.7.1 Please try again later',
];

/** Sent when the server refuses us, not the recipient; at which of its answers, and in which words. */
const refusals: ReadonlyArray<[row: string, words: string]> = [
  ['27a', '550 5.7.60 SMTP; Client does not have permissions to send as this sender'],
  ['27b', '554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException; Failed to process message'],
  ['27c', '535 5.7.139 Authentication unsuccessful, the user credentials were incorrect'],
];

async function launchOn(stage: Stage, script: SmtpScript, login = ''): Promise<FaultySmtp> {
  const smtp = await openFaultySmtp(stage, script);
  await stage.launch({ smtpUrl: smtp.workerUrl.replace('://', `://${login}`) });
  return smtp;
}

/** Offers come singly now, and none too soon after the one before. */
function complainAboutOffers(offers: FaultySmtp['offers'], from: number, until: number): string[] {
  const times = offers.map(({ at }) => at).filter((at) => at > from && at < until);
  const most = 1 + Math.floor((until - from) / probeMs);
  const close = times.filter((at, index) => index > 0 && at - (times[index - 1] ?? 0) < probeMs - 1_500).length;
  return [
    ...(times.length > most ? [`${times.length} mails were offered while the breaker was open, ${most} allowed`] : []),
    ...(close > 0 ? [`${close} probes came sooner than ${probeMs / 1000} s after another`] : []),
  ];
}

/** A server that answers, and says no. */
export const smtpAnswerRows: FaultRow[] = [
  {
    row: '24',
    title: `every mail is put off for ${stormMs / 1000} s`,
    runs: 2,
    queues: postgresAlone,
    policies: ['park'],
    bar: barOf([0, 0], { recoverSeconds: 35 }),
    async perform(stage) {
      const script: SmtpScript = {};
      const smtp = await launchOn(stage, script);
      await smtp.untilKept(stage.people * 0.1);
      script.rcpt = () => troubles[stage.seed % troubles.length] ?? '';
      const before = smtp.offers.length;
      const { probes } = await untilPaused(stage);
      const openedAt = Date.now();
      const untilOpened = smtp.offers.length - before;
      await sleep(stormMs);
      const complaints = complainAboutOffers(smtp.offers, openedAt + underWayMs, Date.now());
      if (!probes) complaints.push('nobody tries again by itself');
      // Each worker watches for itself: 20 in a row, and what else is in flight.
      if (untilOpened > 2 * 20 + allInFlight) complaints.push(`the breaker opened after ${untilOpened} mails`);
      script.rcpt = () => '250 2.1.5 ok';
      const since = performance.now();
      await smtp.untilKept(smtp.accepted.length + 1);
      const recoverSeconds = (performance.now() - since) / 1000;
      return { ...(await judgeBy(stage, smtp, { complaints })), recoverSeconds };
    },
  },
  {
    row: '25',
    title: 'greylisting: 450 at the first try of each recipient',
    runs: 3,
    queues: postgresAlone,
    policies: ['park'],
    bar: barOf([0, 0]),
    async perform(stage) {
      const letsIn = new Map<string, number>();
      const words = greylistings[stage.seed % greylistings.length] ?? '';
      const smtp = await launchOn(stage, {
        rcpt({ to }) {
          const now = Date.now() + stage.server.aheadMs();
          if (!letsIn.has(to)) letsIn.set(to, now + 60_000);
          return now < (letsIn.get(to) ?? 0) ? words : '250 2.1.5 ok';
        },
      });
      const finding = await judgeBy(stage, smtp);
      const complaints = smtp.offers.length > 2 * stage.people ? [`${smtp.offers.length} offers were made`] : [];
      return { ...finding, complaints: [...finding.complaints, ...complaints] };
    },
  },
  {
    row: '26',
    title: '550 5.1.1 for 5 % of the recipients',
    runs: 2,
    queues: postgresAlone,
    policies: ['park'],
    bar: barOf([0, 0]),
    short: true,
    async perform(stage) {
      const failed = new Set<string>();
      let triedAgain = 0;
      const smtp = await launchOn(stage, {
        rcpt(offer) {
          if (failed.has(offer.to)) triedAgain += 1;
          if (!isHit(stage, offer, 0.05)) {
            // Others that fail, or nearly, and whose mailbox exists all the same.
            if (drawFor(stage, offer, 1) < 0.01) return '450 4.2.1 the mailbox is busy';
            return '250 2.1.5 ok';
          }
          failed.add(offer.to);
          return '550 5.1.1 no such user';
        },
      });
      const finding = await judgeBy(stage, smtp, { failed });
      const { rows } = await stage.stores.pool.query<{ key: string }>(
        'SELECT person_key AS key FROM suppressed_addresses',
      );
      const falsely = rows.filter(({ key }) => !failed.has(key)).length;
      const complaints = [
        ...(falsely > 0 ? [`${falsely} are suppressed falsely`] : []),
        ...(rows.length - falsely < failed.size
          ? [`${failed.size - rows.length} who are gone are not suppressed`]
          : []),
        ...(triedAgain > 0 ? ['one who is gone was tried again'] : []),
      ];
      return { ...finding, complaints: [...finding.complaints, ...complaints] };
    },
  },
  ...refusals.map(
    ([row, words]): FaultRow => ({
      ...{ row, title: `the server refuses us in the middle: ${words.slice(0, 10)}` },
      runs: 1,
      queues: postgresAlone,
      policies: ['park'],
      bar: barOf([0, 0]),
      async perform(stage) {
        const isLogin = words.startsWith('535');
        let refusing = false;
        let refused = 0;
        const refuse = () => {
          refused += 1;
          return words;
        };
        const from = stage.people * (0.1 + 0.6 * stage.random());
        const script: SmtpScript = {
          ehlo: () => '250-faulty.test\r\n250 AUTH PLAIN',
          auth: () => (refusing && isLogin ? refuse() : '235 2.7.0 welcome'),
          dot(offer) {
            refusing ||= offer.number >= from;
            return refusing && !isLogin ? refuse() : '250 2.0.0 accepted';
          },
          // A sign-in that has run out is noticed at the next one.
          afterDot: () => (refusing && isLogin ? 'close' : undefined),
        };
        const smtp = await launchOn(stage, script, 'user:password@');
        const { because, probes } = await untilPaused(stage);
        await sleep(underWayMs);
        const kept = smtp.accepted.length;
        // Every mail that is refused is one that was sent after the first refusal.
        const complaints =
          refused > allInFlight ? [`${refused} mails were offered in vain, ${allInFlight} allowed`] : [];
        if (probes) complaints.push('a refusal that only a person can mend is tried again by itself');
        if (!because.includes(words.slice(0, 10))) complaints.push(`the pause says only: ${because}`);
        refusing = false;
        script.dot = () => '250 2.0.0 accepted';
        await sleep(underWayMs);
        if (smtp.accepted.length > kept) complaints.push('mails went out although the sender is paused');
        await stage.run('resume', '--sender', 'SMTP_URL');
        return judgeBy(stage, smtp, { complaints });
      },
    }),
  ),
];
