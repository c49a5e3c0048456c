import type { Campaign } from '../campaign/campaign.js';
import { BadInput } from '../campaign/problem.js';
import type { Calendar } from './calendar.js';
import { launchDateOf } from './group-dates.js';

/** Two years of work days: whoever spreads a ring over more has given a figure for something else. */
const mostDays = 500;

/** Of a campaign that runs: who has a day already, by ring and day, and the last date that is over. */
interface Begun {
  placed: ReadonlyMap<string, readonly number[]>;
  after: string;
}

/**
 * How many people of each ring launch on each of its days, so that no day has more than `newPerDay` over all rings.
 * Rings are let in by their launch dates, and in the order of the file on the same one; a day that is full leaves the
 * next ring 0 people there. Of rings that have begun, only people without a day are counted.
 * @throws BadInput where a ring would take more than 500 work days
 */
export function spreadLaunches(
  campaign: Campaign,
  people: ReadonlyMap<string, number>,
  calendar: Calendar,
  { placed, after }: Begun = { placed: new Map(), after: '' },
): Map<string, number[]> {
  const { newPerDay = Number.POSITIVE_INFINITY, rings } = campaign;
  const dateOf = (ring: string, tranche: number) => launchDateOf(campaign, { ring, tranche, place: '' }, calendar);
  const room = new Map<string, number>();
  const take = (date: string, size: number) => room.set(date, (room.get(date) ?? newPerDay) - size);
  for (const [ring, days] of placed) for (const [tranche, size] of days.entries()) take(dateOf(ring, tranche), size);
  const order = rings
    .map(({ id }) => ({ id, launch: dateOf(id, 0) }))
    .sort((a, b) => (a.launch < b.launch ? -1 : a.launch > b.launch ? 1 : 0));
  const sizes = new Map<string, number[]>();
  for (const { id } of order) {
    const begun = placed.get(id);
    const days: number[] = [];
    let left = (people.get(id) ?? 0) - (begun ?? []).reduce((sum, size) => sum + size, 0);
    for (let tranche = 0; left > 0; tranche += 1) {
      if (tranche > mostDays) refuseSpread(id, people.get(id) ?? 0, newPerDay);
      const date = dateOf(id, tranche);
      const isOver = begun !== undefined && date <= after;
      const size = isOver ? 0 : Math.min(left, Math.max(0, room.get(date) ?? newPerDay));
      take(date, size);
      days.push(size);
      left -= size;
    }
    sizes.set(id, days);
  }
  return sizes;
}

function refuseSpread(ring: string, people: number, newPerDay: number): never {
  throw new BadInput([
    {
      field: 'newPerDay',
      message: `with ${newPerDay} a day, the ${people.toLocaleString('en-GB')} people of ring ${ring} would take more than ${mostDays} work days`,
      hint: 'allow more people a day',
    },
  ]);
}
