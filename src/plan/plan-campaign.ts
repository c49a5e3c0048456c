import type { Campaign } from '../campaign/campaign.js';
import type { Group, Plan } from '../campaign/plan.js';
import { type Calendar, createCalendar } from './calendar.js';
import { datesOf } from './group-dates.js';
import { findLaunchConcerns } from './launch-concerns.js';
import { planStep } from './plan-step.js';
import { findPlanWarnings } from './plan-warnings.js';

export interface PlanFacts {
  /** Work days, holidays and closures; the campaign's work days alone where it is left out. */
  calendar?: Calendar;
  /** The parts of the audience, people counted or not; where it is left out, one a ring. */
  groups?: readonly Group[];
}

/**
 * Launch date to plan: every step's local date, wall time and instant for every group, in order of the instants (steps
 * at the same instant keep the order of the file). Pure, and it takes any launch date, past ones too; refusing those
 * is for the command that starts a campaign. Never throws for a campaign that its schema let through.
 */
export function planCampaign(campaign: Campaign, facts: PlanFacts = {}): Plan {
  const { date, time, zone } = campaign.launch;
  const calendar = facts.calendar ?? workDaysOf(campaign);
  const groups = facts.groups ?? listRingGroups(campaign);
  const steps = groups
    .flatMap((group) => {
      const dates = datesOf(campaign, group, calendar);
      return campaign.steps.map((step) => planStep(step, { campaign, group, dates, calendar }));
    })
    .sort((a, b) => a.sendAt.getTime() - b.sendAt.getTime());
  const plan = {
    campaign: campaign.id,
    launch: { date, time, zone },
    registerBy: datesOf(campaign, { ...soleGroup(campaign), tranche: 0 }, calendar).registerBy,
    steps,
  };
  return { ...plan, warnings: findPlanWarnings(plan, campaign), concerns: findLaunchConcerns(plan, calendar) };
}

/** The campaign's own work days, without anybody's holidays. */
function workDaysOf({ calendar }: Campaign): Calendar {
  return createCalendar({ workDays: calendar.workDays, places: [], holidays: {}, closures: [] });
}

/** One group a ring: all that is known of an audience before there is one. */
export function listRingGroups({ rings }: Pick<Campaign, 'rings'>): Group[] {
  return rings.map(({ id }) => ({ ring: id, tranche: 0, zone: '', place: '' }));
}

/** Of the ring that most people are in: the last, which takes whoever is left. */
function soleGroup({ rings }: Campaign): Group {
  return { ring: rings.at(-1)?.id ?? '', tranche: 0, zone: '', place: '' };
}
