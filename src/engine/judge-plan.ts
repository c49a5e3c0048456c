import { type CountedGroup, nameGroup, type Plan, type PlannedStep } from '../campaign/plan.js';
import { isOnlyForUnregistered } from '../campaign/step-kind.js';
import type { SenderLimits } from '../plan/finish-times.js';
import { judgeCapacity } from '../plan/judge-capacity.js';

/** A sender by its name, and what it allows; no limits where none are known. */
export interface KnownSender {
  name: string;
  limits: SenderLimits;
}

export interface JudgedPlan extends Plan {
  /** People each step of a group goes to as things stand, and when the last of them has it; absent: never. */
  figures: ReadonlyMap<PlannedStep, { people: number; finishesAt?: Date }>;
}

/** The plan with the people in it: what each step comes to, and what the sender cannot carry in time. */
export function judgePlan(plan: Plan, groups: readonly CountedGroup[], sender: KnownSender): JudgedPlan {
  const sizes = new Map(groups.map((group) => [nameGroup(group), group]));
  const countPeople = ({ kind, group, skippedBecause }: PlannedStep): number => {
    const { people = 0, registered = 0 } = sizes.get(nameGroup(group)) ?? {};
    if (skippedBecause !== undefined) return 0;
    if (kind === 'reconfirmation') return registered;
    return isOnlyForUnregistered(kind) ? people - registered : people;
  };
  // Who gets these is known to the ledger alone, or they are spread over months: they are no load of one day.
  const loads = plan.steps.filter(({ kind }) => kind !== 'reconfirmation' && kind !== 'launch-moved');
  // Without limits a mail takes as long as the server does, which nobody knows.
  const hasLimits = sender.limits.perMinute !== undefined || sender.limits.perDay !== undefined;
  const { finishes, concerns } = judgeCapacity({ steps: loads, people: countPeople, sender });
  return {
    ...plan,
    concerns: [...plan.concerns, ...concerns],
    figures: new Map(
      plan.steps.map((step) => {
        const finishesAt = hasLimits ? finishes.get(step)?.at : undefined;
        return [step, { people: countPeople(step), ...(finishesAt && { finishesAt }) }];
      }),
    ),
  };
}
