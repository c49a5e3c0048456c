import { guessWord } from '../campaign/guess-word.js';
import { foldHeader } from './fold-header.js';

/** The name a person probably meant: contains the wanted one or is contained in it, or is some slips away from it. */
export function findNearName(wanted: string, names: readonly string[]): string | undefined {
  const target = foldHeader(wanted);
  const folded = names.map(foldHeader);
  const nested = folded.find((name) => name.length > 3 && (name.includes(target) || target.includes(name)));
  const near = nested ?? guessWord(target, folded);
  return near === undefined ? undefined : names[folded.indexOf(near)];
}
