import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { hashText } from '../../src/audience/hash-text.js';

test('is a whole number of 53 bits, and never 0', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
      const hash = hashText(text);
      expect(Number.isSafeInteger(hash)).toBe(true);
      expect(hash).toBeGreaterThan(0);
      expect(hashText(`${text} `.slice(0, -1))).toBe(hash);
    }),
  );
});

test.each<[string, (number: number) => string]>([
  ['addresses', (number) => `robin.devries${number}@contoso.test`],
  ['object ids', (number) => `9e3779b1-0000-4000-8000-${number.toString(16).padStart(12, '0')}`],
  ['texts of two characters', (number) => number.toString(2).padStart(20, '0')],
])('%s that hardly differ get hashes in which every bit does', (_, textOf) => {
  const texts = 5_000;
  const seen = new Set<number>();
  const ones = new Uint32Array(53);
  for (let number = 0; number < texts; number += 1) {
    const hash = hashText(textOf(number));
    seen.add(hash);
    for (let bit = 0; bit < 53; bit += 1) ones[bit] = (ones[bit] ?? 0) + (Math.floor(hash / 2 ** bit) % 2);
  }
  expect(seen.size).toBe(texts);
  // Of 5,000 throws of a coin 2,500 are heads, give or take 250 in all but one case of 10^11.
  for (const count of ones) expect(Math.abs(count - texts / 2)).toBeLessThan(250);
});
