import { type Attributes, createAttributeReader, findColumns } from './attribute-columns.js';
import type { ChooseCountry } from './choose-country.js';

/** One of the places whose holidays count; empty: the first of them, as for everybody whose own is not among them. */
export type ChoosePlace = (attributes: Attributes) => string;

/** Those of Entra and Active Directory (`st`), then what people write. */
const regionNames = [
  ...['state', 'stateorprovince', 'stateprovince', 'province', 'region', 'regioncode', 'statecode', 'st'],
  ...['provincie', 'regio', 'bundesland', 'kanton', 'canton', 'provincia', 'comunidadautonoma', 'regione'],
];

/** The listed places of one country. */
interface CountryPlaces {
  /** By the whole code: `DE`, `DE-BY`. */
  codes: Set<string>;
  /** Where the region says nothing: the country as a whole, or its only place. */
  usual: string;
}

/**
 * A person belongs to the listed place of their country. Where several parts of it are listed, the region column says
 * which, as a code: `BY` or `DE-BY`, in any case. Without one that is listed it is the country as a whole.
 *
 * Where fewer than two places are listed there is nothing to choose, and all are in the first.
 */
export function createPlaceChooser(
  places: readonly string[],
  header: readonly string[],
  chooseCountry: ChooseCountry,
): ChoosePlace {
  if (places.length < 2) return () => '';
  const countries = new Map<string, CountryPlaces>();
  for (const place of places) {
    const code = place.slice(0, 2);
    const known = countries.get(code) ?? { codes: new Set<string>(), usual: '' };
    known.codes.add(place);
    known.usual = known.codes.has(code) ? code : known.codes.size === 1 ? place : '';
    countries.set(code, known);
  }
  const readRegion = createAttributeReader(findColumns(header, regionNames));
  return (attributes) => {
    const country = chooseCountry(attributes);
    const listed = countries.get(country);
    if (!listed) return '';
    if (listed.codes.size === 1) return listed.usual;
    const region = readRegion(attributes).trim().toUpperCase();
    return findPlace(listed.codes, region.startsWith(`${country}-`) ? region : `${country}-${region}`) ?? listed.usual;
  };
}

/** The nearest place that is listed: of `DE-BY-A` that one, else `DE-BY`. */
function findPlace(codes: ReadonlySet<string>, code: string): string | undefined {
  if (codes.has(code)) return code;
  const end = code.lastIndexOf('-');
  return end > 2 ? findPlace(codes, code.slice(0, end)) : undefined;
}
