import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { Unavailable } from '../campaign/problem.js';
import type { Simulation } from '../engine/simulate.js';
import { planCampaign } from '../plan/plan-campaign.js';
import type { CommandContext } from './command-context.js';
import { createDemoOrganisation } from './demo-organisation.js';
import { formatCount } from './print-table.js';
import { formatSimulation, playCampaign } from './simulate.js';

const campaignFile = fileURLToPath(new URL('../../config/campaigns/sspr.yaml', import.meta.url));

export function addDemoCommand(program: Command, context: CommandContext): void {
  program
    .command('demo')
    .description('play the example campaign with 250 people, and read the mails in your browser')
    .option('--exit', 'end when it has been played')
    .action(({ exit }: { exit?: boolean }) => runDemo(exit === true, context));
}

async function runDemo(exit: boolean, { compose, terminal }: CommandContext): Promise<void> {
  const world = await compose();
  const { campaign } = await world.readCampaign(campaignFile);
  const organisation = createDemoOrganisation(planCampaign(campaign));
  const folder = join(world.dataDir, 'demo');
  await mkdir(folder, { recursive: true });
  const files = { recipients: join(folder, 'people.csv'), registrations: join(folder, 'registrations.csv') };
  const toCsv = (rows: string[][]) => `${rows.map((row) => world.formatCsvRow(row)).join('\n')}\n`;
  await writeFile(files.recipients, toCsv(organisation.people));
  await writeFile(files.registrations, toCsv(organisation.registrations));

  const mailbox = await world.openMailbox();
  try {
    terminal.out(
      [
        `${campaign.organisation.name} launches "${campaign.name}" on ${campaign.launch.date}.`,
        `Its campaign file: ${relative(process.cwd(), campaignFile)}. Its people: ${files.recipients}. Who registers when: ${files.registrations}.`,
        'Fanfare now plays the whole campaign: the real engine, database, queue and SMTP, on a clock that runs ahead.',
        '',
      ].join('\n'),
    );
    const simulation = await playCampaign(campaignFile, { ...files, smtp: mailbox.smtpUrl }, world, terminal);
    terminal.out(formatSimulation(simulation));
    terminal.out(`\n${compareWithMailbox(simulation, await mailbox.countByDate())}`);
    if (exit) return;
    terminal.out(`\nRead the mails at ${mailbox.webUrl}  (Ctrl-C ends the demo)`);
    await new Promise<void>((done) => process.once('SIGINT', done).once('SIGTERM', done));
  } finally {
    await mailbox.close();
  }
}

/**
 * What we say was sent against what the mailbox counted, step by step: mails carry their step's instant as their Date.
 * @throws Unavailable where they differ
 */
function compareWithMailbox(
  { steps }: Simulation,
  counted: ReadonlyMap<number, { mails: number; people: number }>,
): string {
  const differences = steps.flatMap(({ id, sendAt, sent }) => {
    const { mails = 0, people = 0 } = counted.get(new Date(sendAt).getTime()) ?? {};
    return mails === sent && people === sent
      ? []
      : [`${id}: ${sent} sent, but the mailbox has ${mails} mails to ${people} people`];
  });
  const total = [...counted.values()].reduce((sum, { mails }) => sum + mails, 0);
  const sent = steps.reduce((sum, step) => sum + step.sent, 0);
  if (total !== sent) differences.push(`${sent} sent in all, but the mailbox has ${total}`);
  if (differences.length > 0) throw new Unavailable(differences.join('\n'));
  return `The mailbox counted the same: ${formatCount(total)} mails, step by step, nobody twice.`;
}
