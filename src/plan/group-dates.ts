import type { Campaign } from '../campaign/campaign.js';
import type { Group, GroupDates } from '../campaign/plan.js';
import { addWorkDays, applyOffset, type Calendar, shiftDate } from './calendar.js';

/** Whether nobody works on that day, for people of one place. */
export type IsDayOff = (date: string) => boolean;

export function dayOffIn(calendar: Calendar, place: string): IsDayOff {
  return (date) => calendar.dayOffReason(date, place) !== undefined;
}

/**
 * A ring launches on its own day; where `newPerDay` spreads it, its next people launch on the next work days. Where
 * Available Now gives way to a day off (`shift: after`), that is the day on which these people launch.
 */
export function launchDateOf(
  campaign: Pick<Campaign, 'launch' | 'rings' | 'steps'>,
  { ring: id, tranche, place }: Pick<Group, 'ring' | 'tranche' | 'place'>,
  calendar: Calendar,
): string {
  const ring = campaign.rings.find((each) => each.id === id);
  if (!ring) throw new Error(`there is no ring "${id}"`);
  const rule = campaign.steps.find(({ kind, offset }) => kind === 'available-now' && offset === '0d')?.shift ?? 'none';
  const move = (date: string, where: string) => {
    const moved = shiftDate(date, rule === 'skip' ? 'none' : rule, dayOffIn(calendar, where));
    return moved === 'skip' ? date : moved.date;
  };
  const isDayOff = dayOffIn(calendar, '');
  const days = daysOf(calendar, `${campaign.launch.date} ${ring.offset} ${rule}`, () =>
    move(applyOffset(campaign.launch.date, ring.offset, isDayOff), ''),
  );
  for (let last = days.at(-1); last !== undefined && days.length <= tranche; last = days.at(-1))
    days.push(addWorkDays(last, 1, isDayOff));
  return move(days[tranche] as string, place);
}

/** Counted once and remembered: each of 500 days from the first on would take seconds. */
const launchDays = new WeakMap<Calendar, Map<string, string[]>>();

function daysOf(calendar: Calendar, key: string, findFirst: () => string): string[] {
  const known = launchDays.get(calendar) ?? new Map<string, string[]>();
  launchDays.set(calendar, known);
  const days = known.get(key) ?? [findFirst()];
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
