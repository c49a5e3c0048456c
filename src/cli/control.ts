import type { Command } from 'commander';
import { guessWord } from '../campaign/guess-word.js';
import { BadInput } from '../campaign/problem.js';
import type { Database } from '../compose.js';
import type { StopTarget } from '../engine/ports/control-store.js';
import { defaultSender } from '../engine/ports/transport.js';
import type { CommandContext } from './command-context.js';
import { findCampaign } from './find-campaign.js';
import { formatNumber } from './print-table.js';

interface TargetOptions {
  step?: string;
  sender?: string;
  because?: string;
  yes?: boolean;
}

export function addPauseCommand(program: Command, context: CommandContext): void {
  addTarget(program, 'pause', 'stop sending, within a moment: a campaign, a step or a sender')
    .option('--sender <name>', 'this sender instead: a profile, or SMTP_URL')
    .option('--because <text>', 'told in status', 'by hand')
    .action((id: string | undefined, options: TargetOptions) => pause(id, options, context));
}

export function addResumeCommand(program: Command, context: CommandContext): void {
  addTarget(program, 'resume', 'go on where it was paused; nobody gets a mail twice')
    .option('--sender <name>', 'this sender instead')
    .action((id: string | undefined, options: TargetOptions) => resume(id, options, context));
}

export function addCancelCommand(program: Command, context: CommandContext): void {
  addTarget(program, 'cancel', 'never send what has not gone out yet')
    .option('--yes', 'do not ask')
    .action((id: string | undefined, options: TargetOptions) => cancel(id, options, context));
}

export function addReleaseCommand(program: Command, context: CommandContext): void {
  addTarget(program, 'release', 'let a step go that was missed, or whose canary is still being waited for').action(
    (id: string | undefined, options: TargetOptions) => release(id, options, context),
  );
}

function addTarget(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .argument('[id]', 'campaign')
    .option('--step <id>', 'only this step');
}

async function pause(id: string | undefined, options: TargetOptions, context: CommandContext): Promise<void> {
  await withTarget(id, options, context, async (target, name, { control, clock }) => {
    if ('sender' in target) await refuseUnknownSender(target.sender, control);
    const changed = await control.pause(target, options.because ?? 'by hand', await clock.now());
    context.terminal.out(
      changed ? `${name} is paused. What is under way at this moment is finished.` : `${name} was paused already.`,
    );
  });
}

async function resume(id: string | undefined, options: TargetOptions, context: CommandContext): Promise<void> {
  await withTarget(id, options, context, async (target, name, { control }) => {
    const changed = await control.resume(target);
    context.terminal.out(changed ? `${name} goes on.` : `${name} was not paused.`);
  });
}

async function cancel(id: string | undefined, options: TargetOptions, context: CommandContext): Promise<void> {
  await withTarget(id, options, context, async (target, name, { control, clock }) => {
    if ('sender' in target) throw new BadInput('A sender is paused, not cancelled.');
    if (!options.yes && !(await context.terminal.ask(`Cancel ${name}? What has not gone out yet never will.`))) {
      throw new BadInput('Nothing has been changed. Say yes, or --yes where nobody can answer.');
    }
    const { steps, messages } = await control.cancel(target, await clock.now());
    context.terminal.out(
      steps === 0
        ? `${name} has nothing left to cancel.`
        : `${name} is cancelled: ${formatNumber(steps, 'step', 'steps')}, ${formatNumber(messages, 'message that was', 'messages that were')} waiting.`,
    );
  });
}

async function release(id: string | undefined, options: TargetOptions, context: CommandContext): Promise<void> {
  await withTarget(id, options, context, async (target, name, { campaigns, control, clock }) => {
    const { campaign, step } = target as { campaign: string; step?: string };
    if (step === undefined)
      throw new BadInput([{ field: '--step', message: 'which step?', hint: 'see: fanfare status' }]);
    const changed = await control.release({ campaign, step }, await clock.now());
    if (!changed) return context.terminal.out(`${name} is not waiting for a release.`);
    const held = (await campaigns.steps(campaign)).find(({ id: each }) => each === step)?.heldBecause;
    context.terminal.out(held ? `${name} goes out as soon as nothing holds it: ${held}` : `${name} goes out now.`);
  });
}

/** A slip in the name would stop nothing, and say that it did. */
async function refuseUnknownSender(sender: string, control: Database['control']): Promise<void> {
  const known = [...new Set([defaultSender, ...(await control.sendersInUse())])];
  if (known.includes(sender)) return;
  const guess = guessWord(sender, known);
  const hint = guess === undefined ? `senders in use: ${known.join(', ')}` : `did you mean "${guess}"?`;
  throw new BadInput([
    { field: '--sender', message: `no campaign that still has mails to send uses "${sender}"`, hint },
  ]);
}

/** Find what is meant, by name; a name that nothing has is told with those that there are. */
async function withTarget(
  id: string | undefined,
  { step, sender }: TargetOptions,
  { compose }: CommandContext,
  act: (target: StopTarget, name: string, database: Database) => Promise<void>,
): Promise<void> {
  if ((id === undefined) === (sender === undefined)) throw new BadInput('Name a campaign, or a sender with --sender.');
  if (sender !== undefined && step !== undefined) throw new BadInput('A sender has no steps: leave --step out.');
  const { openDatabase } = await compose();
  const database = await openDatabase();
  try {
    if (id === undefined) return await act({ sender: sender as string }, `The sender ${sender}`, database);
    await findCampaign(database.campaigns, id);
    if (step === undefined) return await act({ campaign: id }, `Campaign ${id}`, database);
    const steps = (await database.campaigns.steps(id)).map((row) => row.id);
    if (!steps.includes(step)) {
      const guess = guessWord(step, steps);
      const hint = guess === undefined ? `steps: ${steps.join(', ')}` : `did you mean "${guess}"?`;
      throw new BadInput([{ field: '--step', message: `${id} has no step "${step}"`, hint }]);
    }
    return await act({ campaign: id, step }, `Step ${step} of ${id}`, database);
  } finally {
    await database.close();
  }
}
