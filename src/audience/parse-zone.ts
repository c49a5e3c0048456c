import { WINDOWS_TO_IANA_MAP } from 'windows-iana';
import { isTimeZone, listTimeZones } from '../campaign/time-zone.js';

/** A zone that a list names: an IANA name, and for some countries another of the same clock. */
export interface ParsedZone {
  zone: string;
  /** By ISO 3166 code: a Windows zone covers many countries. */
  byCountry?: ReadonlyMap<string, string>;
}

/**
 * Places that were renamed. CLDR keeps the old names for ever and Intl gives those, up to Node 24 at least; newer
 * engines give the present ones. A person's group must not change with an upgrade, so neither is asked.
 */
const presentNames: Readonly<Record<string, string>> = {
  'Africa/Asmera': 'Africa/Asmara',
  'America/Buenos_Aires': 'America/Argentina/Buenos_Aires',
  'America/Coral_Harbour': 'America/Atikokan',
  'America/Godthab': 'America/Nuuk',
  'America/Indianapolis': 'America/Indiana/Indianapolis',
  'America/Louisville': 'America/Kentucky/Louisville',
  'Asia/Calcutta': 'Asia/Kolkata',
  'Asia/Katmandu': 'Asia/Kathmandu',
  'Asia/Rangoon': 'Asia/Yangon',
  'Asia/Saigon': 'Asia/Ho_Chi_Minh',
  'Atlantic/Faeroe': 'Atlantic/Faroe',
  'Europe/Kiev': 'Europe/Kyiv',
  'Pacific/Enderbury': 'Pacific/Kanton',
  'Pacific/Ponape': 'Pacific/Pohnpei',
  'Pacific/Truk': 'Pacific/Chuuk',
};

let spellings: ReadonlyMap<string, string> | undefined;
let windowsZones: ReadonlyMap<string, ParsedZone> | undefined;

/**
 * An IANA name or a Windows name (CLDR's windowsZones), in any case; `undefined` for anything else. Links are fine and
 * stay as they are written, for renamed places see above: the same text means the same group on every computer.
 */
export function parseZone(text: string): ParsedZone | undefined {
  const name = text.trim().replaceAll(' ', '_');
  if (isTimeZone(name)) {
    spellings ??= new Map(listTimeZones().map((each) => [each.toLowerCase(), each]));
    return { zone: nameZoneOfToday(spellings.get(name.toLowerCase()) ?? name) };
  }
  windowsZones ??= listWindowsZones();
  return windowsZones.get(text.trim().toLowerCase());
}

/** `Europe/Kyiv` for `Europe/Kiev`; other names as they are. */
export function nameZoneOfToday(zone: string): string {
  return Object.hasOwn(presentNames, zone) ? (presentNames[zone] ?? zone) : zone;
}

/** Each zone under its Windows name in lower case. Territory 001 is the world: where it applies, without a country. */
function listWindowsZones(): Map<string, ParsedZone> {
  const zones = new Map<string, { zone: string; byCountry: Map<string, string> }>();
  for (const { windowsName, territory, iana } of WINDOWS_TO_IANA_MAP) {
    const key = windowsName.toLowerCase();
    const known = zones.get(key) ?? { zone: '', byCountry: new Map<string, string>() };
    // Of several places in a country the first is the largest.
    const zone = nameZoneOfToday(iana[0]);
    if (territory === '001') known.zone = zone;
    else known.byCountry.set(territory, zone);
    zones.set(key, known);
  }
  return zones;
}
