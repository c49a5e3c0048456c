// Placeholder until the real one is there: overwrite.
import type { Concern, PlannedStep } from '../campaign/plan.js';
import type { Finish, SenderLimits } from './finish-times.js';
export function judgeCapacity(_: {
  steps: readonly PlannedStep[];
  people: (step: PlannedStep) => number;
  sender: { name: string; limits: SenderLimits };
}): { finishes: Map<PlannedStep, Finish>; concerns: Concern[] } {
  return { finishes: new Map(), concerns: [] };
}
