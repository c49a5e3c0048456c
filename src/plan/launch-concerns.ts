import type { Concern, PlannedStep } from '../campaign/plan.js';
import type { Calendar } from './calendar.js';

/** A launch on a day off is never moved silently, and never taken for meant: somebody accepts it, or changes it. */
export function findLaunchConcerns({ steps }: { steps: readonly PlannedStep[] }, calendar: Calendar): Concern[] {
  const days = new Map<string, Set<string>>();
  for (const { kind, localDate, group, shiftedFrom } of steps) {
    if (kind !== 'available-now' || shiftedFrom !== undefined) continue;
    const reason = calendar.dayOffReason(localDate, group.place);
    if (reason !== undefined) days.set(localDate, (days.get(localDate) ?? new Set()).add(reason));
  }
  return [...days].map(([date, reasons]) => ({
    code: 'launch-day-off',
    message: `the launch on ${date} is on a day off: ${[...reasons].join(', ')}`,
    hint: 'choose another launch date, give available-now "shift: after", or accept it: "accept: [launch-day-off]" in the file, or --accept launch-day-off',
  }));
}
