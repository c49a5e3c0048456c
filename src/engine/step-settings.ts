import type { Campaign } from '../campaign/campaign.js';
import type { Plan, PlannedStep } from '../campaign/plan.js';
import { parseAge, parseShare } from '../campaign/quantity.js';
import { isOnlyForUnregistered } from '../campaign/step-kind.js';
import { countReconfirmDays } from '../plan/reconfirm-day.js';
import { uncertainPolicyOf } from '../send/decide-verdict.js';
import type { Canary, StepSettings } from './ports/campaign-store.js';

/** The engine's settings of a whole plan. */
export function listSettings(plan: Plan, campaign: Campaign): StepSettings[] {
  return plan.steps.map((step) => settingsOf(step, campaign));
}

/** The engine's settings of a planned step. */
export function settingsOf(step: PlannedStep, { discipline, reconfirmation }: Campaign): StepSettings {
  const onlyUnregistered = isOnlyForUnregistered(step.kind);
  const { canary, onUncertain, ...planned } = step;
  const { maxReminders, minGap } = discipline;
  return {
    ...planned,
    onlyUnregistered,
    onUncertain: onUncertain ?? uncertainPolicyOf(onlyUnregistered),
    ...(canary && { canary: canaryOf(canary) }),
    ...(maxReminders !== undefined && step.kind === 'sign-up-reminder' && { maxReminders }),
    ...(minGap !== undefined && { minGapMs: parseAge(minGap) }),
    ...(step.kind === 'reconfirmation' &&
      reconfirmation && { reconfirmAfterDays: countReconfirmDays(step.offset, reconfirmation) }),
  };
}

function canaryOf({ first, wait, maxFailures }: NonNullable<PlannedStep['canary']>): Canary {
  return {
    ...(typeof first === 'number' ? { count: first } : { share: parseShare(first) }),
    ...{ waitMs: parseAge(wait), maxFailures: parseShare(maxFailures) },
  };
}
