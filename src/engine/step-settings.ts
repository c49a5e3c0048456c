import type { Campaign } from '../campaign/campaign.js';
import type { Plan, PlannedStep } from '../campaign/plan.js';
import { parseAge, parseShare } from '../campaign/quantity.js';
import { isOnlyForUnregistered } from '../campaign/step-kind.js';
import { parseOffset } from '../plan/offset.js';
import { uncertainPolicyOf } from '../send/decide-verdict.js';
import type { Canary, StepSettings } from './ports/campaign-store.js';

const dayMs = 86_400_000;

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
    ...(maxReminders !== undefined && onlyUnregistered && { maxReminders }),
    ...(minGap !== undefined && { minGapMs: parseAge(minGap) }),
    ...(step.kind === 'reconfirmation' && { reconfirmAfterDays: countReconfirmDays(step, reconfirmation) }),
  };
}

/** How long after a registration its person is told that it must be confirmed again. */
function countReconfirmDays(
  { offset }: PlannedStep,
  { everyDays, remindBefore }: NonNullable<Campaign['reconfirmation']> = { everyDays: 0, remindBefore: '0d' },
): number {
  return everyDays - Math.round(parseAge(remindBefore) / dayMs) + parseOffset(offset).amount;
}

function canaryOf({ first, wait, maxFailures }: NonNullable<PlannedStep['canary']>): Canary {
  return {
    ...(typeof first === 'number' ? { count: first } : { share: parseShare(first) }),
    ...{ waitMs: parseAge(wait), maxFailures: parseShare(maxFailures) },
  };
}
