import type { CountedGroup } from '../campaign/plan.js';
import type { Placement } from '../campaign/recipient.js';
import { lengthen } from './lengthen.js';

/** A place without the day of it. */
type Where = Pick<Placement, 'ring' | 'zone' | 'place'>;

const firstCapacity = 256;

/** Where the rows of a list belong, in 8 bytes each: there are few different places. */
export class PlacedRows {
  /** By ring, zone and place. */
  readonly #numbers = new Map<string, Map<string, Map<string, number>>>();
  readonly #groups: Where[] = [];
  #groupOf = new Uint32Array(firstCapacity);
  #lots = new Uint32Array(firstCapacity);

  set(row: number, placement: Placement): void {
    if (row >= this.#lots.length) {
      this.#groupOf = lengthen(this.#groupOf, row + 1);
      this.#lots = lengthen(this.#lots, row + 1);
    }
    this.#groupOf[row] = this.#numberOf(placement);
    this.#lots[row] = placement.lot;
  }

  countByRing(rows: Uint32Array): Map<string, number> {
    const people = new Uint32Array(this.#groups.length);
    for (const row of rows) {
      const group = this.#groupOf[row] ?? 0;
      people[group] = (people[group] ?? 0) + 1;
    }
    const byRing = new Map<string, number>();
    for (const [group, count] of people.entries()) {
      const { ring } = this.#groups[group] as Where;
      if (count > 0) byRing.set(ring, (byRing.get(ring) ?? 0) + count);
    }
    return byRing;
  }

  countBefore(rows: Uint32Array, ring: string, lot: number): number {
    let count = 0;
    for (const row of rows) {
      if ((this.#lots[row] ?? 0) < lot && this.#groups[this.#groupOf[row] ?? 0]?.ring === ring) count += 1;
    }
    return count;
  }

  /**
   * In order of ring, day, zone and place, as the ledger has them.
   * @param sizes how many people of a ring launch on each of its days: see `AudienceIndex`
   */
  countGroups(
    rows: Uint32Array,
    isRegistered: (row: number) => boolean,
    sizes?: ReadonlyMap<string, readonly number[]>,
  ): CountedGroup[] {
    const days = new Map<string, DayCounter>();
    const tallies = this.#groups.map(({ ring }): Tally => {
      const day = days.get(ring) ?? new DayCounter(sizes?.get(ring) ?? []);
      days.set(ring, day);
      return { day, people: [], registered: [] };
    });
    for (const row of sizes ? this.#orderByLot(rows) : rows) {
      const { day, people, registered } = tallies[this.#groupOf[row] ?? 0] as Tally;
      const tranche = day.next();
      people[tranche] = (people[tranche] ?? 0) + 1;
      if (isRegistered(row)) registered[tranche] = (registered[tranche] ?? 0) + 1;
    }
    return tallies
      .flatMap(({ people, registered }, number) => listDays(this.#groups[number] as Where, people, registered))
      .sort(compareGroups);
  }

  /** Whoever shares a lot stays in the order of the list. */
  #orderByLot(rows: Uint32Array): Uint32Array {
    const lots = this.#lots;
    return rows.slice().sort((one, other) => (lots[one] ?? 0) - (lots[other] ?? 0));
  }

  #numberOf({ ring, zone, place }: Where): number {
    const known = this.#numbers.get(ring)?.get(zone)?.get(place);
    if (known !== undefined) return known;
    const number = this.#groups.push({ ring, zone, place }) - 1;
    const zones = this.#numbers.get(ring) ?? new Map<string, Map<string, number>>();
    const places = zones.get(zone) ?? new Map<string, number>();
    this.#numbers.set(ring, zones.set(zone, places.set(place, number)));
    return number;
  }
}

/** How many people of a group launch on each day, as far as anybody does. */
interface Tally {
  /** Of the group's ring, which shares it with its other groups. */
  day: DayCounter;
  people: number[];
  registered: number[];
}

/** The days on which somebody launches. */
function listDays({ ring, zone, place }: Where, people: number[], registered: number[]): CountedGroup[] {
  return [...people.entries()].flatMap(([tranche, count]) =>
    count > 0 ? [{ ring, tranche, zone, place, people: count, registered: registered[tranche] ?? 0 }] : [],
  );
}

/** Gives out the days of a ring, person by person; whoever is beyond the last one's size gets the last. */
class DayCounter {
  readonly #sizes: readonly number[];
  #day = 0;
  #given = 0;

  constructor(sizes: readonly number[]) {
    this.#sizes = sizes;
  }

  next(): number {
    while (this.#day < this.#sizes.length - 1 && this.#given >= (this.#sizes[this.#day] ?? 0)) {
      this.#day += 1;
      this.#given = 0;
    }
    this.#given += 1;
    return this.#day;
  }
}

function compareGroups(one: CountedGroup, other: CountedGroup): number {
  return (
    compare(one.ring, other.ring) ||
    one.tranche - other.tranche ||
    compare(one.zone, other.zone) ||
    compare(one.place, other.place)
  );
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
