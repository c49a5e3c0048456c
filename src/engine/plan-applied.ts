import type { Calendar } from '../plan/calendar.js';
import { findZoneDrift } from '../plan/find-zone-drift.js';
import { planCampaign } from '../plan/plan-campaign.js';
import { type JudgedPlan, judgePlan, type KnownSender } from './judge-plan.js';
import { layLedgerOver } from './lay-ledger-over.js';
import type { AppliedCampaign, CampaignStore } from './ports/campaign-store.js';
import { withRings } from './regroup-campaign.js';

/** The plan of an applied campaign with the people it has, by today's calendar and zones. */
export async function planApplied(
  { applied, calendar, sender }: { applied: AppliedCampaign; calendar: Calendar; sender: KnownSender },
  { campaigns }: { campaigns: Pick<CampaignStore, 'countGroups' | 'groups'> },
): Promise<{ plan: JudgedPlan; warnings: string[]; people: number }> {
  const { definition } = applied;
  const groups = await campaigns.countGroups(definition.id);
  const planned = planCampaign(definition, { calendar, groups: withRings(definition, groups) });
  const plan = judgePlan(layLedgerOver(planned, await campaigns.groups(definition.id)), groups, sender);
  const people = groups.reduce((sum, group) => sum + group.people, 0);
  return { plan, warnings: [...plan.warnings, ...(await describeZoneDrift(definition.id, campaigns))], people };
}

/** Instants that were planned by other rules of time zones than this computer has: told, and never moved silently. */
export async function describeZoneDrift(
  campaignId: string,
  campaigns: Pick<CampaignStore, 'groups'>,
): Promise<string[]> {
  const planned = (await campaigns.groups(campaignId)).filter(
    ({ openedAt, skippedBecause }) => !openedAt && !skippedBecause,
  );
  return findZoneDrift(planned).map(({ id, zone, localDate, localTime, plannedAt, nowAt }) => {
    const was = plannedAt.toISOString();
    const is = nowAt ? `today's rules say ${nowAt.toISOString()}` : 'this computer does not know that zone any more';
    return `${id} was planned for ${localDate} ${localTime} in ${zone} at ${was}; ${is}. Apply the campaign again to plan by today's rules`;
  });
}
