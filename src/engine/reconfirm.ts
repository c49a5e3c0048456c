import type { Campaign } from '../campaign/campaign.js';
import { type Calendar, shiftDate } from '../plan/calendar.js';
import { dayOffIn } from '../plan/group-dates.js';
import { formatInstantIn } from '../plan/local-words.js';
import { reconfirmDay } from '../plan/reconfirm-day.js';
import { resolveWallTime } from '../plan/wall-time.js';
import { calendarOf } from './campaign-calendar.js';
import type { CampaignStore } from './ports/campaign-store.js';
import type { ListHolidays } from './ports/holidays.js';
import type { MessageLedger, Reconfirmable } from './ports/message-ledger.js';

export interface ReconfirmPorts {
  campaigns: Pick<CampaignStore, 'find'>;
  ledger: Pick<MessageLedger, 'listReconfirmable' | 'createReconfirmations'>;
  listHolidays: ListHolidays;
}

/** People a tick takes on: whoever is left is taken by the next one. */
const atOnce = 2_000;

/**
 * Whose registration must be confirmed again is told on a day of their own: so long after they registered, moved off
 * days off as the step says, at its time in their zone. Returns how many messages were made.
 */
export async function openReconfirmations(
  { campaigns, ledger, listHolidays }: ReconfirmPorts,
  now: Date,
): Promise<number> {
  const people = await ledger.listReconfirmable(now, atOnce);
  if (people.length === 0) return 0;
  const known = new Map<string, { calendar: Calendar; definition: Campaign }>();
  for (const campaignId of new Set(people.map((person) => person.campaignId))) {
    const applied = await campaigns.find(campaignId);
    if (!applied) continue;
    const { definition, lists } = applied;
    known.set(campaignId, { calendar: await calendarOf(definition, lists, listHolidays), definition });
  }
  const due = people.flatMap((person) => {
    const { stepKey, groupKey, recipientId, campaignId } = person;
    const facts = known.get(campaignId);
    const dueAt = facts && dueOf(person, facts.definition, facts.calendar);
    return dueAt ? [{ stepKey, groupKey, recipientId, dueAt }] : [];
  });
  return ledger.createReconfirmations(due, now);
}

function dueOf(person: Reconfirmable, campaign: Campaign, calendar: Calendar): Date | undefined {
  const { registeredAt, stepId, time, zone, place } = person;
  const step = campaign.steps.find(({ id }) => id === stepId);
  if (!step || !campaign.reconfirmation) return undefined;
  const isDayOff = dayOffIn(calendar, place);
  const wanted = reconfirmDay(formatInstantIn(registeredAt, zone).date, step, campaign.reconfirmation, isDayOff);
  const day = shiftDate(wanted, step.shift, isDayOff);
  return day === 'skip' ? undefined : resolveWallTime({ date: day.date, time, zone }).instant;
}
