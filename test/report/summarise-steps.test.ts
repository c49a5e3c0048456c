import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { messageStates } from '../../src/campaign/message.js';
import { type CountedStep, formatInstant, type StepProgress, summariseStep } from '../../src/report/summarise-steps.js';

const nothing = Object.fromEntries(messageStates.map((state) => [state, 0])) as Record<
  (typeof messageStates)[number],
  number
>;

const local = { localDate: '2027-01-12', localTime: '09:00', zone: 'Europe/Amsterdam' };

function count(states: Partial<typeof nothing>, change: Partial<CountedStep> = {}): CountedStep {
  return {
    ...{ id: 'coming-soon', kind: 'coming-soon', sendAt: new Date('2027-01-12T08:00:00.000Z') },
    ...local,
    openedAt: new Date('2027-01-12T08:00:01Z'),
    states: { ...nothing, ...states },
    suppressed: states.suppressed ? { registered: states.suppressed } : {},
    failed: states.failed ? { 'recipient-gone': states.failed } : {},
    ...{ dismissed: 0, retrying: [], others: 0, resent: 0, lateRegistrations: 0, ...change },
  };
}

const planned = (change: Partial<CountedStep> = {}): CountedStep => {
  const { openedAt: _, ...step } = count({}, change);
  return step;
};

describe('summariseStep', () => {
  test('tells every count by its name', () => {
    const states = {
      waiting: 1,
      claimed: 2,
      sending: 3,
      sent: 4,
      failed: 5,
      uncertain: 6,
      suppressed: 7,
      cancelled: 8,
    };
    expect(summariseStep(count(states))).toEqual({
      ...{ id: 'coming-soon', kind: 'coming-soon', sendAt: '2027-01-12T08:00:00Z', progress: 'sending', audience: 36 },
      ...{ waiting: 1, claimed: 2, sending: 3, sent: 4, suppressed: { registered: 7 }, failed: 5 },
      ...local,
      ...{
        failedBecause: { 'recipient-gone': 5 },
        uncertain: 6,
        cancelled: 8,
        resent: 0,
        lateRegistrations: 0,
        retrying: [],
      },
    });
  });

  test.each<[string, CountedStep, StepProgress, string | undefined]>([
    ['before its instant', planned(), 'planned', undefined],
    ['held before its instant', planned({ heldBecause: 'paused' }), 'held', 'paused'],
    ['cancelled before its instant', planned({ cancelledAt: new Date(0) }), 'cancelled', undefined],
    [
      'cancelled, which is also why it is held',
      planned({ cancelledAt: new Date(0), heldBecause: 'cancelled' }),
      'cancelled',
      undefined,
    ],
    ['cancelled under way', count({ sent: 5, cancelled: 5 }, { cancelledAt: new Date(0) }), 'cancelled', undefined],
    ['skipped', planned({ skippedBecause: 'long past' }), 'skipped', 'long past'],
    ['skipped and held', planned({ skippedBecause: 'long past', heldBecause: 'stale' }), 'skipped', 'long past'],
    ['opened for nobody', count({}), 'done', undefined],
    ['somebody waits', count({ waiting: 1, sent: 9 }), 'sending', undefined],
    ['somebody is claimed', count({ claimed: 1, sent: 9 }), 'sending', undefined],
    ['somebody is being sent to', count({ sending: 1, uncertain: 1 }), 'sending', undefined],
    ['held with somebody waiting', count({ waiting: 1 }, { heldBecause: 'stale' }), 'held', 'stale'],
    ['held with nobody waiting', count({ sent: 1 }, { heldBecause: 'stale' }), 'done', undefined],
    ['held with the last ones on their way', count({ sending: 1 }, { heldBecause: 'stale' }), 'sending', undefined],
    ['all sent', count({ sent: 9 }), 'done', undefined],
    ['all accounted for', count({ sent: 9, failed: 1, suppressed: 2, cancelled: 3 }), 'done', undefined],
    ['one uncertain', count({ sent: 9, uncertain: 1 }), 'needs-you', undefined],
  ])('%s', (_name, step, progress, because) => {
    const summary = summariseStep(step);
    expect(summary.progress).toBe(progress);
    expect(summary.because).toBe(because);
  });

  const counts = fc.record(
    Object.fromEntries(messageStates.map((state) => [state, fc.nat({ max: 1e6 })])) as Record<
      (typeof messageStates)[number],
      fc.Arbitrary<number>
    >,
  );

  test('the sums always close', () => {
    fc.assert(
      fc.property(counts, (states) => {
        const { audience, suppressed, waiting, claimed, sending, sent, failed, uncertain, cancelled } = summariseStep(
          count(states),
        );
        const parts = [waiting, claimed, sending, sent, failed, uncertain, cancelled, ...Object.values(suppressed)];
        expect(parts.reduce((sum, part) => sum + part, 0)).toBe(audience);
      }),
    );
  });

  test.each<[string, Partial<CountedStep>]>([
    ['suppressed', { suppressed: { registered: 1 } }],
    ['suppressed', { suppressed: {} }],
    ['failed', { failed: { expired: 1, 'recipient-gone': 3 } }],
    ['failed', { failed: {} }],
  ])('reasons of the %s that do not add up are a bug', (_state, change) => {
    expect(() => summariseStep(count({ suppressed: 2, failed: 3 }, change))).toThrow('coming-soon do not close');
  });
});

test('instants are told to the second, in UTC', () => {
  expect(formatInstant(new Date('2027-03-28T01:59:59.999Z'))).toBe('2027-03-28T01:59:59Z');
});

test('uncertain messages that somebody has dismissed need nobody any more, and stay what they are', () => {
  expect(summariseStep(count({ sent: 5, uncertain: 2 }, { dismissed: 1 }))).toMatchObject({
    progress: 'needs-you',
    uncertain: 2,
  });
  expect(summariseStep(count({ sent: 5, uncertain: 2 }, { dismissed: 2 }))).toMatchObject({
    progress: 'done',
    uncertain: 2,
  });
});
