import type { Command } from 'commander';
import { BadInput } from '../campaign/problem.js';
import type { Database } from '../compose.js';
import type { MessageChoice, StoppedMessage } from '../engine/ports/control-store.js';
import { formatLocalTime } from '../report/local-time.js';
import type { CommandContext } from './command-context.js';
import { findCampaign } from './find-campaign.js';
import { formatCount, formatNumber, formatTable } from './print-table.js';

interface ChoiceOptions {
  step?: string;
  reason?: string;
  address?: string;
  json?: boolean;
  yes?: boolean;
}

/** Shown at most; `report --csv` has them all. */
const listed = 200;

/** `uncertain` and `failed`: the messages that wait for a person's decision. */
export function addUncertainCommand(program: Command, context: CommandContext): void {
  const group = program.command('uncertain').description('messages that may or may not have arrived');
  addList(group, 'uncertain', context);
  addChoice(group, 'resend', 'send them once more, identical: some people may get it twice').action(
    (id: string, options: ChoiceOptions) =>
      decide(id, options, context, { state: 'uncertain', verb: 'Send again' }, async (choice, { control, clock }) =>
        control.sendAgain('uncertain', choice, await clock.now()),
      ),
  );
  addChoice(group, 'dismiss', 'leave it at that: some people may never get it').action(
    (id: string, options: ChoiceOptions) =>
      decide(id, options, context, { state: 'uncertain', verb: 'Dismiss' }, async (choice, { control, clock }) =>
        control.dismissUncertain(choice, await clock.now()),
      ),
  );
}

export function addFailedCommand(program: Command, context: CommandContext): void {
  const group = program.command('failed').description('messages that were refused');
  addList(group, 'failed', context);
  addChoice(group, 'retry', 'try them again').action((id: string, options: ChoiceOptions) =>
    decide(id, options, context, { state: 'failed', verb: 'Retry' }, async (choice, { control, clock }) =>
      control.sendAgain('failed', choice, await clock.now()),
    ),
  );
}

function addChoice(group: Command, name: string, description: string): Command {
  const command = group.command(name).description(description).argument('<id>', 'campaign');
  command
    .option('--step <id>', 'only this step')
    .option('--reason <reason>', 'only with this reason')
    .option('--address <address>', 'only this person');
  return name === 'list' ? command.option('--json', 'for scripts') : command.option('--yes', 'do not ask');
}

function addList(group: Command, state: 'uncertain' | 'failed', { compose, terminal }: CommandContext): void {
  addChoice(group, 'list', 'show them').action(async (id: string, options: ChoiceOptions) => {
    const { openDatabase } = await compose();
    const database = await openDatabase();
    try {
      const { definition } = await findCampaign(database.campaigns, id);
      const choice = { campaign: id, ...pickChoice(options) };
      const [messages, count] = await Promise.all([
        database.control.listStopped(state, choice, listed),
        database.control.countStopped(state, choice),
      ]);
      if (options.json) {
        terminal.out(
          JSON.stringify({ campaign: id, count, messages: messages.map(({ id: _, ...message }) => message) }, null, 2),
        );
        return;
      }
      terminal.out(count === 0 ? `No ${state} messages.` : formatMessages(messages, definition.launch.zone));
      if (count > messages.length)
        terminal.out(`... and ${formatCount(count - messages.length)} more; fanfare report ${id} --csv has them all.`);
    } finally {
      await database.close();
    }
  });
}

function formatMessages(messages: StoppedMessage[], zone: string): string {
  return formatTable(
    ['Step', 'Address', 'Reason', `Since (${zone})`, "Server's answer"],
    messages.map(({ step, address, reason, settledAt, reply }) => [
      ...[step, address, reason, settledAt ? formatLocalTime(settledAt, zone) : ''],
      reply.length > 60 ? `${reply.slice(0, 59)}…` : reply,
    ]),
  );
}

async function decide(
  id: string,
  options: ChoiceOptions,
  { compose, terminal }: CommandContext,
  { state, verb }: { state: 'uncertain' | 'failed'; verb: string },
  act: (choice: MessageChoice, database: Database) => Promise<number>,
): Promise<void> {
  const { openDatabase } = await compose();
  const database = await openDatabase();
  try {
    await findCampaign(database.campaigns, id);
    const choice = { campaign: id, ...pickChoice(options) };
    const count = await database.control.countStopped(state, choice);
    if (count === 0) {
      terminal.out(`No ${state} messages.`);
      return;
    }
    if (!options.yes && !(await terminal.ask(`${verb} ${formatNumber(count, 'message', 'messages')}?`))) {
      throw new BadInput('Nothing has been changed. Say yes, or --yes where nobody can answer.');
    }
    terminal.out(`${verb}: ${formatNumber(await act(choice, database), 'message', 'messages')}.`);
  } finally {
    await database.close();
  }
}

/** What a person chose by options; an absent one means all. */
function pickChoice({ step, reason, address }: ChoiceOptions): Omit<MessageChoice, 'campaign'> {
  return { step, reason, address };
}
