import { DateTime } from 'luxon';
import type { Campaign, Step } from '../campaign/campaign.js';
import type { Plan, PlannedStep } from '../campaign/plan.js';
import { parseOffset } from './offset.js';
import { findPlanWarnings } from './plan-warnings.js';
import { resolveWallTime } from './wall-time.js';

/**
 * Launch date to plan: every step's local date, wall time and instant, in order of the instants (steps at the same
 * instant keep the order of the file). Pure, and it takes any launch date, past ones too; refusing those is for the
 * command that starts a campaign. Never throws for a campaign that its schema let through.
 */
export function planCampaign(campaign: Campaign): Plan {
  const { date, time, zone } = campaign.launch;
  const steps = campaign.steps
    .map((step) => planStep(step, campaign.launch))
    .sort((a, b) => a.sendAt.getTime() - b.sendAt.getTime());
  const plan = {
    campaign: campaign.id,
    launch: { date, time, zone },
    registerBy: addDays(date, campaign.registerBy),
    steps,
  };
  return { ...plan, warnings: findPlanWarnings(plan) };
}

function planStep(step: Step, { date, zone }: Campaign['launch']): PlannedStep {
  const { id, kind, offset, time, canary, onUncertain, expiresAfter } = step;
  const localDate = addDays(date, offset);
  const { instant } = resolveWallTime({ date: localDate, time, zone });
  return {
    ...{ id, kind, offset, localDate, localTime: time, zone, sendAt: instant },
    ...(canary && { canary }),
    ...(onUncertain && { onUncertain }),
    ...(expiresAfter && { expiresAfter }),
  };
}

/** Calendar days, counted without a zone: a day of 23 or 25 hours is a day. */
function addDays(date: string, offset: string): string {
  return DateTime.fromISO(date, { zone: 'utc' }).plus(parseOffset(offset)).toFormat('yyyy-MM-dd');
}
