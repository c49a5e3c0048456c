import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { BadInput, Unavailable } from '../campaign/problem.js';
import type { Composition, Database, OpenOptions } from '../compose.js';
import { startWorker } from '../engine/deliver.js';
import { startScheduler } from '../engine/dispatch.js';
import { describeZoneDrift } from '../engine/plan-applied.js';
import type { Doorbell } from '../engine/ports/doorbell.js';
import type { Log } from '../engine/ports/log.js';
import type { EngineRole } from '../engine/ports/presence-store.js';
import { defaultSender, type Senders } from '../engine/ports/transport.js';
import { checkForRestore, startWitnesses } from '../engine/restore-guard.js';
import { StepTemplates } from '../engine/step-templates.js';
import type { CommandContext } from './command-context.js';

/** After SIGTERM the mails under way get this long to be answered. */
const drainMs = 30_000;
/** After a second signal the database gets this long to be closed. */
const hurriedCloseMs = 5_000;

export function addStartCommand(program: Command, context: CommandContext): void {
  addEngine(program.command('start'), 'run everything in one process', ['scheduler', 'worker'], context);
}

export function addSchedulerCommand(program: Command, context: CommandContext): void {
  const description = 'run the scheduler alone; any number of them is harmless';
  addEngine(program.command('scheduler'), description, ['scheduler'], context);
}

export function addWorkerCommand(program: Command, context: CommandContext): void {
  addEngine(program.command('worker'), 'run a worker alone, as many as one likes', ['worker'], context);
}

function addEngine(command: Command, description: string, roles: EngineRole[], context: CommandContext): void {
  command.description(description).action(() => runEngine(roles, context));
}

async function runEngine(roles: EngineRole[], { compose, terminal }: CommandContext): Promise<void> {
  const world = await compose();
  const log = await world.createLog(terminal.watched && process.stdout.isTTY === true);
  const signals = listenForSignals(log);
  const onWait = (message: string) => log.warn('waiting', { for: message });
  const waiting = { log, onWait, stop: signals.stop, answersSignals: true };
  try {
    await runUntilSignal(roles, world, { log, signals, waiting });
  } catch (error) {
    // Stopped while it was waiting for a server: nothing had begun.
    if (!signals.stop.aborted || !(error instanceof Error && error.name === 'AbortError')) throw error;
    log.info('stopped');
  } finally {
    signals.forget();
  }
}

interface Running {
  log: Log;
  signals: Signals;
  waiting: OpenOptions;
}

async function runUntilSignal(
  roles: EngineRole[],
  world: Composition,
  { log, signals, waiting }: Running,
): Promise<void> {
  const database = await world.openDatabase(waiting);
  let doorbell: Doorbell | undefined;
  const senders = await world.openSenders();
  const witnesses = await world.openWitnesses();
  try {
    if (!(await database.claimEngine())) {
      throw new Unavailable(
        'Fanfare is already running on this data folder. Stop it first, or set FANFARE_DATA_DIR to another folder.',
      );
    }
    const guard = { ...database, witnesses, log };
    const furthest = await world.untilAnswered(() => checkForRestore(guard), waiting);
    if (roles.includes('worker')) {
      const inUse = await world.untilAnswered(() => database.control.sendersInUse(), waiting);
      await verifySenders(inUse, senders, log, world);
    }
    doorbell = await world.openDoorbell(database, waiting);
    const { leaseMs } = world;
    const templates = new StepTemplates(database.campaigns, database.ledger);
    const reconfirm = { ...database, listHolidays: world.listHolidays };
    const ports = { ...database, doorbell, senders, log, leaseMs, templates, reconfirm };
    const running = roles.map((role) => (role === 'scheduler' ? startScheduler(ports) : startWorker(ports)));
    running.push(startPresence(database, roles), startWitnesses(guard, furthest));
    if (roles.includes('scheduler')) await tellZoneDrift(database, log);
    log.info('ready', { roles: roles.join('+') });
    await signals.first;
    log.info('draining', { seconds: drainMs / 1000 });
    const drained = Promise.all(running.map((part) => part.stop())).then(() => 'drained' as const);
    const end = await Promise.race([drained, signals.second, deadline()]);
    if (end !== 'drained') {
      // What is still under way is marked: it becomes uncertain when its lease runs out, and is told as such.
      log.warn('stopped-without-draining', { because: end });
      // An embedded database would be left behind; a third signal does not wait for that either.
      await Promise.race([database.close(), signals.third, pause(hurriedCloseMs)]);
      process.exit(1);
    }
    log.info('stopped');
  } finally {
    await doorbell?.close();
    await senders.close();
    for (const witness of witnesses) await witness.close();
    await database.close();
  }
  // All is done and closed; a connection that still looks for a queue that is away must not keep us here.
  process.exit(0);
}

/** The rules of time zones come with Node: they change where it was updated, which is before a start. */
async function tellZoneDrift({ campaigns }: Database, log: Log): Promise<void> {
  for (const { id } of await campaigns.list()) {
    for (const reason of await describeZoneDrift(id, campaigns)) log.warn('zone.drifted', { campaign: id, reason });
  }
}

/** A wrong password or a missing server is told now, and not to 10,000 people's disadvantage at nine o'clock. */
async function verifySenders(inUse: string[], senders: Senders, log: Log, world: Composition): Promise<void> {
  // Campaigns that have nothing left to send keep nobody from starting.
  const names = new Set(inUse);
  if (world.hasDefaultSender) names.add(defaultSender);
  if (names.size === 0) log.warn('no-sender', { hint: 'set SMTP_URL before the first campaign goes out' });
  const refusals: string[] = [];
  for (const name of names) {
    const refusal = await findRefusal(name, senders).catch((error: unknown) => {
      // A campaign's profile that cannot be used is told; where nothing else can send either, it is why we do not start.
      if (!(error instanceof BadInput) || names.size === 1) throw error;
      return error.message;
    });
    if (refusal) refusals.push(refusal);
  }
  if (refusals.length > 0 && refusals.length === names.size) throw new Unavailable(refusals.join('\n'));
  // The others can send: one campaign's server, perhaps of next month, keeps no other from going out.
  for (const refusal of refusals) log.error('sender.not-ready', { reason: refusal });
}

/** Why a sender's server would not take a mail now; absent where it would, or only asks for patience. */
async function findRefusal(name: string, senders: Senders): Promise<string | undefined> {
  const isDefault = name === defaultSender;
  const answer = await (await senders.find(isDefault ? undefined : name)).verify();
  // A server that is busy at this moment will not be later: the engine waits for it, as for any mail.
  if (answer.kind === 'accepted' || (answer.kind === 'refused' && answer.code < 500)) return undefined;
  const reason = answer.kind === 'refused' ? answer.reply : answer.reason;
  const place = 'stage' in answer && answer.stage === 'auth' ? 'refuses the login' : 'does not take our mail';
  return `The SMTP server of ${isDefault ? name : `the sender profile "${name}"`} ${place}: ${reason}`;
}

/** How often a process says that it is there; `status` believes it for half a minute. */
const sayHereMs = 10_000;

/** Says that this process runs the engine, for `status`; nothing rests on it, so a failure is no matter. */
function startPresence({ presence }: Database, roles: EngineRole[]): { stop(): Promise<void> } {
  const id = randomUUID();
  const sayHere = () => void presence.sayHere(id, roles).catch(() => {});
  sayHere();
  const timer = setInterval(sayHere, sayHereMs);
  return {
    async stop() {
      clearInterval(timer);
      await presence.sayGoodbye(id).catch(() => {});
    },
  };
}

type Signals = ReturnType<typeof listenForSignals>;

function listenForSignals(log: Log) {
  const stop = new AbortController();
  let count = 0;
  const told: Array<() => void> = [];
  const wait = <Word extends string>(word: Word) => new Promise<Word>((done) => told.push(() => done(word)));
  const [first, second, third] = [wait('first signal'), wait('second signal'), wait('third signal')];
  const onSignal = (name: string) => {
    log.info('signal', { name });
    stop.abort();
    told[count]?.();
    count += 1;
  };
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, onSignal);
  return {
    ...{ first, second, third },
    /** Aborted by the first one. */
    stop: stop.signal,
    forget: () => {
      for (const name of ['SIGTERM', 'SIGINT'] as const) process.removeListener(name, onSignal);
    },
  };
}

function deadline(): Promise<'deadline'> {
  return pause(drainMs).then(() => 'deadline');
}

function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms).unref());
}
