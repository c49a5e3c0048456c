import { foldHeader } from './fold-header.js';

/** The name a person probably meant: contains the wanted one or is contained in it, or differs by a third at most. */
export function findNearName(wanted: string, names: readonly string[]): string | undefined {
  const target = foldHeader(wanted);
  let near: { name: string; distance: number } | undefined;
  for (const name of names) {
    const folded = foldHeader(name);
    if (folded.length < 2) continue;
    const nested = folded.length > 3 && (folded.includes(target) || target.includes(folded));
    const distance = nested ? 1 : countEdits(folded, target);
    if (distance <= Math.max(1, target.length / 3) && distance < (near?.distance ?? Number.POSITIVE_INFINITY)) {
      near = { name, distance };
    }
  }
  return near?.name;
}

/** Levenshtein distance. */
function countEdits(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
