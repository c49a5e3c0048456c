import type { Campaign } from '../campaign/campaign.js';
import { type Attributes, createAttributeReader, departmentNames, findColumns } from './attribute-columns.js';
import { type ChooseCountry, createCountryReader } from './choose-country.js';
import { findCountryZone } from './country-zone.js';
import { parseZone } from './parse-zone.js';
import { remember } from './remember.js';
import { findCountryCode, foldName } from './resolve-country.js';

/** The zone of a person, and the first text in a zone column that names none. */
export interface ZoneChoice {
  /** IANA name; empty: the campaign's. */
  zone: string;
  unknown?: { text: string; column: string };
}
export type ChooseZone = (attributes: Attributes) => ZoneChoice;

/** As Graph, Exchange and Windows name it, then what people write; `zone` may also be one of sales, so it stands last. */
const zoneNames = [
  ...['timezone', 'timezoneid', 'ianatimezone', 'ianazone', 'windowstimezone', 'usertimezone', 'preferredtimezone'],
  ...['mailboxsettingstimezone', 'mailboxtimezone', 'mailboxregionaltimezone', 'officetimezone', 'localtimezone'],
  ...['tijdzone', 'zeitzone', 'fuseauhoraire', 'husohorario', 'zonahoraria', 'fusoorario', 'fusohorario'],
  ...['tz', 'zone'],
];

const nowhere: ZoneChoice = { zone: '' };
const findZone = remember(parseZone);
/** Comparing the clocks of a country's zones takes 1 ms. */
const zonesOfYear = remember((year) => remember((code) => findCountryZone(code, Number(year))));

/**
 * The zone column decides, else the department, else the country where the campaign names a zone for it or it has only
 * one, else the campaign. Text that names no zone is told, and the next of these applies.
 *
 * Where no step goes at local time nobody's zone matters, and all are in the campaign's: with each zone more there
 * would be more groups with the same instants.
 */
export function createZoneChooser(
  { steps, launch, zones }: Pick<Campaign, 'steps' | 'launch' | 'zones'>,
  header: readonly string[],
  chooseCountry: ChooseCountry,
): ChooseZone {
  if (!steps.some(({ recipientLocal }) => recipientLocal)) return () => nowhere;
  const zoneColumns = findColumns(header, zoneNames);
  const chooseByRules = createRuleChooser(zones, header);
  const findOnlyZone = zonesOfYear(launch.date.slice(0, 4));
  return (attributes) => {
    const country = chooseCountry(attributes);
    let unknown: ZoneChoice['unknown'];
    for (const column of zoneColumns) {
      const text = attributes[column];
      if (typeof text !== 'string' || text === '') continue;
      const found = findZone(text);
      if (found) return choice(found.byCountry?.get(country) ?? found.zone, unknown);
      unknown ??= { text, column };
    }
    const zone = chooseByRules(attributes, country) ?? ((country && findOnlyZone(country)) || '');
    return choice(zone, unknown);
  };
}

function choice(zone: string, unknown: ZoneChoice['unknown']): ZoneChoice {
  return unknown === undefined ? { zone } : { zone, unknown };
}

/** What the campaign file says of departments and countries. */
function createRuleChooser(
  { byDepartment, byCountry }: Campaign['zones'],
  header: readonly string[],
): (attributes: Attributes, country: string) => string | undefined {
  const departments = new Map(Object.entries(byDepartment).map(([name, zone]) => [foldDepartment(name), zone]));
  const codes = new Map<string, string>();
  /** What is no country and stands in that column all the same: `Hawaii office`. */
  const otherPlaces = new Map<string, string>();
  for (const [name, zone] of Object.entries(byCountry)) {
    const code = findCountryCode(name);
    if (code === undefined) otherPlaces.set(foldName(name.trim()), zone);
    else codes.set(code, zone);
  }
  const readDepartment = createAttributeReader(findColumns(header, departmentNames));
  const readCountry = createCountryReader(header);
  return (attributes, country) => {
    if (departments.size > 0) {
      const zone = departments.get(foldDepartment(readDepartment(attributes)));
      if (zone !== undefined) return zone;
    }
    const place = otherPlaces.size > 0 ? otherPlaces.get(foldName(readCountry(attributes).trim())) : undefined;
    return place ?? codes.get(country);
  };
}

function foldDepartment(name: string): string {
  return name.trim().toLowerCase();
}
