import type { ShiftRule } from './rollout-field.js';

/** What a mail of a campaign is, and what goes without saying for each kind. */
export const stepKinds = [
  'coming-soon',
  'available-now',
  'sign-up-reminder',
  'last-call',
  'launch-moved',
  'reconfirmation',
] as const;
export type StepKind = (typeof stepKinds)[number];

/** Kinds that are never sent to somebody who has already registered. */
const kindsForUnregistered: ReadonlySet<StepKind> = new Set(['sign-up-reminder', 'last-call']);

export function isOnlyForUnregistered(kind: StepKind): boolean {
  return kindsForUnregistered.has(kind);
}

/** How late a mail is still worth sending, where its step does not say; a late reminder helps nobody. */
export const usualWorth: Readonly<Record<StepKind, string>> = {
  'coming-soon': '72h',
  'available-now': '72h',
  'sign-up-reminder': '24h',
  'last-call': '24h',
  'launch-moved': '72h',
  // Each person has a day of their own: the step itself never ends.
  reconfirmation: '9999d',
};

/** Announcements move to the work day before, reminders to the one after; a launch never moves silently. */
export const usualShift: Readonly<Record<StepKind, ShiftRule>> = {
  'coming-soon': 'before',
  'available-now': 'none',
  'sign-up-reminder': 'after',
  'last-call': 'before',
  'launch-moved': 'after',
  reconfirmation: 'after',
};
