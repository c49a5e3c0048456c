import { distance } from 'fastest-levenshtein';

/** The word of `words` that `found` was probably meant to be, or nothing where none is near: the one "did you mean". */
export function guessWord(found: string, words: readonly string[]): string | undefined {
  const simple = simplify(found);
  if (simple === '') return undefined;
  let best: { word: string; slips: number } | undefined;
  for (const word of words) {
    const meant = simplify(word);
    const slips = countSlips(simple, meant);
    if (slips <= allowSlips(simple.length, meant.length) && (best === undefined || slips < best.slips))
      best = { word, slips };
  }
  return best?.word;
}

/** One slip in a short word, two in five letters and more, three in twelve and more. */
function allowSlips(found: number, meant: number): number {
  const shorter = Math.min(found, meant);
  const longer = Math.max(found, meant);
  if (shorter < 3) return 0;
  if (shorter < 4 || longer < 5) return 1;
  return longer < 12 ? 2 : 3;
}

/** Two letters that changed places are one slip of the hand, though two replacements. */
function countSlips(a: string, b: string): number {
  const slips = distance(a, b);
  const isTransposed = slips === 2 && [...a].sort().join('') === [...b].sort().join('');
  return isTransposed ? 1 : slips;
}

/** What people confuse without being wrong about the word: case, and how its parts are joined. */
function simplify(word: string): string {
  return word.toLowerCase().replace(/[\s_-]+/g, '-');
}
