import type { Command } from 'commander';
import type { Composition } from '../compose.js';
import { quietLog } from '../engine/quiet-log.js';
import { type Simulation, type SimulationMoment, simulateCampaign } from '../engine/simulate.js';
import { SimulatedClock } from '../engine/simulated-clock.js';
import { StepTemplates } from '../engine/step-templates.js';
import { formatLocalTime } from '../report/local-time.js';
import type { CommandContext } from './command-context.js';
import { formatSteps } from './format-steps.js';
import { formatCount, formatNumber, formatReasons } from './print-table.js';
import type { Terminal } from './terminal.js';

interface SimulateOptions {
  recipients: string;
  registrations?: string;
  smtp: string;
  acceptRejects?: boolean;
  json?: boolean;
}

export function addSimulateCommand(program: Command, { compose, terminal }: CommandContext): void {
  program
    .command('simulate')
    .description('play a whole campaign in seconds: the real engine and SMTP, on a clock that runs ahead')
    .argument('<file>', 'campaign file (YAML)')
    .requiredOption('--recipients <csv>', 'list of people')
    .option('--registrations <csv>', 'who has registered; a registeredAt column lets people register meanwhile')
    .requiredOption('--smtp <url>', 'SMTP server that gets the mails, such as smtp://127.0.0.1:1025; use a test server')
    .option('--accept-rejects', 'go on without the rows that cannot be used')
    .option('--json', 'for scripts')
    .action(async (file: string, options: SimulateOptions) => {
      const simulation = await playCampaign(file, options, await compose(), terminal);
      terminal.out(options.json ? JSON.stringify(simulation, null, 2) : formatSimulation(simulation));
    });
}

/** Play a campaign in a world of its own, with visible progress. Also what `demo` does. */
export async function playCampaign(
  file: string,
  options: Pick<SimulateOptions, 'recipients' | 'registrations' | 'smtp' | 'acceptRejects'>,
  world: Composition,
  terminal: Terminal,
): Promise<Simulation> {
  const progress = terminal.progress('Preparing');
  try {
    const { campaign, content, lists, locateProblems } = await world.readCampaign(file);
    const recipients = await world.openTable(options.recipients);
    const registrations =
      options.registrations === undefined ? undefined : await world.openTable(options.registrations);
    const playground = await world.openPlayground(options.smtp);
    try {
      const { database, doorbell, senders } = playground;
      const ports = {
        ...database,
        ...{ doorbell, senders, log: quietLog, listHolidays: world.listHolidays },
        clock: new SimulatedClock(new Date(0)),
        templates: new StepTemplates(database.campaigns, database.ledger),
      };
      const input = {
        campaign,
        content,
        lists,
        recipients,
        registrations,
        acceptRejects: options.acceptRejects === true,
      };
      const tell = ({ now, settled, registered }: SimulationMoment) => {
        progress.update(
          `${formatLocalTime(now, campaign.launch.zone)}: ${formatCount(settled)} messages settled, ${formatCount(registered)} people registered`,
        );
      };
      return await locateProblems(() => simulateCampaign(input, ports, tell));
    } finally {
      await playground.close();
    }
  } finally {
    progress.end();
  }
}

export function formatSimulation({ campaign, audience, leftOut, steps, merged, nobody }: Simulation): string {
  return [
    `${campaign}: ${formatNumber(audience, 'person', 'people')} in the audience. Left out: ${formatReasons(leftOut)}. Named twice: ${merged}. Registrations of nobody: ${nobody}.`,
    '',
    formatSteps(steps),
  ].join('\n');
}
