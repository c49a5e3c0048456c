import { setTimeout as sleep } from 'node:timers/promises';
import { barOf, bothPolicies, bothQueues, type FaultRow } from '../fault-row.js';
import { drawFor, judgeBy, openFaultySmtp } from '../faulty-smtp.js';
import { judge } from '../judge.js';
import { allInFlight, inFlight, type Launch, type Stage } from '../stage.js';

/** Processes that die, freeze or are told to go. */
export const processRows: FaultRow[] = [
  {
    row: '1',
    title: 'kill -9 of one worker',
    runs: 20,
    queues: bothQueues,
    policies: bothPolicies,
    bar: barOf([inFlight, 0], { uncertain: [0, inFlight], recoverSeconds: 60 }),
    short: true,
    needsFence: true,
    async perform(stage) {
      const [, worker] = await stage.launch();
      await stage.untilSunk(stage.people * (0.1 + 0.6 * stage.random()));
      worker?.child.kill('SIGKILL');
      const recoverSeconds = await stage.untilLeasesGone();
      return { ...(await judge(stage)), recoverSeconds };
    },
  },
  {
    row: '2',
    title: 'kill -9 of everything, 10 times in one wave',
    runs: 20,
    queues: bothQueues,
    policies: bothPolicies,
    bar: barOf([10 * allInFlight, 0], { uncertain: [0, 10 * allInFlight] }),
    async perform(stage) {
      await stage.launch();
      for (let kill = 1; kill <= 10; kill += 1) {
        await stage.untilSunk(stage.people * 0.09 * (kill - stage.random() / 2));
        for (const { child } of stage.running) child.kill('SIGKILL');
        await Promise.all(stage.running.splice(0).map(({ ended }) => ended));
        startAgain(stage);
      }
      const recoverSeconds = await stage.untilLeasesGone();
      return { ...(await judge(stage)), recoverSeconds };
    },
  },
  {
    row: '4',
    title: 'a worker stopped for 3 leases wakes up again',
    runs: 20,
    queues: bothQueues,
    policies: bothPolicies,
    bar: barOf([inFlight, 0], { uncertain: [0, inFlight] }),
    async perform(stage) {
      const [, worker] = await stage.launch();
      await stage.untilSunk(stage.people * (0.1 + 0.6 * stage.random()));
      worker?.child.kill('SIGSTOP');
      await sleep(3 * stage.leaseSeconds * 1000);
      worker?.child.kill('SIGCONT');
      return judge(stage);
    },
  },
  {
    row: '7',
    title: 'three schedulers see the same step come due',
    runs: 20,
    queues: bothQueues,
    policies: bothPolicies,
    bar: barOf([0, 0]),
    async perform(stage) {
      const started = await stage.launch({ schedulers: 3 });
      const finding = await judge(stage);
      const log = started.map(({ output }) => output()).join('');
      const opened = log.match(/"msg":"step.opened"/g)?.length ?? 0;
      const complaints = [...finding.complaints];
      if (opened !== 1) complaints.push(`the step was opened ${opened} times`);
      if (log.includes('"msg":"scheduler.failed"')) complaints.push('a scheduler stumbled over another one');
      return { ...finding, complaints };
    },
  },
  {
    row: '8a',
    title: 'SIGTERM under load',
    runs: 20,
    queues: bothQueues,
    policies: bothPolicies,
    bar: barOf([0, 0], { recoverSeconds: 30 }),
    short: true,
    async perform(stage) {
      await stage.launch();
      await stage.untilSunk(stage.people * (0.1 + 0.6 * stage.random()));
      const { seconds, codes } = await terminate(stage);
      const { claimed, sending } = await stage.count();
      const complaints: string[] = [];
      if (codes.some((code) => code !== 0)) complaints.push(`they ended with ${codes.join(', ')}`);
      if (claimed + sending > 0) complaints.push(`${claimed + sending} messages were kept by processes that had gone`);
      startAgain(stage);
      const finding = await judge(stage);
      return { ...finding, recoverSeconds: seconds, complaints: [...complaints, ...finding.complaints] };
    },
  },
  {
    row: '8b',
    title: 'SIGTERM while the server hangs after the dot',
    runs: 20,
    queues: bothQueues,
    policies: bothPolicies,
    bar: barOf([allInFlight, 0], { uncertain: [0, allInFlight], recoverSeconds: 35 }),
    perform: (stage) => endWhileHanging(stage, { signals: 1 }),
  },
  {
    row: '8c',
    title: 'the same, and a second signal',
    runs: 20,
    queues: bothQueues,
    policies: bothPolicies,
    // A second for the second signal to come, and five for the database to be closed.
    bar: barOf([allInFlight, 0], { uncertain: [0, allInFlight], recoverSeconds: 6 }),
    perform: (stage) => endWhileHanging(stage, { signals: 2 }),
  },
];

/** As `docker stop` does; resolves when all have gone. */
async function terminate({ running }: Stage, signals = 1): Promise<{ seconds: number; codes: Array<number | null> }> {
  const since = performance.now();
  const leaving = running.splice(0);
  for (let signal = 1; signal <= signals; signal += 1) {
    if (signal > 1) await sleep(1_000);
    for (const { child } of leaving) child.kill('SIGTERM');
  }
  const ended = await Promise.all(leaving.map((each) => each.ended));
  return { seconds: (performance.now() - since) / 1000, codes: ended.map(({ code }) => code) };
}

function startAgain(stage: Stage, launch: Launch = {}): void {
  stage.start('scheduler', launch);
  for (let worker = 1; worker <= 2; worker += 1) stage.start('worker', launch);
}

/** Every mail under way hangs when the signal comes. Half of them were taken: only the server knows which. */
async function endWhileHanging(stage: Stage, { signals }: { signals: 1 | 2 }) {
  let hangsFrom = stage.people * (0.1 + 0.6 * stage.random());
  const smtp = await openFaultySmtp(stage, {
    dot: ({ number }) => (number > hangsFrom ? 'hang' : '250 2.0.0 accepted'),
    keeps: (offer) => offer.number <= hangsFrom || drawFor(stage, offer) < 0.5,
  });
  await stage.launch({ smtpUrl: smtp.workerUrl });
  while (smtp.unanswered.length < allInFlight) await sleep(20);
  const { seconds, codes } = await terminate(stage, signals);
  const complaints: string[] = [];
  // The scheduler has nothing to wait for.
  if (codes.join() !== '0,1,1') complaints.push(`they ended with ${codes.join(', ')}`);
  if (smtp.unanswered.length > allInFlight) complaints.push('mails were handed over after the signal');
  hangsFrom = Number.POSITIVE_INFINITY;
  startAgain(stage, { smtpUrl: smtp.workerUrl });
  return { ...(await judgeBy(stage, smtp, { complaints })), recoverSeconds: seconds };
}
