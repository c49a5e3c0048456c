import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { judgeAnswer, type Scope } from '../../src/send/judge-answer.js';
import type { SmtpAnswer, SmtpStage } from '../../src/send/smtp-answer.js';
import { smtpReplies } from './smtp-replies.js';

const stages: SmtpStage[] = ['connect', 'tls', 'auth', 'mail', 'rcpt', 'data'];
const scopes: Scope[] = [
  'accepted',
  'recipient-gone',
  'recipient-for-now',
  'mailbox-full',
  'recipient-refused',
  'message',
  'sender',
  'throttle',
  'network',
  'uncertain',
];

function refuse(stage: SmtpStage, reply: string): SmtpAnswer {
  const enhanced = /^\d{3}[ -](\d\.\d+\.\d+)/.exec(reply)?.[1];
  return { kind: 'refused', code: Number(reply.slice(0, 3)), ...(enhanced && { enhanced }), reply, stage };
}

describe('judgeAnswer', () => {
  test.each(smtpReplies)('at %s, "%s": %s', (stage, reply, scope) => {
    expect(judgeAnswer(refuse(stage, reply))).toBe(scope);
  });

  test('the table holds every scope that a refusal can have', () => {
    const told = new Set(smtpReplies.map(([, , scope]) => scope));
    expect([...scopes].filter((scope) => !told.has(scope))).toEqual(['accepted', 'uncertain']);
  });

  test.each<[SmtpAnswer, Scope]>([
    [{ kind: 'accepted', reply: '250 ok' }, 'accepted'],
    [{ kind: 'uncertain', reason: 'gone' }, 'uncertain'],
    [{ kind: 'unreachable', reason: 'ECONNREFUSED', stage: 'connect' }, 'network'],
    [{ kind: 'unreachable', reason: 'self-signed certificate', stage: 'tls' }, 'sender'],
    [{ kind: 'unreachable', reason: 'Missing credentials', stage: 'auth' }, 'sender'],
    [{ kind: 'unreachable', reason: 'closed', stage: 'rcpt' }, 'network'],
    [{ kind: 'unreachable', reason: 'closed', stage: 'data' }, 'network'],
  ])('%j: %s', (answer, scope) => {
    expect(judgeAnswer(answer)).toBe(scope);
  });

  const anyRefusal = fc.record({
    kind: fc.constant('refused' as const),
    code: fc.integer({ min: 400, max: 599 }),
    enhanced: fc
      .tuple(fc.constantFrom(2, 4, 5), fc.nat({ max: 7 }), fc.oneof(fc.nat({ max: 60 }), fc.nat({ max: 999 })))
      .map((parts) => parts.join('.')),
    reply: fc.oneof(fc.string(), fc.constantFrom(...smtpReplies.map(([, reply]) => reply))),
    stage: fc.constantFrom(...stages),
  });

  test('every refusal has a scope, and is never taken for an acceptance', () => {
    fc.assert(
      fc.property(anyRefusal, ({ enhanced, ...rest }) => {
        for (const answer of [rest, { ...rest, enhanced }]) {
          const scope = judgeAnswer(answer);
          expect(scopes).toContain(scope);
          expect(['accepted', 'uncertain']).not.toContain(scope);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test('before a recipient was named, no answer is about one', () => {
    fc.assert(
      fc.property(anyRefusal, (answer) => {
        fc.pre(answer.stage !== 'rcpt' && answer.stage !== 'data');
        expect(judgeAnswer(answer)).not.toMatch(/^(recipient|mailbox)/);
      }),
      { numRuns: 2_000 },
    );
  });

  test('a refusal for now never ends a message', () => {
    fc.assert(
      fc.property(anyRefusal, (answer) => {
        fc.pre(answer.code < 500 && !answer.enhanced.startsWith('5'));
        expect(['recipient-gone', 'recipient-refused', 'mailbox-full', 'message']).not.toContain(judgeAnswer(answer));
      }),
      { numRuns: 2_000 },
    );
  });
});
