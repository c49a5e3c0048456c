import type { MessageState, UncertainPolicy } from '../campaign/message.js';
import type { Scope } from './judge-answer.js';

const minuteMs = 60_000;
/** Greylisting usually lets a mail in after 5 minutes; a store that moves needs hours. The last one repeats. */
const retryAfterMs = [5, 15, 60, 240].map((minutes) => minutes * minuteMs);

export interface Decision {
  state: Extract<MessageState, 'sent' | 'failed' | 'uncertain' | 'waiting'>;
  dueAt?: Date;
  /** Attempts that were not the recipient's fault do not count. */
  countAttempt: boolean;
  countResend: boolean;
  reason?: string;
}

export interface Circumstances {
  /** Attempts that counted before this one. */
  attempts: number;
  /** Times this message already went out again although the first may have arrived. */
  resends: number;
  onUncertain: UncertainPolicy;
  now: Date;
  expiresAt: Date;
}

/**
 * What becomes of a message after an answer. A sender's fault never costs a recipient: such a message waits, and only
 * the end of its step takes it away.
 */
export function decideVerdict(
  scope: Scope,
  { attempts, resends, onUncertain, now, expiresAt }: Circumstances,
): Decision {
  const later = (afterMs: number, countAttempt: boolean): Decision => {
    const dueAt = new Date(now.getTime() + afterMs);
    return { state: 'waiting', dueAt, countAttempt, countResend: false, reason: scope };
  };
  // The first of two hand-overs may have arrived: giving up on the second does not make that known.
  const giveUp = (reason: string): Decision => ({
    ...{ state: resends > 0 ? 'uncertain' : 'failed', countAttempt: true, countResend: false, reason },
  });
  const isUnknown: Decision = { state: 'uncertain', countAttempt: true, countResend: false, reason: 'no-answer' };
  switch (scope) {
    case 'accepted':
      return { state: 'sent', countAttempt: true, countResend: false };
    case 'recipient-gone':
    case 'recipient-refused':
    case 'mailbox-full':
    case 'message':
      return giveUp(scope);
    case 'recipient-for-now': {
      const next = later(retryAfterMs[Math.min(attempts, retryAfterMs.length - 1)] ?? 0, true);
      if (next.dueAt && next.dueAt < expiresAt) return next;
      return resends > 0 ? isUnknown : giveUp('expired');
    }
    case 'throttle':
      return later(minuteMs, false);
    case 'sender':
      return later(5 * minuteMs, false);
    case 'network':
      return later(minuteMs / 2, false);
    case 'uncertain':
      return onUncertain === 'resend-once' && resends === 0 && now < expiresAt
        ? { state: 'waiting', dueAt: now, countAttempt: true, countResend: true, reason: 'uncertain' }
        : isUnknown;
  }
}

/** The next reminder covers one that may not have arrived; nothing covers the two others. */
export function uncertainPolicyOf(onlyUnregistered: boolean): UncertainPolicy {
  return onlyUnregistered ? 'park' : 'resend-once';
}
