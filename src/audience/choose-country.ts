import { type Attributes, createAttributeReader, findColumns, type ReadAttribute } from './attribute-columns.js';
import { remember } from './remember.js';
import { findCountryCode } from './resolve-country.js';

/** As recipient-columns.ts knows them; both stay attributes. */
export const countryNames = [
  'country',
  'countryorregion',
  'countryregion',
  'countrycode',
  'land',
  'landcode',
  'pays',
] as const;

const findCode = remember((text) => findCountryCode(text) ?? '');

/** ISO 3166 code; empty where the list says none. */
export type ChooseCountry = (attributes: Attributes) => string;

/** The country column decides, else the usage location; text that names no country passes the question on. */
export function createCountryChooser(header: readonly string[]): ChooseCountry {
  const readCountry = createCountryReader(header);
  const readUsageLocation = createAttributeReader(findColumns(header, ['usagelocation']));
  return (attributes) => {
    const country = readCountry(attributes);
    return (country && findCode(country)) || findCode(readUsageLocation(attributes));
  };
}

/** What the country column says, whether or not that is a country. */
export function createCountryReader(header: readonly string[]): ReadAttribute {
  return createAttributeReader(findColumns(header, countryNames));
}
