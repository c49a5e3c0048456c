import type { Command } from 'commander';
import { BadInput, Unavailable } from '../campaign/problem.js';
import type { Composition, Database } from '../compose.js';
import { startWorker } from '../engine/deliver.js';
import { startScheduler } from '../engine/dispatch.js';
import type { Doorbell, Log, Senders } from '../engine/ports.js';
import { StepTemplates } from '../engine/step-templates.js';
import type { CommandContext } from './command-context.js';

type Role = 'scheduler' | 'worker';

/** After SIGTERM the mails under way get this long to be answered. */
const drainMs = 30_000;

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

function addEngine(command: Command, description: string, roles: Role[], context: CommandContext): void {
  command.description(description).action(() => runEngine(roles, context));
}

async function runEngine(roles: Role[], { compose, terminal }: CommandContext): Promise<void> {
  const world = await compose();
  const log = await world.createLog(terminal.watched && process.stdout.isTTY === true);
  const signals = listenForSignals(log);
  const onWait = (message: string) => log.warn('waiting', { for: message });
  const database = await world.openDatabase({ log, onWait });
  let doorbell: Doorbell | undefined;
  const senders = await world.openSenders();
  try {
    if (!(await database.claimEngine())) {
      throw new Unavailable(
        'Fanfare is already running on this data folder. Stop it first, or set FANFARE_DATA_DIR to another folder.',
      );
    }
    if (roles.includes('worker')) await verifySenders(database, senders, log, world);
    doorbell = await world.openDoorbell(database, { log, onWait });
    const ports = { ...database, doorbell, senders, log, templates: new StepTemplates(database.campaigns) };
    const running = roles.map((role) => (role === 'scheduler' ? startScheduler(ports) : startWorker(ports)));
    log.info('ready', { roles: roles.join('+') });
    await signals.first;
    log.info('draining', { seconds: drainMs / 1000 });
    const drained = Promise.all(running.map((part) => part.stop())).then(() => 'drained' as const);
    const end = await Promise.race([drained, signals.second, deadline()]);
    if (end !== 'drained') {
      // What is still under way is marked: it becomes uncertain when its lease runs out, and is told as such.
      log.warn('stopped-without-draining', { because: end });
      process.exit(1);
    }
    log.info('stopped');
  } finally {
    await doorbell?.close();
    await senders.close();
    await database.close();
    signals.forget();
  }
}

/** A wrong password or a missing server is told now, and not to 10,000 people's disadvantage at nine o'clock. */
async function verifySenders(
  { campaigns }: Database,
  senders: Senders,
  log: Log,
  { hasDefaultSender }: Composition,
): Promise<void> {
  const profiles = new Set<string | undefined>(hasDefaultSender ? [undefined] : []);
  for (const { id } of await campaigns.list()) profiles.add((await campaigns.find(id))?.definition.sender.profile);
  if (profiles.size === 0) log.warn('no-sender', { hint: 'set SMTP_URL before the first campaign goes out' });
  for (const profile of profiles) {
    const answer = await (await senders.find(profile)).verify();
    if (answer.kind === 'accepted') continue;
    const reason = answer.kind === 'refused' ? answer.reply : answer.reason;
    const name = profile === undefined ? 'SMTP_URL' : `the sender profile "${profile}"`;
    const place = 'stage' in answer && answer.stage === 'auth' ? 'refuses the login' : 'does not take our mail';
    throw new BadInput([{ message: `The SMTP server of ${name} ${place}: ${reason}` }]);
  }
}

function listenForSignals(log: Log) {
  let count = 0;
  let first = () => {};
  let second: (why: 'second signal') => void = () => {};
  const signals = {
    first: new Promise<void>((done) => {
      first = done;
    }),
    second: new Promise<'second signal'>((done) => {
      second = done;
    }),
    forget: () => {
      for (const name of ['SIGTERM', 'SIGINT'] as const) process.removeListener(name, onSignal);
    },
  };
  const onSignal = (name: string) => {
    count += 1;
    log.info('signal', { name });
    if (count === 1) first();
    else second('second signal');
  };
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, onSignal);
  return signals;
}

function deadline(): Promise<'deadline'> {
  return new Promise((done) => setTimeout(() => done('deadline'), drainMs).unref());
}
