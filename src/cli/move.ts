import type { Command } from 'commander';
import { BadInput, Unavailable } from '../campaign/problem.js';
import type { ConcernCode } from '../campaign/rollout-field.js';
import { calendarOf } from '../engine/campaign-calendar.js';
import { writeDay } from '../engine/describe-told-dates.js';
import { type MoveProposal, proposeMove, type StepMove } from '../engine/move-campaign.js';
import { acceptOption } from './accept-option.js';
import type { CommandContext } from './command-context.js';
import { findCampaign } from './find-campaign.js';
import { weekday } from './format-plan.js';
import { formatCount, formatTable } from './print-table.js';

interface MoveOptions {
  accept?: ConcernCode[];
  tell: boolean;
  yes?: boolean;
  json?: boolean;
}

export function addMoveCommand(program: Command, { compose, terminal }: CommandContext): void {
  program
    .command('move')
    .description('move the launch date: shows what changes, and asks')
    .argument('<id>', 'campaign')
    .argument('<date>', 'the new launch date, YYYY-MM-DD')
    .addOption(acceptOption())
    .option('--no-tell', 'send no mail to those who were told another date')
    .option('--yes', 'do not ask')
    .option('--json', 'for scripts')
    .action(async (id: string, date: string, options: MoveOptions) => {
      refuseOddDate(date);
      const world = await compose();
      const database = await world.openDatabase();
      const progress = terminal.progress('Working out what changes');
      try {
        const { campaigns, clock } = database;
        const applied = await findCampaign(campaigns, id);
        const { definition, lists, content } = applied;
        const now = await clock.now();
        const calendar = await calendarOf(
          { ...definition, launch: { ...definition.launch, date } },
          lists,
          world.listHolidays,
        );
        const sender = await world.knowSender(definition.sender.profile);
        const { accept = [], tell } = options;
        const proposal = await proposeMove({ applied, date, accept, tell, calendar, sender, now }, campaigns);
        progress.end();
        if (!options.json) terminal.out(describeMove(id, proposal));
        if (!options.yes && !(await terminal.ask('Move it?')))
          throw new BadInput('Nothing has been changed. Say yes, or --yes where nobody can answer.');
        if (!(await campaigns.save({ ...proposal, content, lists, now })))
          throw new Unavailable(
            `Somebody else has changed ${id} meanwhile. Nothing has been changed; move again to see the difference.`,
          );
        const version = proposal.expectedVersion + 1;
        terminal.out(
          options.json
            ? JSON.stringify(toJson(id, version, proposal), null, 2)
            : `${id} launches on ${weekday(date)} ${date} now: version ${version} of the plan. Write launch.date: ${date} into its file.`,
        );
      } finally {
        progress.end();
        await database.close();
      }
    });
}

function refuseOddDate(date: string): void {
  const isDay = /^2[01]\d\d-\d\d-\d\d$/.test(date) && !Number.isNaN(Date.parse(`${date}T00:00:00Z`));
  if (!isDay || new Date(`${date}T00:00:00Z`).toISOString().slice(0, 10) !== date)
    throw new BadInput(`"${date}" is not a day of the calendar as YYYY-MM-DD, such as 2027-01-12.`);
}

const words: Readonly<Record<StepMove['what'], string>> = {
  moves: '',
  stays: 'stays',
  gone: 'has gone out: stays as it was',
  held: 'is being sent: the rest is held for you to decide',
  past: 'its time would be past: not sent by itself (release sends it)',
  new: 'new',
  removed: 'removed',
};

function describeMove(id: string, { from, to, moves, told, launchMoved, warnings }: MoveProposal): string {
  const rings = new Set(moves.map(({ ring }) => ring)).size > 1;
  const zones = new Set(moves.map(({ zone }) => zone)).size > 1;
  const parts = [
    `${id}: the launch date moves from ${weekday(from)} ${from} to ${weekday(to)} ${to}.`,
    '',
    formatTable(
      ['Step', ...(rings ? ['Ring'] : []), ...(zones ? ['Zone'] : []), 'People', 'From', 'To', ''],
      shorten(mergeMoves(moves)).map(({ step, ring, zone, people, from: was = '', to: is = '', what, shiftReason }) => [
        ...[
          step,
          ...(rings ? [ring] : []),
          ...(zones ? [zone] : []),
          what === 'new' && people === 0 ? '–' : formatCount(people),
          was,
          is,
        ],
        [words[what], shiftReason ?? ''].filter(Boolean).join('; '),
      ]),
      [1 + Number(rings) + Number(zones)],
    ),
  ];
  for (const [date, people] of told) {
    const count = `${formatCount(people)} ${people === 1 ? 'person was' : 'people were'}`;
    parts.push('', `${count} told ${writeDay(date)}.`);
  }
  if (launchMoved) {
    const { id: step, date, time } = launchMoved;
    parts.push(`They get ${step}, with both dates, on ${weekday(date)} ${date} at ${time}. Without it: --no-tell.`);
  } else if (told.size > 0) parts.push('Nobody tells them: --no-tell.');
  return [...parts, ...(warnings.length > 0 ? ['', ...warnings.map((warning) => `! ${warning}`)] : [])].join('\n');
}

/** Groups that a reader cannot tell apart are one line. */
function mergeMoves(moves: readonly StepMove[]): StepMove[] {
  const merged = new Map<string, StepMove>();
  for (const move of moves) {
    const { step, ring, zone, what, from = '', to = '' } = move;
    const key = [step, ring, zone, what, from, to].join('|');
    const known = merged.get(key);
    if (known) known.people += move.people;
    else merged.set(key, { ...move });
  }
  return [...merged.values()];
}

const mostLines = 60;

/** Where there are very many groups, those with people come first; `--json` has all of them. */
function shorten(moves: readonly StepMove[]): StepMove[] {
  if (moves.length <= mostLines) return [...moves];
  return moves.filter(({ people }) => people > 0).slice(0, mostLines);
}

function toJson(id: string, version: number, { from, to, moves, told, launchMoved, warnings, plan }: MoveProposal) {
  const toldDates = [...told].map(([toldDate, people]) => ({ toldDate, people }));
  return {
    campaign: id,
    version,
    from,
    to,
    steps: moves,
    told: toldDates,
    launchMoved: launchMoved ?? null,
    concerns: plan.concerns,
    warnings,
  };
}
