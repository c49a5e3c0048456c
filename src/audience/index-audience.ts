import type { CountedGroup } from '../campaign/plan.js';
import type { LeftOutReason, Recipient, Registration } from '../campaign/recipient.js';
import { lengthen } from './lengthen.js';
import { PersonRows } from './person-rows.js';
import type { Placed } from './place-person.js';
import { PlacedRows } from './placed-rows.js';
import type { RecipientRow } from './read-recipients.js';
import type { RejectedRow } from './table.js';

/** What is worth telling of some people and kept nobody out: how many, and what is said of the first 100. */
export interface Remarks {
  count: number;
  first: { line: number; message: string }[];
}

/** A list as a plan needs it. Rows read = people of the audience + left out + merged + rejected. */
export interface AudienceIndex {
  /** People of the audience. */
  count: number;
  leftOut: Readonly<Record<LeftOutReason, number>>;
  /** Rows about a person for whom another row stays: how many, and the first 100 by their lines. */
  merged: { count: number; first: { line: number; sameAs: number }[] };
  /** At most 100,000 of them. */
  rejects: RejectedRow[];
  rejectedCount: number;
  /** Of all rows: a language that nobody knows. Of rows in the audience: a zone that nobody knows. */
  remarks: Readonly<Record<'language' | 'zone', Remarks>>;
  /** People of the audience without a first name. */
  nameless: number;
  /** Finds whose registration it is, and remembers who has registered. False where it is nobody's. */
  register(registration: Registration): boolean;
  /** People of the audience who have registered. */
  countRegistered(): number;
  /** Rings without people are not in it. */
  peopleByRing(): Map<string, number>;
  /** How many people of the ring have a lower lot. */
  countBefore(ring: string, lot: number): number;
  /**
   * The audience by group, in order of ring, day, zone and place.
   *
   * `sizes` says how many people of a ring launch on each of its days. They get their days in the order of their lots;
   * whoever is beyond the last size launches on the last day. The few who share a lot, which has 31 bits, stand in the
   * order of the list here; the ledger orders those by their person keys.
   */
  countGroups(sizes?: ReadonlyMap<string, readonly number[]>): CountedGroup[];
}

/** Rejected rows kept for telling; all of them are counted. */
const rejectsKept = 100_000;
const remarksKept = 100;
const firstCapacity = 256;

/** What is marked of a row: one bit each. */
const isNamed = 1;
const isLeftOut = 2;
const isRegistered = 4;

/**
 * Reads a list and keeps some 50 bytes of each person: a million people fit into a command's memory. Who is the same
 * person and whose registration it is: see person-rows.ts.
 *
 * @param place where somebody belongs; asked for rows in the audience only
 * @param onRow is told how many rows have been read
 */
export async function indexAudience(
  pieces: AsyncIterable<Iterable<RecipientRow | RejectedRow>>,
  place: (recipient: Recipient) => Placed,
  onRow: (rows: number) => void = () => {},
): Promise<AudienceIndex> {
  const reader = new AudienceReader(place);
  let rows = 0;
  for await (const piece of pieces) {
    for (const row of piece) {
      if ('reject' in row) reader.reject(row);
      else reader.take(row);
      rows += 1;
      onRow(rows);
    }
  }
  return reader.end();
}

class AudienceReader {
  readonly #place: (recipient: Recipient) => Placed;
  readonly #people = new PersonRows();
  readonly #placed = new PlacedRows();
  #marks = new Uint8Array(firstCapacity);
  readonly #rejects: RejectedRow[] = [];
  #rejectedCount = 0;
  readonly #remarks: AudienceIndex['remarks'] = { language: { count: 0, first: [] }, zone: { count: 0, first: [] } };

  constructor(place: (recipient: Recipient) => Placed) {
    this.#place = place;
  }

  reject(row: RejectedRow): void {
    this.#rejectedCount += 1;
    // A copy: each cell is a part of the text of its piece, and would keep all 64 kB of that.
    if (this.#rejects.length < rejectsKept) this.#rejects.push(structuredClone(row));
  }

  take({ line, recipient, remark }: RecipientRow): void {
    if (remark) addRemark(this.#remarks.language, line, remark.message);
    const row = this.#people.add(line, recipient);
    if (row === this.#marks.length) this.#marks = lengthen(this.#marks, row + 1);
    this.#marks[row] =
      (recipient.firstName === undefined ? 0 : isNamed) | (recipient.leftOut === undefined ? 0 : isLeftOut);
    if (recipient.leftOut !== undefined) return;
    const found = this.#place(recipient);
    this.#placed.set(row, found.placement);
    if (found.remark !== undefined) addRemark(this.#remarks.zone, line, found.remark);
  }

  end(): AudienceIndex {
    const people = this.#people;
    const placed = this.#placed;
    const marks = this.#marks;
    const has = (row: number, mark: number) => ((marks[row] ?? 0) & mark) !== 0;
    const { inside, leftOut, merged } = people.settle();
    let registered = 0;
    return {
      ...{ count: inside.length, leftOut, merged },
      ...{ rejects: this.#rejects, rejectedCount: this.#rejectedCount, remarks: this.#remarks },
      nameless: inside.reduce((sum, row) => (has(row, isNamed) ? sum : sum + 1), 0),
      register(registration) {
        const row = people.find(registration);
        if (row < 0) return false;
        if (registration.registered && !has(row, isRegistered | isLeftOut)) {
          marks[row] = (marks[row] ?? 0) | isRegistered;
          registered += 1;
        }
        return true;
      },
      countRegistered: () => registered,
      peopleByRing: () => placed.countByRing(inside),
      countBefore: (ring, lot) => placed.countBefore(inside, ring, lot),
      countGroups: (sizes) => placed.countGroups(inside, (row) => has(row, isRegistered), sizes),
    };
  }
}

function addRemark(remarks: Remarks, line: number, message: string): void {
  remarks.count += 1;
  if (remarks.first.length < remarksKept) remarks.first.push({ line, message });
}
