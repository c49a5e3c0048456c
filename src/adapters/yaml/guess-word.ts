import { distance } from 'fastest-levenshtein';

/** The word of `words` that `found` was probably meant to be, or nothing where none is near. */
export function guessWord(found: string, words: readonly string[]): string | undefined {
  const simple = simplify(found);
  if (simple === '') return undefined;
  // One slip in a short word, two in five letters and more, three in twelve and more.
  const allowed = simple.length < 3 ? 0 : simple.length < 5 ? 1 : simple.length < 12 ? 2 : 3;
  let best: { word: string; slips: number } | undefined;
  for (const word of words) {
    const slips = countSlips(simple, simplify(word));
    if (slips <= allowed && (best === undefined || slips < best.slips)) best = { word, slips };
  }
  return best?.word;
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
