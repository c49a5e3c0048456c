import { type MessageState, messageStates } from '../campaign/message.js';
import type { StepKind } from '../campaign/step-kind.js';
import { formatLocalTime } from './local-time.js';

/** One step counted: every message of it is in exactly one state. */
export interface CountedStep {
  id: string;
  kind: StepKind;
  /** `YYYY-MM-DD` and `HH:MM` in `zone`: as the plan has them. */
  localDate: string;
  localTime: string;
  zone: string;
  sendAt: Date;
  openedAt?: Date;
  skippedBecause?: string;
  cancelledAt?: Date;
  heldBecause?: string;
  /** While only its canary has messages: when the others follow, at the earliest. */
  canaryUntil?: Date;
  /** People who wait for it, and have no message yet: their group, or the end of its canary, is still to come. */
  others: number;
  /** When the next of them are due. */
  nextAt?: Date;
  states: Readonly<Record<MessageState, number>>;
  /** Suppressed and failed messages by reason. */
  suppressed: Readonly<Record<string, number>>;
  failed: Readonly<Record<string, number>>;
  /** Waiting messages that were tried before, by reason, with the earliest next try. */
  retrying: ReadonlyArray<{ reason: string; count: number; next: Date }>;
  /** Uncertain messages that somebody has decided to leave at that. */
  dismissed: number;
  /** Messages that went out once more because nobody knew whether the first arrived. */
  resent: number;
  /** Reminders that went to people whose registration became known while their mail was under way. */
  lateRegistrations: number;
}

/** Derived from the rows, never stored. */
export type StepProgress = 'planned' | 'skipped' | 'cancelled' | 'held' | 'canary' | 'sending' | 'needs-you' | 'done';

/** One step as `status`, `report` and `simulate` tell it. These names are an interface: keep them stable. */
export interface StepSummary {
  id: string;
  kind: StepKind;
  /** `YYYY-MM-DD` and `HH:MM` in `zone`: what the people of the campaign see on their clocks. */
  localDate: string;
  localTime: string;
  zone: string;
  /** ISO 8601, UTC, whole seconds. */
  sendAt: string;
  progress: StepProgress;
  /** Why it is held or skipped; a cancelled step has nothing to add. */
  because?: string;
  /** The sum of everything that follows. */
  audience: number;
  waiting: number;
  claimed: number;
  sending: number;
  sent: number;
  /** Of those waiting: tried before, by reason; the next try in ISO 8601, UTC. */
  retrying: ReadonlyArray<{ reason: string; count: number; next: string }>;
  /** By reason. */
  suppressed: Readonly<Record<string, number>>;
  failed: number;
  failedBecause: Readonly<Record<string, number>>;
  uncertain: number;
  cancelled: number;
  /** Some people may have these twice; counted above by what became of them. */
  resent: number;
  /** Counted as sent above: their registration became known while the mail was under way. */
  lateRegistrations: number;
}

/** @throws Error where the sums do not close: a bug */
export function summariseStep(step: CountedStep): StepSummary {
  const { states } = step;
  const audience = messageStates.reduce((sum, state) => sum + states[state], 0);
  for (const state of ['suppressed', 'failed'] as const) {
    const byReason = Object.values(step[state]).reduce((sum, count) => sum + count, 0);
    if (byReason !== states[state]) throw new Error(`the sums of step ${step.id} do not close`);
  }
  const progress = progressOf(step);
  const because = step.skippedBecause ?? becauseOf(progress, step);
  const { waiting, claimed, sending, sent, failed, uncertain, cancelled } = states;
  return {
    id: step.id,
    kind: step.kind,
    localDate: step.localDate,
    localTime: step.localTime,
    zone: step.zone,
    sendAt: formatInstant(step.sendAt),
    progress,
    ...(because && { because }),
    ...{ audience, waiting, claimed, sending, sent, suppressed: step.suppressed },
    retrying: step.retrying.map(({ next, ...rest }) => ({ ...rest, next: formatInstant(next) })),
    ...{ failed, failedBecause: step.failed, uncertain, cancelled },
    ...{ resent: step.resent, lateRegistrations: step.lateRegistrations },
  };
}

function becauseOf(
  progress: StepProgress,
  { heldBecause, canaryUntil, others, nextAt, zone }: CountedStep,
): string | undefined {
  if (progress === 'held') return heldBecause;
  if (progress === 'sending' && others > 0 && nextAt) {
    return `${others} more follow in other rings, zones or days, the next on ${formatLocalTime(nextAt, zone)} (${zone})`;
  }
  if (progress !== 'canary' || !canaryUntil) return undefined;
  return `${others} others follow from ${formatLocalTime(canaryUntil, zone)} (${zone}) on, if few enough of these fail; release lets them go at once`;
}

function progressOf({
  openedAt,
  cancelledAt,
  skippedBecause,
  heldBecause,
  states,
  dismissed,
  canaryUntil,
  others,
}: CountedStep): StepProgress {
  if (skippedBecause) return 'skipped';
  if (cancelledAt) return 'cancelled';
  if (!openedAt) return heldBecause ? 'held' : 'planned';
  if ((states.waiting > 0 || others > 0) && heldBecause) return 'held';
  if (canaryUntil) return 'canary';
  if (states.waiting + states.claimed + states.sending + others > 0) return 'sending';
  return states.uncertain > dismissed ? 'needs-you' : 'done';
}

/** ISO 8601 in UTC to the second: plans have no finer grain. */
export function formatInstant(instant: Date): string {
  return `${instant.toISOString().slice(0, 19)}Z`;
}
