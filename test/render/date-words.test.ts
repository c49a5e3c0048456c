import { expect, test } from '@jest/globals';
import { findLongestDate, writeDate, writeInstant, writeShortDate, writeTime } from '../../src/render/date-words.js';

test.each([
  ['en', 'Tuesday 12 January 2027', '12 January'],
  ['en-GB', 'Tuesday 12 January 2027', '12 January'],
  ['en-US', 'Tuesday, January 12, 2027', 'January 12'],
  ['nl', 'dinsdag 12 januari 2027', '12 januari'],
  ['nl-BE', 'dinsdag 12 januari 2027', '12 januari'],
  ['de', 'Dienstag, 12. Januar 2027', '12. Januar'],
  ['fr', 'mardi 12 janvier 2027', '12 janvier'],
  ['ja', '2027年1月12日火曜日', '1月12日'],
])('a date in %s', (locale, full, short) => {
  expect(writeDate('2027-01-12', locale)).toBe(full);
  expect(writeShortDate('2027-01-12', locale)).toBe(short);
});

test.each([
  ['06:00', 'en', '06:00'],
  ['06:00', 'nl', '6.00 uur'],
  ['00:05', 'nl', '0.05 uur'],
  ['23:30', 'nl-BE', '23.30 uur'],
  ['18:00', 'de', '18:00'],
])('%s in %s', (time, locale, written) => {
  expect(writeTime(time, locale)).toBe(written);
});

test('an instant is told on the wall clock of its zone', () => {
  const instant = new Date('2027-01-24T23:30:00Z');
  expect(writeInstant(instant, 'Europe/Amsterdam', 'nl')).toEqual({
    date: 'maandag 25 januari 2027',
    time: '0.30 uur',
  });
  expect(writeInstant(instant, 'America/New_York', 'en')).toEqual({ date: 'Sunday 24 January 2027', time: '18:30' });
});

test.each(['en', 'en-US', 'nl', 'de', 'fr', 'pl', 'ja', 'ar'])('no date in %s is longer than the longest', (locale) => {
  const longest = findLongestDate(locale);
  const [full, short] = [writeDate(longest, locale).length, writeShortDate(longest, locale).length];
  for (let day = 0; day < 1500; day += 1) {
    const date = new Date(Date.UTC(2026, 0, 1) + day * 86_400_000).toISOString().slice(0, 10);
    expect(writeDate(date, locale).length).toBeLessThanOrEqual(full);
    expect(writeShortDate(date, locale).length).toBeLessThanOrEqual(short);
  }
});
