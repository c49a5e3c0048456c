import { closest, distance } from 'fastest-levenshtein';

/** The known name that was probably meant, as a hint; else the names there are. */
export function guessName(found: string, known: readonly string[]): string {
  if (known.length === 0) return 'there are none here';
  const near = closest(found, [...known]);
  const mistakes = distance(found.toLowerCase(), near.toLowerCase());
  const allowed = Math.min(near.length - 1, Math.floor(Math.max(found.length, near.length) / 2.5));
  if (mistakes <= Math.max(0, allowed)) return `did you mean "${near}"?`;
  return `known here: ${known.slice(0, 30).join(', ')}`;
}
