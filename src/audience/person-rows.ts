import { type LeftOutReason, leftOutReasons, type Recipient, type Registration } from '../campaign/recipient.js';
import { findDoubles } from './find-doubles.js';
import { hashText } from './hash-text.js';
import { lengthen } from './lengthen.js';
import { RowFinder } from './row-finder.js';

/** Who is who in a list. Rows are known by their number among the rows that were added, from 0 on. */
export interface People {
  /** Of each person in the audience the row that stays, in the order of their first rows. */
  inside: Uint32Array;
  /** The same of those who are not. */
  outside: Uint32Array;
  leftOut: Record<LeftOutReason, number>;
  /** Rows about a person for whom another row stays: how many, and the first 100 by their lines. */
  merged: { count: number; first: { line: number; sameAs: number }[] };
}

const firstCapacity = 256;
const mergedTold = 100;

/** For finding whose registration it is. */
type Finders = Record<'byObjectId' | 'byUserPrincipalName' | 'byPersonKey', RowFinder>;

/**
 * Who is who among the rows of a list, and whose registration it is; told from 33 bytes a row, where the people
 * themselves would be 1 GB of a million.
 *
 * Rows that share a person key or an object id are one person, also where a third row ties two together. The first of
 * them that is in the audience says who that is: an old, disabled account must not cost somebody their mail. The person
 * stands at the place of the first row about them. The ledger's SQL keeps to the same rules, and
 * match-registrations.ts has those of registrations. Texts are compared by their hashes: see hash-text.ts for the
 * chance that two are taken for one.
 */
export class PersonRows {
  /** Hashes; 0 where the row has none. */
  #personKeys = new Float64Array(firstCapacity);
  #objectIds = new Float64Array(firstCapacity);
  #userPrincipalNames = new Float64Array(firstCapacity);
  #lines = new Uint32Array(firstCapacity);
  /** 0: in the audience; else the reason's place among the reasons, from 1 on. */
  #leftOut = new Uint8Array(firstCapacity);
  /** The row itself, or an earlier one about the same person: at the end of that chain stands the first of them. */
  #earlier = new Uint32Array(0);
  #length = 0;
  #people: People | undefined;
  #finders: Finders | undefined;

  /** Lines must grow from row to row. Returns the row's number. */
  add(line: number, { personKey, objectId, userPrincipalName, leftOut }: Recipient): number {
    const row = this.#length;
    this.#length += 1;
    if (row === this.#lines.length) this.#lengthen(row + 1);
    this.#lines[row] = line;
    this.#leftOut[row] = leftOut === undefined ? 0 : leftOutReasons.indexOf(leftOut) + 1;
    if (objectId !== undefined) this.#objectIds[row] = hashText(objectId);
    if (userPrincipalName !== undefined) this.#userPrincipalNames[row] = hashText(userPrincipalName);
    // Last of all: whoever draws the person's lots next finds it remembered.
    this.#personKeys[row] = hashText(personKey);
    return row;
  }

  /** Decides which row stays of each person, when all rows are there. */
  settle(): People {
    this.#people ??= this.#settle();
    return this.#people;
  }

  /** The row that stays of the person whose registration it is; -1 where it is nobody's. */
  find({ objectId, userPrincipalName, addressKey }: Registration): number {
    this.#finders ??= this.#createFinders();
    const { byObjectId, byUserPrincipalName, byPersonKey } = this.#finders;
    const find = (finder: RowFinder, text: string | undefined) =>
      text === undefined ? -1 : finder.find(hashText(text));
    let found = find(byObjectId, objectId);
    if (found < 0) found = find(byUserPrincipalName, userPrincipalName);
    if (found < 0) found = find(byPersonKey, addressKey);
    if (found >= 0) return found;
    const namesake = find(byPersonKey, userPrincipalName);
    return namesake >= 0 && this.#userPrincipalNames[namesake] === 0 ? namesake : -1;
  }

  #settle(): People {
    this.#joinRows();
    const stays = this.#chooseRows();
    const leftOut = Object.fromEntries(leftOutReasons.map((reason) => [reason, 0])) as People['leftOut'];
    const merged: People['merged'] = { count: 0, first: [] };
    const inside = new Uint32Array(this.#length);
    const outside: number[] = [];
    let count = 0;
    for (let row = 0; row < this.#length; row += 1) {
      const first = this.#firstOf(row);
      const staying = stays[first] ?? 0;
      if (staying !== row) {
        merged.count += 1;
        if (merged.first.length < mergedTold) merged.first.push(this.#lineUp(row, staying));
      }
      if (first !== row) continue;
      const reason = this.#leftOut[staying] ?? 0;
      if (reason === 0) {
        inside[count] = staying;
        count += 1;
      } else {
        outside.push(staying);
        leftOut[leftOutReasons[reason - 1] as LeftOutReason] += 1;
      }
    }
    return { inside: inside.subarray(0, count), outside: Uint32Array.from(outside), leftOut, merged };
  }

  #lineUp(row: number, staying: number): { line: number; sameAs: number } {
    return { line: this.#lines[row] ?? 0, sameAs: this.#lines[staying] ?? 0 };
  }

  /** By the first row of each person the row that stays: the first in the audience, else that first row. */
  #chooseRows(): Uint32Array {
    const stays = new Uint32Array(this.#length);
    for (let row = 0; row < stays.length; row += 1) {
      const first = this.#firstOf(row);
      if (first === row) stays[row] = row;
      else if (this.#leftOut[stays[first] ?? 0] !== 0 && this.#leftOut[row] === 0) stays[first] = row;
    }
    return stays;
  }

  /** By the rows that stay, and of several by the first. */
  #createFinders(): Finders {
    const { inside, outside } = this.settle();
    return {
      byObjectId: new RowFinder(this.#objectIds, [inside, outside]),
      byUserPrincipalName: new RowFinder(this.#userPrincipalNames, [inside, outside]),
      byPersonKey: new RowFinder(this.#personKeys, [inside, outside]),
    };
  }

  #joinRows(): void {
    this.#earlier = new Uint32Array(this.#length);
    for (let row = 0; row < this.#length; row += 1) this.#earlier[row] = row;
    for (const column of [this.#personKeys, this.#objectIds]) {
      for (const { row, first } of findDoubles(column.subarray(0, this.#length))) {
        const [one, other] = [this.#firstOf(row), this.#firstOf(first)];
        this.#earlier[Math.max(one, other)] = Math.min(one, other);
      }
    }
  }

  #firstOf(row: number): number {
    const earlier = this.#earlier;
    let at = row;
    for (let next = earlier[at] ?? at; next !== at; next = earlier[at] ?? at) {
      // Half the way for whoever comes next.
      earlier[at] = earlier[next] ?? next;
      at = next;
    }
    return at;
  }

  #lengthen(length: number): void {
    this.#personKeys = lengthen(this.#personKeys, length);
    this.#objectIds = lengthen(this.#objectIds, length);
    this.#userPrincipalNames = lengthen(this.#userPrincipalNames, length);
    this.#lines = lengthen(this.#lines, length);
    this.#leftOut = lengthen(this.#leftOut, length);
  }
}
