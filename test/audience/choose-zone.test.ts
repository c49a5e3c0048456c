import { describe, expect, test } from '@jest/globals';
import { createCountryChooser } from '../../src/audience/choose-country.js';
import { createZoneChooser } from '../../src/audience/choose-zone.js';
import { findCountryZone } from '../../src/audience/country-zone.js';
import { parseZone } from '../../src/audience/parse-zone.js';
import { isTimeZone } from '../../src/campaign/time-zone.js';
import { makeCampaign } from '../rig/make-campaign.js';

const launch = { date: '2027-01-12', zone: 'Europe/Amsterdam', recipientLocal: true };

function choose(attributes: Record<string, string>, zones: object = {}, changes: Record<string, unknown> = { launch }) {
  const header = Object.keys(attributes);
  return createZoneChooser(makeCampaign({ zones, ...changes }), header, createCountryChooser(header))(attributes);
}

const byDepartment = { 'Service Desk': 'Asia/Manila' };
const byCountry = { 'United States': 'America/Chicago', ES: 'Atlantic/Canary', 'Hawaii office': 'Pacific/Honolulu' };

describe('the zone of a person', () => {
  test.each<[string, Record<string, string>, string]>([
    ['the zone column', { timeZone: 'Asia/Tokyo', department: 'Service Desk', country: 'US' }, 'Asia/Tokyo'],
    ['the department', { department: 'service desk', country: 'US' }, 'Asia/Manila'],
    ['the department in Dutch', { Afdeling: 'SERVICE DESK' }, 'Asia/Manila'],
    ['the country, where the file names a zone for it', { department: 'Sales', country: 'US' }, 'America/Chicago'],
    ['the same for a country by any name', { country: 'Verenigde Staten' }, 'America/Chicago'],
    ['the same before the usual zone', { country: 'Spain' }, 'Atlantic/Canary'],
    ['a place that is no country', { country: 'hawaii office', usageLocation: 'US' }, 'Pacific/Honolulu'],
    ['the usage location', { usageLocation: 'US' }, 'America/Chicago'],
    ['the usage location where the country is none', { country: 'EMEA', usageLocation: 'NO' }, 'Europe/Oslo'],
    ['the country before the usage location', { usageLocation: 'US', country: 'Norway' }, 'Europe/Oslo'],
    ['the only zone of a country', { country: 'JP' }, 'Asia/Tokyo'],
    ['none for a country of several', { country: 'CA' }, ''],
    ['none for nothing known', { office: 'Utrecht' }, ''],
    ['the only zone column that says anything', { timeZone: '', mailboxTimeZone: 'UTC', country: 'JP' }, 'UTC'],
    ['the surer of two zone columns', { zone: 'Asia/Seoul', 'Time zone': 'Asia/Tokyo' }, 'Asia/Tokyo'],
  ])('%s', (_, attributes, zone) => {
    expect(choose(attributes, { byDepartment, byCountry })).toEqual({ zone });
  });

  test.each([
    ...['timeZone', 'Time zone', 'TIME-ZONE', 'zone', 'tijdzone', 'Zeitzone', 'Fuseau horaire', 'Huso horario', 'tz'],
    ...['mailboxSettings.timeZone', 'mailboxTimeZone', 'mailbox_time_zone', 'zona horaria', 'Windows time zone'],
  ])('is read from a column called "%s"', (column) => {
    expect(choose({ [column]: 'Asia/Tokyo' })).toEqual({ zone: 'Asia/Tokyo' });
  });

  test.each<[Record<string, string>, string]>([
    [{ timeZone: 'Amsterdam time', country: 'JP' }, 'Asia/Tokyo'],
    [{ timeZone: 'Amsterdam time', country: 'US' }, ''],
    [{ timeZone: 'Amsterdam time', zone: 'Asia/Seoul' }, 'Asia/Seoul'],
    [{ timeZone: 'Amsterdam time', zone: 'Zone 3' }, ''],
  ])('text that no one knows is told, and the next rule applies: %j', (attributes, zone) => {
    expect(choose(attributes)).toEqual({ zone, unknown: { text: 'Amsterdam time', column: 'timeZone' } });
  });

  test("is the campaign's for all where no step goes at local time, and one such step is enough", () => {
    const steps = [{ kind: 'available-now', offset: '0d' }];
    const launch = { date: '2027-01-12', zone: 'Europe/Amsterdam' };
    const attributes = { timeZone: 'Asia/Tokyo' };
    expect(choose(attributes, {}, { launch, steps })).toEqual({ zone: '' });
    expect(choose({ timeZone: 'nowhere' }, {}, { launch, steps })).toEqual({ zone: '' });
    const local = [...steps, { kind: 'sign-up-reminder', offset: '+7d', recipientLocal: true }];
    expect(choose(attributes, {}, { launch, steps: local })).toEqual({ zone: 'Asia/Tokyo' });
  });
});

describe('what a list may say', () => {
  test.each<[string, string | undefined, string?]>([
    ['Europe/Amsterdam', 'Europe/Amsterdam'],
    ['europe/amsterdam', 'Europe/Amsterdam'],
    ['America/New York', 'America/New_York'],
    ['UTC', 'UTC'],
    ['Etc/GMT-3', 'Etc/GMT-3'],
    // Links stay, so that no upgrade of Node gives somebody another group.
    ['US/Eastern', 'US/Eastern'],
    ['Europe/Belfast', 'Europe/Belfast'],
    // But one place has one name, and that is the present one.
    ['Europe/Kiev', 'Europe/Kyiv'],
    ['Europe/Kyiv', 'Europe/Kyiv'],
    ['asia/calcutta', 'Asia/Kolkata'],
    ['Asia/Kolkata', 'Asia/Kolkata'],
    ['W. Europe Standard Time', 'Europe/Berlin'],
    ['w. europe standard time', 'Europe/Berlin'],
    ['W. Europe Standard Time', 'Europe/Amsterdam', 'NL'],
    ['W. Europe Standard Time', 'Europe/Berlin', 'US'],
    ['FLE Standard Time', 'Europe/Kyiv'],
    ['FLE Standard Time', 'Europe/Helsinki', 'FI'],
    ['India Standard Time', 'Asia/Kolkata'],
    ['Romance Standard Time', 'Europe/Brussels', 'BE'],
    ['Eastern Standard Time', 'America/New_York', 'US'],
    ['Pacific Standard Time (Mexico)', 'America/Tijuana'],
    ['UTC+12', 'Etc/GMT-12'],
    // An abbreviation may be several zones, a bare offset has no summer time.
    ['CET', undefined],
    ['EST', undefined],
    ['GMT+1', undefined],
    ['+01:00', undefined],
    ['(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna', undefined],
    ['Customized Time Zone', undefined],
    ['Europe/Amstredam', undefined],
    ['__proto__', undefined],
  ])('%s is %s (%s)', (text, zone, country = '') => {
    const found = parseZone(text);
    expect(found?.byCountry?.get(country) ?? found?.zone).toBe(zone);
  });
});

describe('the zone of a country', () => {
  test.each([
    ['NL', 'Europe/Amsterdam'],
    ['NO', 'Europe/Oslo'],
    ['IS', 'Atlantic/Reykjavik'],
    ['IN', 'Asia/Kolkata'],
    ['GB', 'Europe/London'],
    // Büsingen, on the Swiss side, has the same clock.
    ['DE', 'Europe/Berlin'],
    ['MY', 'Asia/Kuala_Lumpur'],
    ['KZ', 'Asia/Almaty'],
    ['AR', 'America/Argentina/Buenos_Aires'],
    ['CY', 'Asia/Nicosia'],
    // Nearly everybody lives in one.
    ['ES', 'Europe/Madrid'],
    ['PT', 'Europe/Lisbon'],
    ['CL', 'America/Santiago'],
    ['CN', 'Asia/Shanghai'],
    ['UA', 'Europe/Kyiv'],
    ['NZ', 'Pacific/Auckland'],
    ['XK', 'Europe/Belgrade'],
    ['US', undefined],
    ['CA', undefined],
    ['AU', undefined],
    ['BR', undefined],
    ['MX', undefined],
    ['RU', undefined],
    ['ID', undefined],
    ['MN', undefined],
    ['CD', undefined],
    ['AQ', undefined],
    // Nobody lives there.
    ['HM', undefined],
  ])('%s: %s', (code, zone) => {
    expect(findCountryZone(code, 2027)).toBe(zone);
  });

  test.each([
    // One clock since 2024.
    ['KZ', 2022],
    // Gaza and Hebron agreed in January and went apart in August.
    ['PS', 2011],
  ])('is asked of the whole year: %s in %d had several', (code, year) => {
    expect(findCountryZone(code, year)).toBeUndefined();
    expect(findCountryZone(code, 2027)).toBeDefined();
  });

  test('is one that Node knows, in 220 countries', () => {
    const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
    const zones = letters.flatMap((a) => letters.flatMap((b) => findCountryZone(a + b, 2027) ?? []));
    expect(zones.filter((zone) => !isTimeZone(zone))).toEqual([]);
    expect(zones.length).toBeGreaterThan(220);
  });
});
