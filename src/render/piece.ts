import type { PersonKey } from './person-values.js';

/** What is left of a template when everything but the person is known. */
export type Piece = string | Slot | Choice;
export interface Slot {
  slot: PersonKey;
}
export interface Choice {
  /** True where this value is not empty; before the dates are known, also the name of a claim. */
  when: PersonKey;
  filled: Piece[];
  empty: Piece[];
}

/** Pieces whose every choice is made: texts and slots in turn, no two texts beside each other. */
export type Run = (string | Slot)[];

/** Appends to a run, so that texts merge. */
export function extendRun(run: Run, piece: string | Slot): void {
  const last = run.length - 1;
  const end = run[last];
  if (typeof piece === 'string' && typeof end === 'string') run[last] = end + piece;
  else if (piece !== '') run.push(piece);
}

/** Makes every choice by `isFilled`. */
export function choosePieces(pieces: readonly Piece[], isFilled: (key: PersonKey) => boolean, run: Run = []): Run {
  for (const piece of pieces) {
    if (typeof piece === 'string' || 'slot' in piece) extendRun(run, piece);
    else choosePieces(isFilled(piece.when) ? piece.filled : piece.empty, isFilled, run);
  }
  return run;
}

/** Every value that the pieces show or ask for, in order of appearance. */
export function keysOf(pieces: readonly Piece[], keys = new Set<PersonKey>()): Set<PersonKey> {
  for (const piece of pieces) {
    if (typeof piece === 'string') continue;
    if ('slot' in piece) keys.add(piece.slot);
    else {
      keys.add(piece.when);
      keysOf(piece.filled, keys);
      keysOf(piece.empty, keys);
    }
  }
  return keys;
}

/** Every value that decides a choice. */
export function conditionsOf(pieces: readonly Piece[], keys = new Set<PersonKey>()): Set<PersonKey> {
  for (const piece of pieces) {
    if (typeof piece === 'string' || 'slot' in piece) continue;
    keys.add(piece.when);
    conditionsOf(piece.filled, keys);
    conditionsOf(piece.empty, keys);
  }
  return keys;
}

/** How long a value usually is, in characters, for line breaks and limits. */
export function usualWidth(key: PersonKey): number {
  const widths: Readonly<Record<string, number>> = {
    firstName: 7,
    displayName: 16,
    address: 28,
    asOf: 32,
    asOfDate: 25,
    asOfTime: 6,
    confirmBy: 27,
  };
  return widths[key] ?? 12;
}

/** The longest that the pieces usually become, as `measure` counts texts. */
export function longestOf(pieces: readonly Piece[], measure: (text: string) => number): number {
  let sum = 0;
  for (const piece of pieces) {
    if (typeof piece === 'string') sum += measure(piece);
    else if ('slot' in piece) sum += usualWidth(piece.slot);
    else sum += Math.max(longestOf(piece.filled, measure), longestOf(piece.empty, measure));
  }
  return sum;
}
