import { expect, test } from '@jest/globals';
import { Throttle } from '../../src/send/throttle.js';

test('halves when told to, once for what was refused together, and comes back one a clean minute', () => {
  let now = 0;
  const throttle = new Throttle(10, () => now);
  expect(throttle.allowed()).toBe(10);
  throttle.note(true);
  throttle.note(true);
  throttle.note(false);
  expect(throttle.allowed()).toBe(5);
  now += 2_000;
  throttle.note(true);
  expect(throttle.allowed()).toBe(2);
  now += 2_000;
  throttle.note(true);
  now += 2_000;
  throttle.note(true);
  expect(throttle.allowed()).toBe(1);
  now += 59_000;
  expect(throttle.allowed()).toBe(1);
  now += 1_000;
  expect(throttle.allowed()).toBe(2);
  now += 20 * 60_000;
  expect(throttle.allowed()).toBe(10);
});
