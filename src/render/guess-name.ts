import { guessWord } from '../campaign/guess-word.js';

/** The known name that was probably meant, as a hint; else the names there are. */
export function guessName(found: string, known: readonly string[]): string {
  if (known.length === 0) return 'there are none here';
  const near = guessWord(found, known);
  return near === undefined ? `known here: ${known.slice(0, 30).join(', ')}` : `did you mean "${near}"?`;
}
