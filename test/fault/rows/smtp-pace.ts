import { setTimeout as sleep } from 'node:timers/promises';
import { barOf, type FaultRow } from '../fault-row.js';
import { type FaultySmtp, judgeBy, openFaultySmtp } from '../faulty-smtp.js';
import { inFlight } from '../stage.js';

const settledMs = 120_000;
const perMinute = 30;
/** A minute, and the second for clocks that differ. */
const windowMs = 61_000;
const mostConnections = 3;

/** A server with limits, as Microsoft 365 has them, of which only one is known to us. */
export const smtpPaceRows: FaultRow[] = [
  {
    row: '28',
    title: `432 4.3.2 above ${mostConnections} connections, ${perMinute} mails a minute`,
    runs: 1,
    // Eight minutes: two to settle, and six in which it counts.
    people: 240,
    queues: ['postgres'],
    policies: ['park'],
    bar: barOf([0, 0]),
    async perform(stage) {
      const refusedAt: number[] = [];
      let overPace = 0;
      const smtp: FaultySmtp = await openFaultySmtp(stage, {
        dotDelayMs: 200,
        banner() {
          if (smtp.open() <= mostConnections) return '220 faulty.test ESMTP';
          refusedAt.push(Date.now());
          return '432 4.3.2 Concurrent connections limit exceeded';
        },
        dot() {
          const taken = smtp.accepted.filter(({ takenAt }) => takenAt > Date.now() - 60_000).length;
          if (taken < perMinute) return '250 2.0.0 accepted';
          overPace += 1;
          return '432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded';
        },
      });
      const launchedAt = Date.now();
      await stage.launch({
        smtpUrl: `${smtp.url}?connections=${inFlight}&inFlight=${inFlight}&perMinute=${perMinute}`,
      });
      while (smtp.accepted.length < stage.people - perMinute) await sleep(500);
      const from = launchedAt + settledMs;
      const until = Date.now();
      const refused = refusedAt.filter((at) => at > from && at < until).length;
      const taken = smtp.accepted.filter(({ takenAt }) => takenAt > from && takenAt < until).length;
      const share = refused / (refused + taken);
      // In whole windows, from the first mail of one: they come in bursts of a minute's worth.
      const first = Math.min(...smtp.accepted.map(({ takenAt }) => takenAt).filter((at) => at > from));
      const windows = Math.max(1, Math.floor((until - first) / windowMs));
      const end = first + windows * windowMs;
      const inWindows = smtp.accepted.filter(({ takenAt }) => takenAt >= first && takenAt < end).length;
      const rate = (60_000 * inWindows) / (end - first);
      const complaints = [
        ...(overPace > 0 ? [`${overPace} mails came above ${perMinute} a minute`] : []),
        ...(share >= 0.05 ? [`${(100 * share).toFixed(1)} % of the connections were refused after two minutes`] : []),
        ...(rate < 27 || rate > 30 ? [`${rate.toFixed(1)} mails went out a minute`] : []),
      ];
      return judgeBy(stage, smtp, { complaints });
    },
  },
];
