import { closest, distance } from 'fastest-levenshtein';

/** The known name that was probably meant, as a hint; else the names there are. */
export function guessName(found: string, known: readonly string[]): string {
  if (known.length === 0) return 'there are none here';
  const near = closest(found, [...known]);
  const mistakes = distance(found.toLowerCase(), near.toLowerCase());
  if (mistakes <= Math.max(1, Math.floor(near.length / 3))) return `did you mean "${near}"?`;
  return `known here: ${known.slice(0, 30).join(', ')}`;
}
