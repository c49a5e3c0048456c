import { setTimeout as sleep } from 'node:timers/promises';
import type { Started } from '../../cli/run-fanfare.js';
import { barOf, bothPolicies, bothQueues, type FaultRow, type Finding } from '../fault-row.js';
import { type FaultySmtp, openFaultySmtp } from '../faulty-smtp.js';
import { judge } from '../judge.js';
import { allInFlight, inFlight, type Stage } from '../stage.js';
import { complainAboutEnds } from '../watch.js';

/** What is waited for takes seconds here, not minutes: so that 200 runs take hours, and not days. */
const hurried = [
  { file: 'send/decide-verdict.js', text: 'const minuteMs = 60_000;', becomes: 'const minuteMs = 1_000;' },
  { file: 'send/breaker.js', text: 'const probeAfterMs = 30_000;', becomes: 'const probeAfterMs = 1_000;' },
  { file: 'adapters/postgres/claim.js', text: "interval '30 seconds'", becomes: "interval '1 second'" },
];

const faultsInARun = 8;

/** What a run has done so far, and what it may cost. */
interface Pot {
  stage: Stage;
  smtp: FaultySmtp;
  scheduler: Started | undefined;
  workers: Started[];
  /** Offers that the server will spoil, and how. */
  spoil: Array<'drop' | 'drop-accepted' | '421' | undefined>;
}

type Fault = (pot: Pot) => Promise<void>;

const killWorker: Fault = async ({ stage, smtp, workers }) => {
  const [worker] = workers.splice(Math.floor(stage.random() * workers.length), 1);
  await kill(stage, worker);
  workers.push(stage.start('worker', { smtpUrl: smtp.workerUrl }));
};

const killScheduler: Fault = async (pot) => {
  await kill(pot.stage, pot.scheduler);
  pot.scheduler = pot.stage.start('scheduler');
};

const freezeWorker: Fault = async ({ stage, workers }) => {
  const worker = workers[Math.floor(stage.random() * workers.length)];
  worker?.child.kill('SIGSTOP');
  await sleep(stage.leaseSeconds * 1000 * (0.5 + stage.random()));
  worker?.child.kill('SIGCONT');
};

const slowDown: Fault = async ({ stage, spoil }) => {
  for (let times = 1 + stage.random() * 30; times > 0; times -= 1) spoil.push('421');
};

/** Never so many in a row that the sender is paused: the other faults shall find a wave. */
const dropAfterDot: Fault = async ({ stage, spoil }) => {
  for (let times = 1 + stage.random() * 8; times > 0; times -= 1)
    spoil.push(stage.random() < 0.5 ? 'drop' : 'drop-accepted', undefined, undefined);
};

const crashDatabase: Fault = async ({ stage }) => stage.server.crash();

const restartRedis: Fault = async ({ stage: { redis, random } }) => {
  await redis?.stop();
  await sleep(1_000 * random());
  await redis?.start();
};

const flushRedis: Fault = async ({ stage: { redis } }) => {
  redis?.ask('FLUSHALL');
};

const everywhere = [killWorker, killScheduler, freezeWorker, slowDown, dropAfterDot, crashDatabase];
const withRedis = [...everywhere, restartRedis, flushRedis];
/** Mails whose fate each may leave unknown, beside those that the server leaves without an answer. */
const mostUnknown = new Map<Fault, number>([
  [killWorker, inFlight],
  [freezeWorker, inFlight],
  [crashDatabase, allInFlight],
]);

/** Everything that may go wrong, in an order that the seed decides. */
export const soupRows: FaultRow[] = [
  {
    row: '9',
    title: `${faultsInARun} faults of all kinds, at random`,
    runs: 20,
    queues: bothQueues,
    policies: bothPolicies,
    // More precisely in `perform`: it depends on what happened.
    bar: barOf([faultsInARun * allInFlight, 0], {
      uncertain: [faultsInARun * allInFlight, faultsInARun * allInFlight],
    }),
    people: 2_500,
    leaseSeconds: 4,
    alterations: hurried,
    perform: cook,
  },
];

async function cook(stage: Stage) {
  const spoil: Pot['spoil'] = [];
  const smtp = await openFaultySmtp(stage, {
    rcpt: () => (spoil[0] === '421' && spoil.shift() ? '421 4.3.2 slow down' : '250 2.1.5 ok'),
    dot() {
      const bad = spoil[0] === '421' ? undefined : spoil.shift();
      return bad && bad !== '421' ? bad : '250 2.0.0 accepted';
    },
    // A mail takes a while: so that all of it happens in one wave.
    dotDelayMs: 20,
  });
  const [scheduler, ...workers] = await stage.launch({ smtpUrl: smtp.workerUrl });
  const pot: Pot = { stage, smtp, scheduler, workers, spoil };
  const kinds = stage.redis ? withRedis : everywhere;
  const done: Fault[] = [];
  for (let times = 1; times <= faultsInARun; times += 1) {
    await untilKeptOr(smtp, (stage.people * times) / (faultsInARun + 1), 3_000 * stage.random());
    const fault = kinds[Math.floor(stage.random() * kinds.length)] as Fault;
    done.push(fault);
    await fault(pot);
  }
  spoil.splice(0);
  return judgeSoup(pot, done);
}

async function judgeSoup({ stage, smtp }: Pot, done: Fault[]): Promise<Finding> {
  await stage.untilSettled();
  const finding = await judge(stage, { mails: smtp.mails() });
  const { duplicated, uncertain } = finding;
  const mayBeUnknown = done.reduce((sum, fault) => sum + (mostUnknown.get(fault) ?? 0), 0);
  const kept = smtp.unanswered.filter((each) => each.kept).length;
  const complaints = [...finding.complaints, ...complainAboutEnds(stage)];
  if (duplicated > mayBeUnknown + kept)
    complaints.push(`${duplicated} duplicated, ${mayBeUnknown} and ${kept} kept without an answer allowed`);
  if (uncertain > mayBeUnknown + smtp.unanswered.length)
    complaints.push(`${uncertain} uncertain, ${mayBeUnknown} and ${smtp.unanswered.length} without an answer allowed`);
  const untold = await listUntold(stage, smtp);
  if (untold.length > 0) complaints.push(`${untold.length} whose fate nobody knows are not told as uncertain`);
  return {
    ...finding,
    complaints: complaints.map((each) => `${each} (after ${done.map(({ name }) => name).join(', ')})`),
  };
}

/** Where the step says `park`, a mail that the server left without an answer is uncertain, whatever else happened. */
async function listUntold({ stores, policy }: Stage, { unanswered }: FaultySmtp): Promise<string[]> {
  const told = new Set<string>();
  for await (const { address, state } of stores.reports.messages('test')) if (state === 'uncertain') told.add(address);
  return policy === 'park' ? unanswered.map(({ to }) => to).filter((to) => !told.has(to)) : [];
}

async function kill({ running }: Stage, started: Started | undefined): Promise<void> {
  if (!started) return;
  started.child.kill('SIGKILL');
  await started.ended;
  running.splice(running.indexOf(started), 1);
}

/** Until the server has kept so many mails, or so long: a fault may well fall into the quiet after another one. */
async function untilKeptOr({ accepted }: FaultySmtp, count: number, ms: number): Promise<void> {
  for (const since = performance.now(); accepted.length < count && performance.now() - since < ms; ) await sleep(20);
}
