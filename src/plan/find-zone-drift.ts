import type { TimedStep } from '../campaign/plan.js';
import { isTimeZone } from '../campaign/time-zone.js';
import { resolveWallTime } from './wall-time.js';

/** A step whose wall time is another instant today than when it was planned. */
export interface Drift {
  id: string;
  zone: string;
  /** `YYYY-MM-DD`. */
  localDate: string;
  /** `HH:MM`. */
  localTime: string;
  plannedAt: Date;
  /** Absent: this Node does not know the zone any more. */
  nowAt?: Date;
}

/**
 * Steps whose stored instant is not what their stored date, time and zone name by the rules that this Node has: a
 * country changed its clocks, or somebody updated Node, since they were planned. In the order of the steps; the groups
 * of a step that share date, time, zone and instant are told once.
 *
 * Expects what `planCampaign` keeps: date and time are those of `sendAt`, also where days off or a sending window moved
 * it. Where an hour is missing or comes twice, `resolveWallTime` chooses as it did then, so that is no drift.
 * The people of a step who wait for a later window, a canary or a gap have instants of their own: not looked at here.
 */
export function findZoneDrift(steps: readonly TimedStep[]): Drift[] {
  const instants = new Map<string, Date | undefined>();
  const drifts = new Map<string, Drift>();
  for (const { id, zone, localDate, localTime, sendAt } of steps) {
    const wallTime = `${localDate} ${localTime} ${zone}`;
    if (!instants.has(wallTime)) instants.set(wallTime, resolveToday({ date: localDate, time: localTime, zone }));
    const nowAt = instants.get(wallTime);
    if (nowAt?.getTime() === sendAt.getTime()) continue;
    const drift = { id, zone, localDate, localTime, plannedAt: sendAt, ...(nowAt && { nowAt }) };
    drifts.set(`${id} ${wallTime} ${sendAt.getTime()}`, drift);
  }
  return [...drifts.values()];
}

function resolveToday(wallTime: Parameters<typeof resolveWallTime>[0]): Date | undefined {
  return isTimeZone(wallTime.zone) ? resolveWallTime(wallTime).instant : undefined;
}
