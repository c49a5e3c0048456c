import { expect, test } from '@jest/globals';
import { formatLocalTime } from '../../src/report/local-time.js';

test.each([
  ['2027-01-12T08:00:00Z', 'Europe/Amsterdam', '2027-01-12 09:00'],
  ['2027-07-12T07:00:59.999Z', 'Europe/Amsterdam', '2027-07-12 09:00'],
  ['2027-01-11T23:00:00Z', 'Europe/Amsterdam', '2027-01-12 00:00'],
  ['2027-01-01T07:59:00Z', 'America/Los_Angeles', '2026-12-31 23:59'],
  ['2027-01-12T08:00:00Z', 'Asia/Kathmandu', '2027-01-12 13:45'],
  ['2027-01-12T08:00:00Z', 'UTC', '2027-01-12 08:00'],
])('%s in %s', (instant, zone, told) => {
  expect(formatLocalTime(new Date(instant), zone)).toBe(told);
});
