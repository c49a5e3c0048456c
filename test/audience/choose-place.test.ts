import { describe, expect, test } from '@jest/globals';
import { createCountryChooser } from '../../src/audience/choose-country.js';
import { createPlaceChooser } from '../../src/audience/choose-place.js';

function choose(places: string[], attributes: Record<string, string>): string {
  const header = Object.keys(attributes);
  return createPlaceChooser(places, header, createCountryChooser(header))(attributes);
}

describe('the place whose holidays count', () => {
  test.each<[string, string[], Record<string, string>, string]>([
    ['the country', ['NL', 'DE'], { country: 'Germany' }, 'DE'],
    ['the country by its code', ['NL', 'DE'], { 'Country or region': 'de' }, 'DE'],
    ['the usage location', ['NL', 'DE'], { 'Usage location': 'DE' }, 'DE'],
    ['the country before the usage location', ['NL', 'DE'], { usageLocation: 'DE', land: 'Nederland' }, 'NL'],
    ['the usage location where the country is none', ['NL', 'DE'], { usageLocation: 'DE', land: 'Benelux' }, 'DE'],
    ['the first of all, by its name', ['NL', 'DE'], { country: 'NL' }, 'NL'],
    ['none for a country that is not listed', ['NL', 'DE'], { country: 'France' }, ''],
    ['none for a country that nobody knows', ['NL', 'DE'], { country: 'Benelux' }, ''],
    ['none for no country', ['NL', 'DE'], { department: 'IT' }, ''],
    ['nothing to choose from one', ['DE'], { country: 'DE' }, ''],
    ['nothing to choose from none', [], { country: 'DE' }, ''],
    ['the only part of the country', ['NL', 'DE-BY'], { country: 'DE' }, 'DE-BY'],
    ['the only part, whatever the region', ['NL', 'DE-BY'], { country: 'DE', state: 'NW' }, 'DE-BY'],
    ['the part by its code', ['DE-BY', 'DE-NW'], { country: 'DE', state: 'NW' }, 'DE-NW'],
    [
      'the part by its whole code, in any case',
      ['DE-BY', 'DE-NW'],
      { country: 'DE', 'State or province': 'de-nw' },
      'DE-NW',
    ],
    ['the part by the column of Active Directory', ['DE-BY', 'DE-NW'], { country: 'DE', st: 'by' }, 'DE-BY'],
    ['the part by a Dutch column', ['BE-VLG', 'BE-WAL'], { land: 'België', Provincie: 'WAL' }, 'BE-WAL'],
    ['no part of a country without a region', ['DE-BY', 'DE-NW'], { country: 'DE' }, ''],
    ['no part for a region that is not listed', ['DE-BY', 'DE-NW'], { country: 'DE', state: 'HH' }, ''],
    ['the country as a whole for a region that is not listed', ['DE-BY', 'DE'], { country: 'DE', state: 'HH' }, 'DE'],
    ['the country as a whole without a region', ['DE', 'DE-BY', 'DE-NW'], { country: 'DE' }, 'DE'],
    ['the part before the whole', ['DE', 'DE-BY'], { country: 'DE', state: 'BY' }, 'DE-BY'],
    ['the city', ['DE-BY', 'DE-BY-A'], { country: 'DE', state: 'BY-A' }, 'DE-BY-A'],
    ['the part of a city that is not listed', ['DE', 'DE-BY'], { country: 'DE', state: 'DE-BY-A' }, 'DE-BY'],
    [
      'not a part of another country of the same code',
      ['DE-BE', 'CH-BE', 'CH-ZH'],
      { country: 'CH', state: 'BE' },
      'CH-BE',
    ],
  ])('%s', (_, places, attributes, expected) => {
    expect(choose(places, attributes)).toBe(expected);
  });
});
