import type { Command } from 'commander';
import { type StepSummary, summariseStep } from '../report/summarise-steps.js';
import type { CommandContext } from './command-context.js';
import { findCampaign } from './find-campaign.js';
import { formatCount, formatNumber, formatReasons, formatTable } from './print-table.js';

export function addStatusCommand(program: Command, { compose, terminal }: CommandContext): void {
  program
    .command('status')
    .description('how far the campaigns are, or one of them step by step')
    .argument('[id]', 'campaign')
    .option('--json', 'for scripts')
    .action(async (id: string | undefined, { json }: { json?: boolean }) => {
      const { openDatabase } = await compose();
      const database = await openDatabase();
      try {
        const { campaigns, audience, reports } = database;
        if (id === undefined) {
          const known = await campaigns.list();
          terminal.out(json ? JSON.stringify({ campaigns: known }, null, 2) : formatCampaigns(known));
          return;
        }
        const { definition, registrationsAsOf } = await findCampaign(campaigns, id);
        const people = await audience.count(id);
        const steps = (await reports.counts(id)).map(summariseStep);
        if (json) {
          terminal.out(
            JSON.stringify(
              {
                campaign: id,
                launch: definition.launch,
                ...people,
                registrationsAsOf: registrationsAsOf ?? null,
                steps,
              },
              null,
              2,
            ),
          );
          return;
        }
        const { date, time, zone } = definition.launch;
        terminal.out(
          [
            `${definition.name}: launch on ${date} at ${time} (${zone})`,
            `Audience: ${formatNumber(people.audience, 'person', 'people')}, ${formatCount(people.registered)} registered. Left out: ${formatReasons(people.leftOut)}.`,
            `Registration data: ${registrationsAsOf ? `from ${registrationsAsOf.toISOString().slice(0, 16).replace('T', ' ')} UTC` : 'none yet'}.`,
            '',
            formatSteps(steps),
          ].join('\n'),
        );
      } finally {
        await database.close();
      }
    });
}

function formatCampaigns(known: Array<{ id: string; name: string; launchDate: string; zone: string }>): string {
  if (known.length === 0)
    return 'No campaign yet. Write a campaign file with one launch date, then: fanfare apply FILE';
  return formatTable(
    ['Campaign', 'Name', 'Launch', 'Zone'],
    known.map(({ id, name, launchDate, zone }) => [id, name, launchDate, zone]),
  );
}

/** Columns that most steps have nothing for: they are shown where there is something, so that 80 columns do. */
const rareColumns: ReadonlyArray<[head: string, cell: (step: StepSummary) => string]> = [
  ['Waiting', (step) => formatCount(step.waiting + step.claimed + step.sending)],
  ['Failed', (step) => (step.failed > 0 ? formatReasons(step.failedBecause) : '0')],
  ['Uncertain', (step) => formatCount(step.uncertain)],
  ['Cancelled', (step) => formatCount(step.cancelled)],
];

/** The steps as a table; also what `simulate` and `demo` end with. */
export function formatSteps(steps: StepSummary[]): string {
  const shown = rareColumns.filter(([, cell]) => steps.some((step) => cell(step) !== '0'));
  const absent = rareColumns.filter((column) => !shown.includes(column)).map(([head]) => head.toLowerCase());
  const table = formatTable(
    ['Step', 'Send at (UTC)', 'Progress', 'Audience', 'Sent', 'Suppressed', ...shown.map(([head]) => head)],
    steps.map((step) => [
      ...[step.id, step.sendAt.replace('T', ' ').slice(0, 16), step.progress],
      ...[formatCount(step.audience), formatCount(step.sent), formatReasons(step.suppressed)],
      ...shown.map(([, cell]) => cell(step)),
    ]),
    [3, 4],
  );
  const nothing = absent.length > 0 ? [`No message is ${joinWords(absent)}.`] : [];
  const reasons = steps
    .filter(({ because }) => because)
    .map(({ id, progress, because }) => `! ${id} is ${progress}: ${because}`);
  return [table, ...nothing, ...reasons].join('\n');
}

/** `waiting, failed or uncertain`. */
function joinWords(words: string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
