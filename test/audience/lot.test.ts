import { expect, test } from '@jest/globals';
import { createLottery } from '../../src/audience/lot.js';

const people = 10_000;
const keys = Array.from({ length: people }, (_, index) => `p${index}@contoso.com`);

/** Pearson's statistic for counts that should all be the same. */
function chiSquare(counts: readonly number[], expected: number): number {
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

function count(bins: number, places: Iterable<number>): number[] {
  const counts = Array.from({ length: bins }, () => 0);
  for (const place of places) counts[place] = (counts[place] ?? 0) + 1;
  return counts;
}

test('a lot never changes: people would change their ring and their day', () => {
  const draw = createLottery('password-reset-2027');
  expect(['anna@contoso.com', 'ben@contoso.com', 'upn:cas@contoso.com', ''].map(draw)).toEqual([
    1275494557, 593035595, 2029140130, 1051374796,
  ]);
});

test('lots are whole numbers of 0 to 2^31 - 1, and people of neighbouring names get different ones', () => {
  const lots = keys.map(createLottery('sspr'));
  expect(lots.every((lot) => Number.isInteger(lot) && lot >= 0 && lot < 2 ** 31)).toBe(true);
  // By chance 0.02 pairs of 10,000 share a lot.
  expect(new Set(lots).size).toBe(people);
});

// 99.99 % of evenly spread lots stay below these, for 99 and 63 degrees of freedom.
const most = { hundred: 161, sixtyFour: 115 };

test.each(['sspr', 'test', 'a', 'password-reset-2027', 'sspr\npilot', 'sspr\nwave-2'])(
  'lots of %j are spread evenly',
  (name) => {
    const lots = keys.map(createLottery(name));
    const high = lots.map((lot) => Math.floor((lot / 2 ** 31) * 100));
    const low = lots.map((lot) => lot % 100);
    expect(chiSquare(count(100, high), people / 100)).toBeLessThan(most.hundred);
    expect(chiSquare(count(100, low), people / 100)).toBeLessThan(most.hundred);
  },
);

test.each([
  ['sspr\npilot', 'sspr\nwave-2'],
  ['sspr\na', 'sspr\nb'],
  ['sspr', 'sspr\npilot'],
  ['a\nb', 'b\na'],
])('lots of %j and %j have nothing to do with each other', (one, other) => {
  const [first, second] = [createLottery(one), createLottery(other)];
  const eighth = (lot: number) => Math.floor((lot / 2 ** 31) * 8);
  const pairs = keys.map((key) => eighth(first(key)) * 8 + eighth(second(key)));
  expect(chiSquare(count(64, pairs), people / 64)).toBeLessThan(most.sixtyFour);
});

test('of 1,000 campaigns, as many are more than 3 sigma from an even draw as chance would have it', () => {
  const sigma = Math.sqrt(people * 0.05 * 0.95);
  const beyond = Array.from({ length: 1_000 }, (_, index) => createLottery(`campaign-${index}`)).filter((draw) => {
    const drawn = keys.filter((key) => draw(key) < 0.05 * 2 ** 31).length;
    return Math.abs(drawn - people * 0.05) > 3 * sigma;
  });
  // 2.7 on average; 10 and more once in 2,000.
  expect(beyond.length).toBeLessThan(10);
});
