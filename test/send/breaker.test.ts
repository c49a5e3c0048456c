import { describe, expect, test } from '@jest/globals';
import { Breaker } from '../../src/send/breaker.js';
import type { Scope } from '../../src/send/judge-answer.js';

const note = (breaker: Breaker, scopes: Scope[], reply = '451 4.3.0 later') =>
  scopes.map((scope) => breaker.note(1, scope, reply)).findIndex(Boolean);
const times = (count: number, scope: Scope): Scope[] => Array.from({ length: count }, () => scope);

describe('the breaker', () => {
  test('stops the sender at the first refusal of ourselves, for a person to look at', () => {
    expect(new Breaker().note(1, 'sender', '535 5.7.3 no')).toEqual({
      what: 'sender',
      because: 'the server refuses us: 535 5.7.3 no',
    });
  });

  test('leaves a server alone after five mails in a row without an answer, and lets a probe through after 30 s', () => {
    const breaker = new Breaker();
    expect(note(breaker, times(4, 'network'))).toBe(-1);
    expect(breaker.note(1, 'network', 'gone')).toMatchObject({ what: 'sender', probeAfterMs: 30_000 });
  });

  test('a server that takes mails and never answers is left alone as well', () => {
    expect(note(new Breaker(), ['uncertain', 'network', 'uncertain', 'uncertain', 'uncertain'])).toBe(4);
  });

  test('an answer in between begins the count anew', () => {
    const breaker = new Breaker();
    expect(note(breaker, [...times(4, 'network'), 'accepted', ...times(4, 'network')])).toBe(-1);
    expect(note(breaker, [...times(19, 'recipient-for-now'), 'accepted', ...times(19, 'recipient-for-now')])).toBe(-1);
  });

  test('putting every mail off is trouble, greylisting everybody is not', () => {
    expect(note(new Breaker(), times(20, 'recipient-for-now'))).toBe(19);
    expect(note(new Breaker(), times(100, 'recipient-for-now'), '451 4.7.1 please come back later')).toBe(-1);
    expect(note(new Breaker(), times(100, 'recipient-for-now'), '450 4.2.0 Recipient rejected: Greylisted')).toBe(-1);
  });

  test('five alike in twenty pause the step; different ones, or few among many, do not', () => {
    expect(note(new Breaker(), times(5, 'message'), '554 5.7.1 spam')).toBe(4);
    const scattered = Array.from({ length: 80 }, (_, index): Scope => (index % 5 === 0 ? 'message' : 'accepted'));
    expect(note(new Breaker(), scattered, '554 5.7.1 spam')).toBe(-1);
    const breaker = new Breaker();
    const replies = ['554 5.6.0 one', '552 5.3.4 two', '550 5.7.509 x', '554 5.7.1 y', '550 5.6.1 z'];
    expect(replies.map((reply) => breaker.note(1, 'message', reply)).filter(Boolean)).toEqual([]);
  });

  test('five mails in twenty that cannot be built for the same reason pause the step', () => {
    const reason = 'coming-soon: {{attributes.Room}}: the list has no column "Room"';
    const breaker = new Breaker();
    for (let count = 0; count < 4; count += 1) expect(breaker.note(1, 'not-rendered', reason)).toBeUndefined();
    expect(breaker.note(1, 'not-rendered', 'coming-soon: another reason')).toBeUndefined();
    expect(breaker.note(1, 'not-rendered', reason)).toEqual({
      what: 'step',
      because: `5 of the last 6 mails could not be built: ${reason}`,
    });
  });

  test('what is wrong with one step says nothing of another', () => {
    const breaker = new Breaker();
    for (let count = 0; count < 4; count += 1)
      for (const step of [1, 2]) expect(breaker.note(step, 'message', '554 5.7.1 a')).toBeUndefined();
    expect(breaker.note(1, 'message', '554 5.7.1 a')).toMatchObject({ what: 'step' });
  });

  test('recipients who are gone stop nothing while others are accepted', () => {
    expect(note(new Breaker(), [...times(19, 'recipient-gone'), 'accepted', ...times(19, 'recipient-gone')])).toBe(-1);
  });

  test('a server that knows nobody stops the step: 20 recipients in a row', () => {
    expect(note(new Breaker(), times(20, 'recipient-gone'))).toBe(19);
    expect(note(new Breaker(), times(20, 'recipient-refused'))).toBe(19);
  });
});
