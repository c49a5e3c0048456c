import { setTimeout as sleep } from 'node:timers/promises';
import { busyLoops, type Failpoint, failpoints } from '../failpoints.js';
import { type Bar, barOf, bothPolicies, bothQueues, type FaultRow } from '../fault-row.js';
import { judge } from '../judge.js';
import { inFlight, type Stage } from '../stage.js';

interface Point {
  row: string;
  point: Failpoint;
  title: string;
  /** Comes by once a claim, or once a message. */
  per: 'claim' | 'message';
  /** What the ledger must show at that moment, and whether the receiving server has the mail that is marked. */
  sending: 0 | 1;
  arrived: 0 | 1;
}

const points: Point[] = [
  { row: '3a', point: 'before-claim', title: 'before a claim', per: 'claim', sending: 0, arrived: 0 },
  { row: '3b', point: 'after-claim', title: 'after a claim', per: 'claim', sending: 0, arrived: 0 },
  { row: '3c', point: 'before-dot', title: 'before the dot', per: 'message', sending: 1, arrived: 0 },
  { row: '3d', point: 'after-dot', title: 'after the dot', per: 'message', sending: 1, arrived: 1 },
  { row: '3e', point: 'after-250', title: 'after 250, before the commit', per: 'message', sending: 1, arrived: 1 },
  // The next one's mark travels in the same commit: it is marked, and was offered to nobody.
  { row: '3f', point: 'after-commit', title: 'after the commit', per: 'message', sending: 1, arrived: 0 },
];

/** A process that dies, or is busy for too long, at one exact place of the code. */
export const failpointRows: FaultRow[] = [
  ...points.map(
    (point): FaultRow => ({
      row: point.row,
      title: `kill -9 ${point.title}`,
      runs: 20,
      queues: bothQueues,
      policies: bothPolicies,
      bar: barOf([point.arrived, 0], { uncertain: [0, point.sending] }),
      alterations: failpoints,
      short: point.row === '3d',
      perform: (stage) => dieAt(point, stage),
    }),
  ),
  {
    row: '5a',
    title: 'busy for 1.5 leases with a claim',
    ...blocked('claimed', barOf([0, 0])),
  },
  {
    row: '5b',
    // Its answers stay unread for longer than its lease: as with row 4, those in flight count as lost.
    title: 'busy for 1.5 leases, mails in flight',
    ...blocked('in-flight', barOf([inFlight, 0], { uncertain: [0, inFlight] })),
  },
];

/** One worker with one message in flight, until it dies; then two others. */
async function dieAt({ point, per, sending, arrived }: Point, stage: Stage) {
  await stage.launch({ workers: 0 });
  const time = 1 + Math.floor(stage.random() * (per === 'claim' ? 4 : stage.people * 0.2));
  const worker = stage.start('worker', {
    smtpUrl: `smtp://127.0.0.1:${stage.sink.port}?connections=1&inFlight=1`,
    environment: { FAULT_POINT: point, FAULT_TIME: `${time}`, FAULT_CLAIMS: '1' },
  });
  await worker.ended;
  const complaints: string[] = [];
  if (worker.child.signalCode !== 'SIGKILL') complaints.push(`the worker ended otherwise: ${worker.output()}`);
  const books = await stage.count();
  // A mail that has arrived is still being written to disk.
  await sleep(500);
  const taken = await stage.sink.count();
  if (books.sending !== sending) complaints.push(`${books.sending} marked at that moment, ${sending} expected`);
  if (taken !== books.sent + arrived) complaints.push(`the server has ${taken} mails, ${books.sent} are told as sent`);
  if (point === 'after-claim' ? books.claimed === 0 : point === 'before-claim' && books.claimed > 0)
    complaints.push(`${books.claimed} claimed at that moment`);
  await Promise.all([stage.start('worker'), stage.start('worker')].map((each) => each.says(/"msg":"ready"/)));
  const finding = await judge(stage);
  return { ...finding, complaints: [...complaints, ...finding.complaints] };
}

function blocked(point: 'claimed' | 'in-flight', bar: Bar) {
  return {
    ...{ runs: 20, queues: bothQueues, policies: bothPolicies, bar, alterations: busyLoops },
    async perform(stage: Stage) {
      const alone = point === 'claimed';
      await stage.launch({ workers: 0 });
      const time = 1 + Math.floor(stage.random() * (alone ? 3 : stage.people * 0.2));
      const worker = stage.start('worker', {
        environment: {
          ...{ FAULT_POINT: point, FAULT_TIME: `${time}`, FAULT_MS: `${1.5 * stage.leaseSeconds * 1000}` },
          ...(alone && { FAULT_CLAIMS: '1' }),
        },
      });
      // Where nothing else shall be in flight, the other one comes when it has happened.
      if (alone) await worker.says(/busy from now on/);
      stage.start('worker');
      await worker.says(/"msg":"worker.stalled"/);
      return judge(stage);
    },
  } satisfies Partial<FaultRow>;
}
