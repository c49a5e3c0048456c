import type { Command } from 'commander';
import { describeZoneDrift } from '../engine/plan-applied.js';
import type { CampaignStore } from '../engine/ports/campaign-store.js';
import type { EngineRole } from '../engine/ports/presence-store.js';
import { formatLocalTime } from '../report/local-time.js';
import { type StepSummary, summariseStep } from '../report/summarise-steps.js';
import type { CommandContext } from './command-context.js';
import { findCampaign } from './find-campaign.js';
import { formatSteps } from './format-steps.js';
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
        const { campaigns, audience, reports, presence } = database;
        const running = await presence.countHere();
        if (id === undefined) {
          const known = await campaigns.list();
          terminal.out(json ? JSON.stringify({ campaigns: known, running }, null, 2) : formatCampaigns(known));
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
                running,
                steps,
              },
              null,
              2,
            ),
          );
          return;
        }
        const { date, time, zone } = definition.launch;
        const drifted = await describeZoneDrift(id, campaigns);
        const rings = await describeRings(id, campaigns);
        terminal.out(
          [
            `${definition.name}: launch on ${date} at ${time} (${zone})`,
            `Audience: ${formatNumber(people.audience, 'person', 'people')}, ${formatCount(people.registered)} registered. Left out: ${formatReasons(people.leftOut)}.`,
            `Registration data: ${registrationsAsOf ? `from ${formatLocalTime(registrationsAsOf, zone)} (${zone})` : 'none yet'}.`,
            ...rings,
            '',
            formatSteps(steps),
            ...drifted.map((sentence) => `! ${sentence}`),
            ...tellWhatIsMissing(steps, running),
          ].join('\n'),
        );
      } finally {
        await database.close();
      }
    });
}

/** Which ring launches when, and what it waits for; nothing where everybody is one ring. */
async function describeRings(id: string, campaigns: CampaignStore): Promise<string[]> {
  const rings = await campaigns.rings(id);
  if (rings.length < 2) return [];
  const groups = await campaigns.groups(id);
  return rings.map(({ ring, people, waitsFor, goAt }) => {
    const dates = groups
      .filter(({ group, people: some }) => group.ring === ring && some > 0)
      .map((row) => row.launchDate);
    const first = dates.sort()[0];
    const gate = waitsFor ?? (goAt ? 'its gate is open: somebody said go' : undefined);
    return `Ring ${ring}: ${formatNumber(people, 'person', 'people')}${first ? `, launch on ${first}` : ''}${gate ? `; ${gate}` : ''}.`;
  });
}

/** A plan that nobody carries out looks like any other: so it is said. */
function tellWhatIsMissing(steps: StepSummary[], running: Record<EngineRole, number>): string[] {
  if (!steps.some(({ progress }) => progress === 'planned' || progress === 'sending')) return [];
  if (running.scheduler + running.worker === 0)
    return ['! Nothing is running that sends: keep `fanfare start` running.'];
  if (running.worker === 0) return ['! No worker is running: nothing is sent until `fanfare worker` runs.'];
  if (running.scheduler === 0) return ['! No scheduler is running: nothing begins until `fanfare scheduler` runs.'];
  return [];
}

function formatCampaigns(known: Array<{ id: string; name: string; launchDate: string; zone: string }>): string {
  if (known.length === 0)
    return 'No campaign yet. Write a campaign file with one launch date, then: fanfare apply FILE';
  return formatTable(
    ['Campaign', 'Name', 'Launch', 'Zone'],
    known.map(({ id, name, launchDate, zone }) => [id, name, launchDate, zone]),
  );
}
