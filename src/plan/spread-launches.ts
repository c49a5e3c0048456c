import type { Campaign } from '../campaign/campaign.js';
import type { Calendar } from './calendar.js';
import { launchDateOf } from './group-dates.js';

/** A help desk that sees nobody new for so many work days in a row has been given too few a day: a slip of the pen. */
const mostDays = 2_000;

/**
 * How many people of each ring launch on each of its days, so that no day has more than `newPerDay` over all rings.
 * Rings are let in by their launch dates, and in the order of the file on the same one; a day that is full leaves the
 * next ring 0 people there. The last day takes whoever is left after 2,000.
 */
export function spreadLaunches(
  campaign: Campaign,
  people: ReadonlyMap<string, number>,
  calendar: Calendar,
): Map<string, number[]> {
  const { newPerDay = Number.POSITIVE_INFINITY, rings } = campaign;
  const room = new Map<string, number>();
  const order = rings
    .map(({ id }) => ({ id, launch: launchDateOf(campaign, { ring: id, tranche: 0 }, calendar) }))
    .sort((a, b) => (a.launch < b.launch ? -1 : a.launch > b.launch ? 1 : 0));
  const sizes = new Map<string, number[]>();
  for (const { id } of order) {
    const days: number[] = [];
    let left = people.get(id) ?? 0;
    for (let tranche = 0; left > 0; tranche += 1) {
      const date = launchDateOf(campaign, { ring: id, tranche }, calendar);
      const free = room.get(date) ?? newPerDay;
      const size = tranche === mostDays ? left : Math.min(left, free);
      room.set(date, free - size);
      days.push(size);
      left -= size;
    }
    sizes.set(id, days);
  }
  return sizes;
}
