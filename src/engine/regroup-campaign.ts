import type { Campaign } from '../campaign/campaign.js';
import type { Group, PlannedStep } from '../campaign/plan.js';
import type { Calendar } from '../plan/calendar.js';
import { formatInstantIn } from '../plan/local-words.js';
import { listRingGroups, planCampaign } from '../plan/plan-campaign.js';
import { spreadLaunches } from '../plan/spread-launches.js';
import { type FindRow, indexRows } from './index-rows.js';
import type { Regroup, StepSettings } from './ports/campaign-store.js';
import { settingsOf } from './step-settings.js';

/** How a campaign's people and its plan come together, whenever one of them changes. */
export function createRegroup(
  campaign: Campaign,
  calendar: Calendar,
  now: Date,
  past: string,
  version?: number,
): Regroup {
  const today = formatInstantIn(now, campaign.launch.zone).date;
  return {
    ...(version !== undefined && { version }),
    ...(campaign.newPerDay !== undefined && {
      spread: (people, placed) => spreadLaunches(campaign, people, calendar, { placed, after: today }),
    }),
    plan(groups, rows) {
      const findRow = indexRows(rows);
      const plan = planCampaign(campaign, { calendar, groups: withRings(campaign, groups) });
      return { plan, steps: plan.steps.map((step) => settleStep(step, campaign, { findRow, now, past })) };
    },
  };
}

/** A ring without people has its instants too: somebody may still be added. */
export function withRings(campaign: Campaign, groups: readonly Group[]): Group[] {
  return [...groups, ...listRingGroups(campaign).filter(({ ring }) => !groups.some((group) => group.ring === ring))];
}

/** A group whose time has passed before anybody planned it is not sent late without a word: it is skipped, with the reason. */
export function settleStep(
  step: PlannedStep,
  campaign: Campaign,
  { findRow, now, past }: { findRow: FindRow; now: Date; past: string },
): StepSettings {
  const settings = settingsOf(step, campaign);
  const known = findRow(step);
  const isWhereItWas = known?.sendAt.getTime() === step.sendAt.getTime();
  const alreadyDue = known && !known.skippedBecause && isWhereItWas;
  if (step.skippedBecause || step.sendAt > now || alreadyDue || known?.openedAt || isPersonal(step)) return settings;
  return { ...settings, skippedBecause: (isWhereItWas && known?.skippedBecause) || past };
}

/** Each person has an instant of their own: the group's own is only the first there could be. */
function isPersonal({ kind }: PlannedStep): boolean {
  return kind === 'reconfirmation';
}
