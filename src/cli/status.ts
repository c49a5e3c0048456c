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

/** The steps as a table; also what `simulate` and `demo` end with. */
export function formatSteps(steps: StepSummary[]): string {
  const table = formatTable(
    ['Step', 'Send at (UTC)', 'Progress', 'Audience', 'Sent', 'Waiting', 'Suppressed', 'Failed', 'Uncertain'],
    steps.map((step) => [
      ...[
        step.id,
        step.sendAt.replace('T', ' ').slice(0, 16),
        step.progress,
        formatCount(step.audience),
        formatCount(step.sent),
      ],
      formatCount(step.waiting + step.claimed + step.sending),
      formatReasons(step.suppressed),
      step.failed > 0 ? formatReasons(step.failedBecause) : '0',
      formatCount(step.uncertain),
    ]),
    [3, 4, 5],
  );
  const reasons = steps
    .filter(({ because }) => because)
    .map(({ id, progress, because }) => `! ${id} is ${progress}: ${because}`);
  return [table, ...reasons].join('\n');
}
