import type { Campaign } from '../campaign/campaign.js';
import type { Group, GroupDates } from '../campaign/plan.js';
import { addWorkDays, applyOffset, type Calendar } from './calendar.js';

/** Whether nobody works on that day, for people of one place. */
export type IsDayOff = (date: string) => boolean;

export function dayOffIn(calendar: Calendar, place: string): IsDayOff {
  return (date) => calendar.dayOffReason(date, place) !== undefined;
}

/** A ring launches on its own day; where `newPerDay` spreads it, its next people launch on the next work days. */
export function launchDateOf(
  { launch, rings }: Pick<Campaign, 'launch' | 'rings'>,
  { ring: id, tranche }: Pick<Group, 'ring' | 'tranche'>,
  calendar: Calendar,
): string {
  const ring = rings.find((each) => each.id === id);
  if (!ring) throw new Error(`there is no ring "${id}"`);
  const days = daysOf(calendar, launch.date, ring.offset);
  const isDayOff = dayOffIn(calendar, '');
  for (let last = days.at(-1); last !== undefined && days.length <= tranche; last = days.at(-1))
    days.push(addWorkDays(last, 1, isDayOff));
  return days[tranche] as string;
}

/** Counted once and remembered: each of 2,000 days from the first on would take seconds. */
const launchDays = new WeakMap<Calendar, Map<string, string[]>>();

function daysOf(calendar: Calendar, launchDate: string, offset: string): string[] {
  const known = launchDays.get(calendar) ?? new Map<string, string[]>();
  launchDays.set(calendar, known);
  const key = `${launchDate} ${offset}`;
  const days = known.get(key) ?? [applyOffset(launchDate, offset, dayOffIn(calendar, ''))];
  known.set(key, days);
  return days;
}

/** The dates that the mails of a group name; they all follow from its launch. */
export function datesOf(campaign: Campaign, group: Group, calendar: Calendar): GroupDates {
  const isDayOff = dayOffIn(calendar, group.place);
  const launchDate = launchDateOf(campaign, group, calendar);
  const { from } = campaign.enforcement ?? {};
  const isDate = from !== undefined && /^\d{4}-/.test(from);
  return {
    launchDate,
    registerBy: applyOffset(launchDate, campaign.registerBy, isDayOff),
    ...(from !== undefined && { enforcedFrom: isDate ? from : applyOffset(launchDate, from, isDayOff) }),
  };
}
