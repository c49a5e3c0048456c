import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createSeenBefore } from '../../../src/adapters/postgres/seen-before.js';

test('what has come before is never missed', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 4 })), (texts) => {
      const seenBefore = createSeenBefore();
      for (const text of texts) seenBefore(text);
      for (const text of texts) expect(seenBefore(text)).toBe(true);
    }),
    { numRuns: 10 },
  );
});

test('of a hundred thousand addresses that are all different, hardly one is doubted', () => {
  const seenBefore = createSeenBefore();
  let doubted = 0;
  for (let number = 0; number < 100_000; number += 1)
    if (seenBefore(`robin.devries${number}@contoso.test`)) doubted += 1;
  expect(doubted).toBeLessThan(3);
});
