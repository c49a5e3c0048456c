import { DateTime } from 'luxon';
import type { Plan, PlannedStep } from '../campaign/plan.js';
import { parseOffset } from './offset.js';
import { resolveWallTime } from './wall-time.js';

type PlanWithoutWarnings = Omit<Plan, 'warnings'>;

/**
 * What a person should look at before this plan runs, as sentences: each names the step and what happens as things
 * stand. A warning never stops a plan: all of these can be meant.
 */
export function findPlanWarnings(plan: PlanWithoutWarnings): string[] {
  return [
    ...plan.steps.flatMap(describeClockChange),
    ...findSameInstants(plan),
    ...findStepsOutOfPlace(plan),
    ...findLateRegisterBy(plan),
  ];
}

function describeClockChange({ id, localDate, localTime, zone, sendAt }: PlannedStep): string[] {
  const { note } = resolveWallTime({ date: localDate, time: localTime, zone });
  if (note === undefined) return [];
  const local = DateTime.fromJSDate(sendAt, { zone });
  const when = `${localTime} on ${localDate} in ${zone}`;
  if (note === 'gap') {
    const day = local.toFormat('yyyy-MM-dd');
    const next = day === localDate ? local.toFormat('HH:mm') : `${local.toFormat('HH:mm')} on ${day}`;
    return [`${id}: ${when} does not exist, the clocks go forward over it. It goes at the next instant, ${next}.`];
  }
  const utcOffset = local.toFormat('ZZ');
  return [`${id}: ${when} comes twice, the clocks go back over it. It goes the first time, at UTC${utcOffset}.`];
}

function findSameInstants({ steps }: PlanWithoutWarnings): string[] {
  const idsByInstant = new Map<number, PlannedStep[]>();
  for (const step of steps) {
    const at = step.sendAt.getTime();
    idsByInstant.set(at, [...(idsByInstant.get(at) ?? []), step]);
  }
  return [...idsByInstant.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined || group.length < 2) return [];
    const names = group.map(({ id }) => id);
    const all = `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
    return [`${all} go at the same instant, ${first.localDate} ${first.localTime}: one person may get them together.`];
  });
}

/** Judged by the launch instant: on the launch date itself, an earlier hour is still before the launch. */
function findStepsOutOfPlace({ launch, steps }: PlanWithoutWarnings): string[] {
  const launchAt = resolveWallTime(launch).instant;
  const warnings: string[] = [];
  for (const { id, kind, offset, localDate, localTime, sendAt } of steps) {
    const when = `${localDate} ${localTime}`;
    const launchTime = `${launch.date} ${launch.time}`;
    if (kind === 'available-now' && parseOffset(offset).days !== 0) {
      warnings.push(`${id} goes on ${when}, not on the launch date ${launch.date}: its text says "available now".`);
    }
    if (kind === 'coming-soon' && sendAt >= launchAt) {
      warnings.push(`${id} goes on ${when}, not before the launch (${launchTime}): its text announces what has begun.`);
    }
    if (kind === 'sign-up-reminder' && sendAt < launchAt) {
      warnings.push(
        `${id} goes on ${when}, before the launch (${launchTime}): it reminds people of what is not there yet.`,
      );
    }
  }
  return warnings;
}

function findLateRegisterBy({ launch, registerBy, steps }: PlanWithoutWarnings): string[] {
  const warnings: string[] = [];
  if (registerBy < launch.date) {
    warnings.push(`registerBy is ${registerBy}, before the launch date ${launch.date}: nobody can register by then.`);
  }
  for (const { id, kind, localDate } of steps) {
    if (kind === 'sign-up-reminder' && localDate > registerBy) {
      warnings.push(`${id} goes on ${localDate} and asks people to register by ${registerBy}, which is then over.`);
    }
    if (kind === 'sign-up-reminder' && localDate === registerBy) {
      warnings.push(
        `${id} goes on ${localDate}, the last day to register (registerBy): people have only that day left.`,
      );
    }
  }
  return warnings;
}
