import { describe, expect, test } from '@jest/globals';
import { describeUnknownPlace, listHolidays, listPlaces } from '../../../src/adapters/holidays/list-holidays.js';

/** Dates of one year without their names. */
function datesOf(place: string, year: number): string {
  const dates = Object.keys(listHolidays([place], { from: year, to: year })[place] ?? {});
  return dates.map((date) => date.replace(`${year}-`, '')).join(' ');
}

describe('listHolidays', () => {
  // As the governments publish them; fixed feasts, Easter, and the days kept instead of one at a weekend.
  test.each([
    ['NL', 2025, '01-01 04-20 04-21 04-26 05-29 06-08 06-09 12-25 12-26'],
    ['NL', 2026, '01-01 04-05 04-06 04-27 05-14 05-24 05-25 12-25 12-26'],
    ['NL', 2027, '01-01 03-28 03-29 04-27 05-06 05-16 05-17 12-25 12-26'],
    ['NL', 2028, '01-01 04-16 04-17 04-27 05-25 06-04 06-05 12-25 12-26'],
    ['BE', 2025, '01-01 04-21 05-01 05-29 06-09 07-21 08-15 11-01 11-11 12-25'],
    ['BE', 2026, '01-01 04-06 05-01 05-14 05-25 07-21 08-15 11-01 11-11 12-25'],
    ['BE', 2027, '01-01 03-29 05-01 05-06 05-17 07-21 08-15 11-01 11-11 12-25'],
    ['BE', 2028, '01-01 04-17 05-01 05-25 06-05 07-21 08-15 11-01 11-11 12-25'],
    ['DE-BY', 2025, '01-01 01-06 04-18 04-21 05-01 05-29 06-09 06-19 10-03 11-01 12-25 12-26'],
    ['DE-BY', 2026, '01-01 01-06 04-03 04-06 05-01 05-14 05-25 06-04 10-03 11-01 12-25 12-26'],
    ['DE-BY', 2027, '01-01 01-06 03-26 03-29 05-01 05-06 05-17 05-27 10-03 11-01 12-25 12-26'],
    ['DE-BY', 2028, '01-01 01-06 04-14 04-17 05-01 05-25 06-05 06-15 10-03 11-01 12-25 12-26'],
    ['DE', 2027, '01-01 03-26 03-29 05-01 05-06 05-17 10-03 12-25 12-26'],
    ['GB-ENG', 2025, '01-01 04-18 04-21 05-05 05-26 08-25 12-25 12-26'],
    ['GB-ENG', 2026, '01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-26 12-28'],
    ['GB-ENG', 2027, '01-01 03-26 03-29 05-03 05-31 08-30 12-25 12-26 12-27 12-28'],
    ['GB-ENG', 2028, '01-01 01-03 04-14 04-17 05-01 05-29 08-28 12-25 12-26'],
    ['GB', 2027, '01-01 03-26 03-29 05-03 05-31 12-25 12-26 12-27 12-28'],
    ['US', 2025, '01-01 01-20 02-17 05-26 06-19 07-04 09-01 10-13 11-11 11-27 12-25'],
    ['US', 2026, '01-01 01-19 02-16 05-25 06-19 07-03 07-04 09-07 10-12 11-11 11-26 12-25'],
    // New Year's Day of 2028 is a Saturday, so it is kept in 2027 as well.
    ['US', 2027, '01-01 01-18 02-15 05-31 06-18 06-19 07-04 07-05 09-06 10-11 11-11 11-25 12-24 12-25 12-31'],
    ['US', 2028, '01-01 01-17 02-21 05-29 06-19 07-04 09-04 10-09 11-11 11-23 12-25'],
  ])('%s in %i has %s', (place, year, dates) => {
    expect(datesOf(place, year).split(' ').sort().join(' ')).toBe(dates);
  });

  test.each([
    ['NL', '2027-04-27', 'Koningsdag'],
    ['BE-VLG', '2027-07-21', 'Nationale feestdag'],
    ['DE-BY', '2027-05-27', 'Fronleichnam'],
    ['GB-ENG', '2027-12-27', 'Christmas Day (substitute day)'],
    ['US', '2027-11-25', 'Thanksgiving Day'],
    ['PL', '2027-05-03', 'Święto Narodowe Trzeciego Maja'],
    ['ES', '2027-10-12', 'Fiesta Nacional de España'],
    // Poland made Christmas Eve a holiday in 2025.
    ['PL', '2025-12-24', 'Wigilia Bożego Narodzenia'],
    // On one day twice, as itself and as the day kept instead of a Sunday: it is named once, by its own name.
    ['ES-MD', '2027-05-03', 'Día de la Comunidad de Madrid'],
  ])('%s names %s %s', (place, date, name) => {
    const year = Number(date.slice(0, 4));
    expect(listHolidays([place], { from: year, to: year })[place]?.[date]).toBe(name);
  });

  test.each([
    ['days on which only banks close', 'NL', '2027-12-31'],
    ['half days', 'DE', '2027-12-24'],
    ['public half days', 'GT', '2027-12-24'],
    ['days that are only observed', 'US', '2027-02-14'],
    ["another part's holidays", 'DE', '2027-01-06'],
    ["another part's bank holiday", 'GB-ENG', '2027-01-04'],
  ])('leaves out %s', (_, place, date) => {
    expect(listHolidays([place], { from: 2027, to: 2027 })[place]?.[date]).toBeUndefined();
  });

  test.each([
    ['TR', ['2027-03-09', '2027-03-10', '2027-03-11'], ['2027-03-08', '2027-03-12']],
    ['SA', ['2027-03-09', '2027-03-10', '2027-03-11', '2027-03-12'], ['2027-03-08', '2027-03-13']],
    ['IL', ['2027-10-02', '2027-10-03', '2027-10-11'], ['2027-10-01', '2027-10-10', '2027-10-12']],
    ['RO', ['2027-01-01', '2027-01-02'], ['2026-12-31']],
  ])('gives every day of a feast of several days, and of one that begins at sunset: %s', (place, days, others) => {
    const names = listHolidays([place], { from: 2027, to: 2027 })[place] ?? {};
    expect(days.filter((day) => names[day] === undefined)).toEqual([]);
    expect(others.filter((day) => names[day] !== undefined)).toEqual([]);
  });

  test('gives whole years, also where a holiday begins in one and ends in the next', () => {
    // Incwala lasts from 28 December to 2 January.
    const both = listHolidays(['SZ'], { from: 2027, to: 2028 }).SZ ?? {};
    expect(Object.keys(both).every((date) => date >= '2027-01-01' && date <= '2028-12-31')).toBe(true);
    expect(both['2027-01-02']).toBe(both['2028-01-02']);
    expect(both['2027-12-31']).toBe('Incwala');
  });

  test('keeps places apart, and has none for those that nobody knows', () => {
    const holidays = listHolidays(['DE', 'DE-BY', 'DE-QQ', 'XX'], { from: 2027, to: 2027 });
    expect(Object.keys(holidays)).toEqual(['DE', 'DE-BY', 'DE-QQ', 'XX']);
    expect(holidays.DE?.['2027-01-06']).toBeUndefined();
    expect(holidays['DE-BY']?.['2027-01-06']).toBe('Heilige Drei Könige');
    // The package itself answers for Germany here.
    expect([holidays['DE-QQ'], holidays.XX]).toEqual([{}, {}]);
  });

  test('computes each year of a place once', () => {
    listHolidays(['CN'], { from: 2026, to: 2031 });
    const before = performance.now();
    for (let time = 0; time < 100; time += 1) listHolidays(['CN'], { from: 2026, to: 2031 });
    // Computing them takes 300 ms each time.
    expect(performance.now() - before).toBeLessThan(300);
  });
});

describe('listPlaces', () => {
  test('knows countries, their parts and the parts of those, each as a campaign file can name it', () => {
    const places = listPlaces();
    expect(places.length).toBeGreaterThan(500);
    expect(new Set(places).size).toBe(places.length);
    expect(places).toEqual(expect.arrayContaining(['NL', 'DE', 'DE-BY', 'DE-BY-A', 'GB-SCT', 'US-CA', 'ES-MD']));
    expect(places.filter((place) => !/^[A-Z]{2}(-[A-Z0-9]{1,5}){0,2}$/.test(place))).toEqual([]);
  });
});

describe('describeUnknownPlace', () => {
  test.each(['NL', 'DE-BY', 'DE-BY-A', 'GB'])('has nothing to say of %s', (place) => {
    expect(describeUnknownPlace(place)).toBeUndefined();
  });

  test.each([
    ['UK', 'did you mean "GB"?'],
    ['UK-SCT', 'did you mean "GB-SCT"?'],
    ['EL', 'did you mean "GR"?'],
    ['DE-BAY', 'did you mean "DE-BY"?'],
    ['GB-SCO', 'did you mean "GB-SCT"?'],
    ['US-CAL', 'did you mean "US-CA"?'],
    ['NL-UT', 'known of Nederland: NL, NL-GR, NL-NH, NL-ZH'],
    ['PL-MZ', 'write "PL"'],
    [
      'XX',
      'a country has two letters after ISO 3166, such as NL; if this is one, list the days in the file of calendar.closures',
    ],
  ])('says of %s: %s', (place, hint) => {
    expect(describeUnknownPlace(place)).toEqual({
      message: `the holidays of ${JSON.stringify(place)} are not known`,
      hint,
    });
  });

  test('lists what is known of a country where nothing is near', () => {
    expect(describeUnknownPlace('DE-QQ')?.hint).toMatch(/^known of Deutschland: DE, DE-BB, DE-BE, .*, DE-TH$/);
    // Baden-Württemberg or Bayern.
    expect(describeUnknownPlace('DE-BA')?.hint).toMatch(/^known of Deutschland/);
  });
});
