/**
 * Finds rows by a hash: a table with open addressing that is at most half full, 8 to 16 bytes a row.
 *
 * @param hashes of all rows by their numbers; 0 is no hash, and rows that have none are not found
 * @param rows the rows to find, the first of several with one hash
 */
export class RowFinder {
  readonly #hashes: Float64Array;
  /** Row numbers from 1 on; 0 is an empty slot. */
  readonly #slots: Uint32Array;

  constructor(hashes: Float64Array, rows: readonly Uint32Array[]) {
    const count = rows.reduce((sum, { length }) => sum + length, 0);
    this.#hashes = hashes;
    this.#slots = new Uint32Array(2 ** Math.ceil(Math.log2(2 * count + 1)));
    for (const part of rows) {
      for (const row of part) {
        const hash = hashes[row] ?? 0;
        if (hash === 0) continue;
        const slot = this.#slotOf(hash);
        if (this.#slots[slot] === 0) this.#slots[slot] = row + 1;
      }
    }
  }

  /** The row's number; -1 where there is none. */
  find(hash: number): number {
    return (this.#slots[this.#slotOf(hash)] ?? 0) - 1;
  }

  /** Where the hash stands, or would stand. */
  #slotOf(hash: number): number {
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (;;) {
      const row = this.#slots[slot] ?? 0;
      if (row === 0 || this.#hashes[row - 1] === hash) return slot;
      slot = (slot + 1) & mask;
    }
  }
}
