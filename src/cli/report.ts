import type { Command } from 'commander';
import { summariseStep } from '../report/summarise-steps.js';
import type { CommandContext } from './command-context.js';
import { findCampaign } from './find-campaign.js';
import { formatSteps } from './format-steps.js';

const columns = [
  'step',
  'sendAt',
  'address',
  'displayName',
  'state',
  'reason',
  'attempts',
  'settledAt',
  'messageId',
  'reply',
] as const;

export function addReportCommand(program: Command, { compose, terminal }: CommandContext): void {
  program
    .command('report')
    .description('what became of every message')
    .argument('<id>', 'campaign')
    .option('--csv', 'one row a message')
    .action(async (id: string, { csv }: { csv?: boolean }) => {
      const world = await compose();
      const database = await world.openDatabase();
      try {
        await findCampaign(database.campaigns, id);
        if (!csv) {
          terminal.out(formatSteps((await database.reports.counts(id)).map(summariseStep)));
          return;
        }
        terminal.out(world.formatCsvRow([...columns]));
        for await (const row of database.reports.messages(id)) {
          const cells = columns.map((name) => {
            const value = row[name];
            return value instanceof Date ? value.toISOString() : String(value ?? '');
          });
          terminal.out(world.formatCsvRow(cells));
        }
      } finally {
        await database.close();
      }
    });
}
