// Placeholder until the real one is there: overwrite.
import type { TimedStep } from '../campaign/plan.js';
export interface Drift {
  id: string;
  zone: string;
  localDate: string;
  localTime: string;
  plannedAt: Date;
  nowAt?: Date;
}
export function findZoneDrift(_: readonly TimedStep[]): Drift[] {
  return [];
}
