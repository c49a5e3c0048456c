import { nameZoneOfToday } from './parse-zone.js';

/**
 * Countries with several clocks, or several zones that agree, in which at least 19 of 20 people live by this one; the
 * others need a zone column or `zones.byCountry`. Left out, beside the large ones: Mongolia, Kiribati, Micronesia.
 */
const usualZones: Readonly<Record<string, string>> = {
  AR: 'America/Argentina/Buenos_Aires',
  CL: 'America/Santiago', // 98 %; Magallanes and Aysén keep summer time all year, Easter Island is two hours behind.
  CN: 'Asia/Shanghai', // The law knows no other; Urumqi's is a custom.
  CY: 'Asia/Nicosia',
  EC: 'America/Guayaquil', // Without the Galapagos.
  ES: 'Europe/Madrid', // 95 %: the Canaries are an hour behind.
  GL: 'America/Nuuk', // 98 %: without Pituffik and Danmarkshavn.
  NZ: 'Pacific/Auckland', // Without the Chatham Islands.
  PF: 'Pacific/Tahiti', // 96 %: without the Marquesas and the Gambier Islands.
  PG: 'Pacific/Port_Moresby', // 96 %: without Bougainville.
  PT: 'Europe/Lisbon', // 98 %: the Azores are an hour behind.
  UA: 'Europe/Kyiv', // Crimea is the exception.
  XK: 'Europe/Belgrade', // Kosovo has no zone of its own; CLDR has it with Serbia's.
};

const weekMs = 7 * 86_400_000;

/**
 * The one zone in which people of a country (ISO 3166 code) live in that year and the next: the country's only one, or
 * the usual one, or the first of several whose clocks always agree (Germany's Berlin and Büsingen). `undefined` where a
 * country has several clocks, such as the United States.
 *
 * Zones by country are those of CLDR, which Intl has: the tz database links Oslo to Berlin and Reykjavik to Abidjan.
 */
export function findCountryZone(code: string, year: number): string | undefined {
  if (Object.hasOwn(usualZones, code)) return usualZones[code];
  const [first, ...others] = listZones(code);
  if (first === undefined) return undefined;
  const instants = listWeeks(year);
  const clock = readClock(first);
  const agrees = (zone: string): boolean => {
    const other = readClock(zone);
    return instants.every((instant) => clock(instant) === other(instant));
  };
  return others.every(agrees) ? nameZoneOfToday(first) : undefined;
}

/** By CLDR's names, in order of the alphabet. Node 20 has the property alone; it is to become the method. */
function listZones(code: string): readonly string[] {
  const locale = new Intl.Locale('und', { region: code }) as Intl.Locale & {
    getTimeZones?: () => string[] | undefined;
    timeZones?: string[];
  };
  return locale.getTimeZones?.() ?? locale.timeZones ?? [];
}

function listWeeks(year: number): number[] {
  const first = Date.UTC(year, 0, 1);
  return Array.from({ length: 105 }, (_, week) => first + week * weekMs);
}

/** What a clock of the zone says, on the minute. */
function readClock(timeZone: string): (instant: number) => string {
  const format = new Intl.DateTimeFormat('en', { timeZone, dateStyle: 'short', timeStyle: 'short' });
  return (instant) => format.format(instant);
}
