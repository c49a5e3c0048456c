import type { Command } from 'commander';
import { guessWord } from '../campaign/guess-word.js';
import { BadInput } from '../campaign/problem.js';
import type { Composition, Database } from '../compose.js';
import { calendarOf } from '../engine/campaign-calendar.js';
import { type AppliedCampaign, pastForJoiners } from '../engine/ports/campaign-store.js';
import { createRegroup } from '../engine/regroup-campaign.js';
import type { CommandContext } from './command-context.js';
import { findCampaign } from './find-campaign.js';
import { formatCount, formatTable } from './print-table.js';

export function addRingCommand(program: Command, context: CommandContext): void {
  const group = program.command('ring').description('the rings of a campaign, and who is in which');
  group
    .command('list')
    .description('rings with their people, and what their gates wait for')
    .argument('<id>', 'campaign')
    .option('--json', 'for scripts')
    .action((id: string, { json }: { json?: boolean }) =>
      withCampaign(id, context, async (_, { campaigns }) => {
        const rings = await campaigns.rings(id);
        if (json) return context.terminal.out(JSON.stringify({ campaign: id, rings }, null, 2));
        context.terminal.out(
          formatTable(
            ['Ring', 'People', 'Tickets', 'Gate'],
            rings.map(({ ring, people, tickets, waitsFor, goAt }) => [
              ...[ring, formatCount(people), tickets === undefined ? '–' : formatCount(tickets)],
              waitsFor ?? (goAt ? 'open: somebody said go' : 'open'),
            ]),
            [1, 2],
          ),
        );
      }),
    );
  group
    .command('move')
    .description('put one person into another ring, for good; what they have had already they do not get again')
    .argument('<id>', 'campaign')
    .argument('<address>', 'mail address or sign-in name')
    .requiredOption('--to <ring>', 'which ring')
    .option('--because <text>', 'kept with the move', 'by hand')
    .action((id: string, address: string, { to, because }: { to: string; because: string }) =>
      withCampaign(id, context, (applied, database, world) =>
        movePerson({ applied, address, to, because }, database, world, context),
      ),
    );
}

export function addGoCommand(program: Command, context: CommandContext): void {
  program
    .command('go')
    .description('open the gate of a ring')
    .argument('<id>', 'campaign')
    .argument('<ring>', 'which ring')
    .option('--because <text>', 'kept with the go', 'by hand')
    .action((id: string, ring: string, { because }: { because: string }) =>
      withCampaign(id, context, async (applied, { campaigns, clock }) => {
        refuseUnknownRing(ring, applied);
        if (!applied.definition.rings.find(({ id: each }) => each === ring)?.gate)
          throw new BadInput(`Ring ${ring} of ${id} has no gate: it launches on its day.`);
        const given = await campaigns.letRingGo({ campaign: id, ring }, because, await clock.now());
        context.terminal.out(given ? `Ring ${ring} of ${id} may go.` : `Ring ${ring} of ${id} had its go already.`);
      }),
    );
}

export function addTicketsCommand(program: Command, context: CommandContext): void {
  program
    .command('tickets')
    .description('tell how many tickets the help desk had because of a ring; gates with maxTickets look at it')
    .argument('<id>', 'campaign')
    .argument('<ring>', 'which ring')
    .argument('<count>', 'tickets so far')
    .action((id: string, ring: string, count: string) =>
      withCampaign(id, context, async (applied, { campaigns, clock }) => {
        refuseUnknownRing(ring, applied);
        if (!/^\d{1,7}$/.test(count)) throw new BadInput(`"${count}" is not a number of tickets, such as 12.`);
        await campaigns.countTickets({ campaign: id, ring }, Number(count), await clock.now());
        context.terminal.out(`Ring ${ring} of ${id}: ${count} tickets so far.`);
      }),
    );
}

async function movePerson(
  { applied, address, to, because }: { applied: AppliedCampaign; address: string; to: string; because: string },
  { campaigns, clock }: Database,
  { listHolidays }: Composition,
  { terminal }: CommandContext,
): Promise<void> {
  const { definition: campaign, lists } = applied;
  refuseUnknownRing(to, applied);
  const now = await clock.now();
  const calendar = await calendarOf(campaign, lists, listHolidays);
  const regroup = createRegroup(campaign, calendar, now, pastForJoiners, applied.version);
  const answer = await campaigns.moveToRing({ campaign: campaign.id, address, ring: to, because, now, regroup });
  if (!answer)
    throw new BadInput([
      {
        field: 'address',
        message: `nobody in the audience of ${campaign.id} has the address or sign-in name "${address}"`,
      },
    ]);
  terminal.out(answer.moved ? `Moved from ring ${answer.from} to ${to}.` : `This person is in ring ${to} already.`);
}

function refuseUnknownRing(ring: string, { definition: { id, rings } }: AppliedCampaign): void {
  const names = rings.map((each) => each.id);
  if (names.includes(ring)) return;
  const guess = guessWord(ring, names);
  const hint = guess === undefined ? `rings: ${names.join(', ')}` : `did you mean "${guess}"?`;
  throw new BadInput([{ field: 'ring', message: `${id} has no ring "${ring}"`, hint }]);
}

async function withCampaign(
  id: string,
  { compose }: CommandContext,
  act: (applied: AppliedCampaign, database: Database, world: Composition) => Promise<void>,
): Promise<void> {
  const world = await compose();
  const database = await world.openDatabase();
  try {
    await act(await findCampaign(database.campaigns, id), database, world);
  } finally {
    await database.close();
  }
}
