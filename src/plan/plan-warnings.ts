import type { Campaign } from '../campaign/campaign.js';
import type { Plan, PlannedStep } from '../campaign/plan.js';
import { formatInstantIn } from './local-words.js';
import { resolveWallTime } from './wall-time.js';

type PlanWithoutWarnings = Omit<Plan, 'warnings' | 'concerns'>;

/**
 * What a person should look at before this plan runs, as sentences: each names the step and what happens as things
 * stand. A warning never stops a plan: all of these can be meant. What holds for many groups is said once.
 */
export function findPlanWarnings(plan: PlanWithoutWarnings, { launch, rings }: Campaign): string[] {
  const steps = listDistinct(plan.steps);
  const nameOf = (step: PlannedStep) => (rings.length > 1 ? `${step.id} (${step.group.ring})` : step.id);
  return [
    ...new Set([
      ...steps.flatMap((step) => describeClockChange(step, nameOf(step))),
      ...findSameInstants(steps, nameOf),
      ...steps.flatMap((step) => describePlace(step, nameOf(step), launch)),
      ...steps.flatMap((step) => describeRegisterBy(step, nameOf(step))),
      ...findLateLaunches(steps),
    ]),
  ];
}

/** Groups that differ in nothing a warning speaks of are one. */
function listDistinct(steps: readonly PlannedStep[]): PlannedStep[] {
  const kept = new Map<string, PlannedStep>();
  for (const step of steps) {
    const { id, localDate, localTime, zone, launchDate, group, skippedBecause } = step;
    if (skippedBecause !== undefined) continue;
    const key = [id, localDate, localTime, zone, launchDate, group.ring].join('|');
    if (!kept.has(key)) kept.set(key, step);
  }
  return [...kept.values()];
}

function describeClockChange({ localDate, localTime, zone, sendAt }: PlannedStep, name: string): string[] {
  const { note } = resolveWallTime({ date: localDate, time: localTime, zone });
  if (note === undefined) return [];
  const { date, time, offset } = formatInstantIn(sendAt, zone);
  const when = `${localTime} on ${localDate} in ${zone}`;
  if (note === 'gap') {
    const next = date === localDate ? time : `${time} on ${date}`;
    return [`${name}: ${when} does not exist, the clocks go forward over it. It goes at the next instant, ${next}.`];
  }
  return [`${name}: ${when} comes twice, the clocks go back over it. It goes the first time, at UTC${offset}.`];
}

/** For the people of one ring and zone, two steps at one instant are two mails at once. */
function findSameInstants(steps: readonly PlannedStep[], nameOf: (step: PlannedStep) => string): string[] {
  const together = new Map<string, PlannedStep[]>();
  for (const step of steps) {
    const key = `${step.sendAt.getTime()} ${step.group.ring} ${step.launchDate} ${step.zone}`;
    together.set(key, [...(together.get(key) ?? []), step]);
  }
  return [...together.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined || group.length < 2) return [];
    const names = group.map(nameOf);
    const all = `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
    return [`${all} go at the same instant, ${first.localDate} ${first.localTime}: one person may get them together.`];
  });
}

/** Judged by the launch instant: on the launch date itself, an earlier hour is still before the launch. */
function describePlace(step: PlannedStep, name: string, launch: Campaign['launch']): string[] {
  const { kind, localDate, localTime, sendAt, launchDate, zone, shiftedFrom, enforcedFrom } = step;
  const launchAt = resolveWallTime({ date: launchDate, time: launch.time, zone }).instant;
  const when = `${localDate} ${localTime}`;
  const launchTime = `${launchDate} ${launch.time}`;
  if (kind === 'available-now' && localDate !== launchDate && shiftedFrom === undefined)
    return [`${name} goes on ${when}, not on the launch date ${launchDate}: its text says "available now".`];
  if (kind === 'coming-soon' && sendAt >= launchAt)
    return [`${name} goes on ${when}, not before the launch (${launchTime}): its text announces what has begun.`];
  if ((kind === 'sign-up-reminder' || kind === 'last-call') && sendAt < launchAt)
    return [`${name} goes on ${when}, before the launch (${launchTime}): it reminds people of what is not there yet.`];
  if (kind === 'last-call' && enforcedFrom !== undefined && localDate >= enforcedFrom)
    return [`${name} goes on ${when}, and registering is enforced from ${enforcedFrom}: it comes too late.`];
  return [];
}

function describeRegisterBy({ kind, localDate, registerBy }: PlannedStep, name: string): string[] {
  if (kind !== 'sign-up-reminder') return [];
  if (localDate > registerBy)
    return [`${name} goes on ${localDate} and asks people to register by ${registerBy}, which is then over.`];
  if (localDate < registerBy) return [];
  return [`${name} goes on ${localDate}, the last day to register (registerBy): people have only that day left.`];
}

function findLateLaunches(steps: readonly PlannedStep[]): string[] {
  return steps.flatMap(({ launchDate, registerBy, enforcedFrom }) => [
    ...(registerBy < launchDate
      ? [`registerBy is ${registerBy}, before the launch date ${launchDate}: nobody can register by then.`]
      : []),
    ...(enforcedFrom !== undefined && enforcedFrom <= launchDate
      ? [
          `registering is enforced from ${enforcedFrom}, and the launch is on ${launchDate}: nobody can register before.`,
        ]
      : []),
  ]);
}
