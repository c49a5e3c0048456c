import { expect, test } from '@jest/globals';
import { countryNames } from '../../src/audience/choose-country.js';
import { recogniseColumns } from '../../src/audience/recipient-columns.js';
import { findCountryCode } from '../../src/audience/resolve-country.js';

test.each([
  ['NL', 'NL'],
  ['nl', 'NL'],
  [' Nederland ', 'NL'],
  ['The Netherlands', 'NL'],
  ['Germany', 'DE'],
  ['Deutschland', 'DE'],
  ['Allemagne', 'DE'],
  ['België', 'BE'],
  ['Belgie', 'BE'],
  ['Vietnam', 'VN'],
  ['Serbia', 'RS'],
  ['Zimbabwe', 'ZW'],
  ['日本', 'JP'],
  ['UK', 'GB'],
  ['DD', 'DE'],
  ['European Union', undefined],
  ['Nederlandd', undefined],
  ['', undefined],
])('%j is %s', (text, code) => {
  expect(findCountryCode(text)).toBe(code);
});

test('every country has a zone, and so is one of today: CLDR has the names of East Germany and Burma as well', () => {
  const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
  const names = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' });
  const named = letters.flatMap((a) => letters.map((b) => a + b)).filter((code) => names.of(code));
  const codes = new Set(
    named.map((code) => findCountryCode(names.of(code) ?? '')).filter((code) => code !== undefined),
  );
  expect(codes.size).toBeGreaterThan(245);
  for (const code of codes) {
    expect(findCountryCode(code)).toBe(code);
    expect(new Intl.Locale(`und-${code}`).region).toBe(code);
  }
});

test.each([...countryNames])('the column "%s" is one of the country for the reader of the list as well', (name) => {
  expect(recogniseColumns('list.csv', 1, ['mail', name]).country).toBe(1);
});
