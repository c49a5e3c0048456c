import type { Command } from 'commander';
import { BadInput, Unavailable } from '../campaign/problem.js';
import type { ConcernCode } from '../campaign/rollout-field.js';
import type { Composition } from '../compose.js';
import { proposeCampaign } from '../engine/apply-campaign.js';
import { calendarOf } from '../engine/campaign-calendar.js';
import { createPlace } from '../engine/create-place.js';
import { acceptOption } from './accept-option.js';
import type { CommandContext } from './command-context.js';
import { describeNextMail } from './describe-next-mail.js';

export function addApplyCommand(program: Command, { compose, terminal }: CommandContext): void {
  program
    .command('apply')
    .description('create or update a campaign: says what will change, and asks')
    .argument('<file>', 'campaign file (YAML)')
    .addOption(acceptOption())
    .option('--yes', 'do not ask')
    .action(async (file: string, { yes, accept = [] }: { yes?: boolean; accept?: ConcernCode[] }) => {
      const world = await compose();
      const { readCampaign, openDatabase } = world;
      const { campaign, content, lists, locateProblems } = await readCampaign(file);
      const accepting = { ...campaign, accept: [...new Set([...campaign.accept, ...accept])] };
      await checkSender(campaign.sender.profile, world, terminal);
      const database = await openDatabase();
      try {
        const { campaigns, audience, reports, clock } = database;
        const now = await clock.now();
        const calendar = await calendarOf(campaign, lists, world.listHolidays);
        const sender = await world.knowSender(campaign.sender.profile);
        const proposal = await locateProblems(() =>
          proposeCampaign(accepting, { content, lists, calendar, sender }, { campaigns, reports, now }),
        );
        for (const warning of proposal.warnings) terminal.err(`! ${warning}`);
        if (proposal.changes.length === 0) {
          terminal.out(`${campaign.id} is already as this file says: nothing to change.`);
          return;
        }
        terminal.out(proposal.changes.map((change) => `- ${change}`).join('\n'));
        if (!yes && !(await terminal.ask('Apply this?'))) {
          throw new BadInput('Nothing has been changed. Say yes, or --yes where nobody can answer.');
        }
        const place = createPlace(proposal.definition, lists);
        if (!(await campaigns.save({ ...proposal, place, now }))) {
          throw new Unavailable(
            `Somebody else has changed ${campaign.id} meanwhile. Nothing has been changed; apply again to see the difference.`,
          );
        }
        const { audience: people } = await audience.count(campaign.id);
        terminal.out(`${campaign.id} is applied.`);
        const next =
          people === 0
            ? `It has no audience yet: fanfare import recipients FILE.csv --campaign ${campaign.id}`
            : describeNextMail(await campaigns.steps(campaign.id));
        if (next) terminal.out(next);
      } finally {
        await database.close();
      }
    });
}

/** A profile that is not there is a slip of the pen; its login may well be known to the workers' machine alone. */
async function checkSender(
  profile: string | undefined,
  { openSenders }: Composition,
  { err }: CommandContext['terminal'],
): Promise<void> {
  if (profile === undefined) return;
  const senders = await openSenders();
  try {
    await senders.find(profile);
  } catch (error) {
    if (!(error instanceof BadInput) || /there is no such file/.test(error.message)) throw error;
    err(`! the workers need what is missing here: ${error.message.split('\n')[0]}`);
  } finally {
    await senders.close();
  }
}
