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

test('settles at what the server bears: one that was too many is tried again less and less often', () => {
  let now = 0;
  let refusals = 0;
  const throttle = new Throttle(8, () => now);
  const playHour = () => {
    refusals = 0;
    for (const end = now + 3_600_000; now < end; now += 2_000) {
      const tooMany = throttle.allowed() > 2;
      if (tooMany) refusals += 1;
      throttle.note(tooMany);
    }
    return refusals;
  };
  expect(playHour()).toBeLessThanOrEqual(10);
  expect(playHour()).toBeLessThanOrEqual(4);
  expect(throttle.isEased()).toBe(false);
  now += 24 * 3_600_000;
  expect(throttle.allowed()).toBe(8);
  expect(throttle.isEased()).toBe(true);
});
