import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Circumstances, type Decision, decideVerdict, uncertainPolicyOf } from '../../src/send/decide-verdict.js';
import { judgeAnswer, type Scope } from '../../src/send/judge-answer.js';
import { smtpReplies } from './smtp-replies.js';

const now = new Date('2027-01-12T08:00:00Z');
const usual: Circumstances = {
  attempts: 0,
  resends: 0,
  onUncertain: 'resend-once',
  now,
  expiresAt: new Date('2027-01-15T08:00:00Z'),
};
const minutesLater = (minutes: number) => new Date(now.getTime() + minutes * 60_000);

describe('decideVerdict', () => {
  test.each<[Scope, Partial<Circumstances>, Partial<Decision>]>([
    ['accepted', {}, { state: 'sent', countAttempt: true }],
    ['recipient-gone', {}, { state: 'failed', reason: 'recipient-gone' }],
    ['recipient-refused', {}, { state: 'failed', reason: 'recipient-refused' }],
    ['mailbox-full', {}, { state: 'failed', reason: 'mailbox-full' }],
    ['message', {}, { state: 'failed', reason: 'message' }],
    ['recipient-for-now', { attempts: 0 }, { state: 'waiting', dueAt: minutesLater(5), countAttempt: true }],
    ['recipient-for-now', { attempts: 1 }, { state: 'waiting', dueAt: minutesLater(15), countAttempt: true }],
    ['recipient-for-now', { attempts: 2 }, { state: 'waiting', dueAt: minutesLater(60), countAttempt: true }],
    ['recipient-for-now', { attempts: 3 }, { state: 'waiting', dueAt: minutesLater(240), countAttempt: true }],
    ['recipient-for-now', { attempts: 30 }, { state: 'waiting', dueAt: minutesLater(240), countAttempt: true }],
    ['recipient-for-now', { expiresAt: minutesLater(5) }, { state: 'failed', reason: 'expired' }],
    ['recipient-for-now', { expiresAt: minutesLater(6) }, { state: 'waiting', dueAt: minutesLater(5) }],
    ['recipient-for-now', { expiresAt: minutesLater(5), resends: 1 }, { state: 'uncertain', reason: 'no-answer' }],
    ['throttle', {}, { state: 'waiting', dueAt: minutesLater(1), countAttempt: false, reason: 'throttle' }],
    ['sender', {}, { state: 'waiting', dueAt: minutesLater(5), countAttempt: false, reason: 'sender' }],
    ['network', {}, { state: 'waiting', dueAt: minutesLater(0.5), countAttempt: false, reason: 'network' }],
    ['uncertain', {}, { state: 'waiting', dueAt: now, countResend: true, countAttempt: true }],
    ['uncertain', { resends: 1 }, { state: 'uncertain', countResend: false, reason: 'no-answer' }],
    ['uncertain', { onUncertain: 'park' }, { state: 'uncertain', countResend: false }],
    // A repeat that its step has outlived would never be claimed, and end as "failed".
    ['uncertain', { expiresAt: now }, { state: 'uncertain', countResend: false }],
  ])('%s with %j', (scope, change, decision) => {
    expect(decideVerdict(scope, { ...usual, ...change })).toMatchObject(decision);
  });

  const anyCircumstances = fc.record({
    attempts: fc.nat({ max: 50 }),
    resends: fc.nat({ max: 3 }),
    onUncertain: fc.constantFrom('resend-once' as const, 'park' as const),
    now: fc.constant(now),
    expiresAt: fc.integer({ min: -600, max: 6_000 }).map(minutesLater),
  });

  test("a sender's fault never costs a recipient, however late it is", () => {
    const sendersFaults = smtpReplies.filter(([, , scope]) => ['sender', 'throttle', 'network'].includes(scope));
    fc.assert(
      fc.property(fc.constantFrom(...sendersFaults), anyCircumstances, ([stage, reply], circumstances) => {
        const enhanced = /^\d{3}[ -](\d\.\d+\.\d+)/.exec(reply)?.[1];
        const answer = { kind: 'refused', code: Number(reply.slice(0, 3)), reply, stage } as const;
        const scope = judgeAnswer({ ...answer, ...(enhanced && { enhanced }) });
        const decision = decideVerdict(scope, circumstances);
        expect(decision).toMatchObject({ state: 'waiting', countAttempt: false, countResend: false });
        expect(decision.dueAt?.getTime()).toBeGreaterThan(now.getTime());
      }),
    );
  });

  test('a message goes out again at most once, however often nobody answers', () => {
    fc.assert(
      fc.property(anyCircumstances, fc.integer({ min: 1, max: 9 }), (circumstances, tries) => {
        let resends = 0;
        for (let number = 0; number < tries; number += 1) {
          const decision = decideVerdict('uncertain', { ...circumstances, resends });
          if (decision.countResend) resends += 1;
          else expect(decision.state).toBe('uncertain');
        }
        expect(resends).toBeLessThanOrEqual(1);
        expect(resends).toBe(circumstances.onUncertain === 'park' || circumstances.expiresAt <= now ? 0 : 1);
      }),
    );
  });
});

test('reminders are parked, the others go out once more', () => {
  expect([true, false].map(uncertainPolicyOf)).toEqual(['park', 'resend-once']);
});
