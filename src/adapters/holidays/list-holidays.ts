import DateHolidays, { type HolidaysTypes } from 'date-holidays';
import type { Holidays } from '../../campaign/plan.js';
import { holidayPlace } from '../../campaign/rollout-field.js';

// The package brings the rules of every country: 0.2 s to import. Who can do without holidays should import it lazily.

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** The hours by which a day is judged: a holiday that begins at noon leaves the morning for mails. */
const dayBeginsMs = 9 * hourMs;
const dayEndsMs = 17 * hourMs;

type DayNames = Record<string, string>;

/** A place takes 1 to 2 ms to open and 2 to 60 ms a year to compute; the answer is the same in every plan. */
const opened = new Map<string, DateHolidays>();
const remembered = new Map<string, Readonly<DayNames>>();

/**
 * Public holidays of places such as `NL` and `DE-BY`, for whole years, both included: by place and date, with their
 * names in the first of the place's own languages. A holiday of several days gives each of them, one that is kept on
 * another day gives both, and one of half a day none. A place that is not known has none: see `describeUnknownPlace`.
 *
 * Source: npm `date-holidays`, its type `public` alone. Its type `bank` are days on which banks close and others work
 * (New Year's Eve in NL and DE); what the United Kingdom calls bank holidays are `public` there. `GB` has those of
 * all its parts, and Easter Monday: the one in August is in `GB-ENG`, `GB-WLS`, `GB-NIR` and, on another day, `GB-SCT`.
 */
export function listHolidays(places: readonly string[], years: { from: number; to: number }): Holidays {
  return Object.fromEntries(places.map((place) => [place, listHolidaysOf(place, years)]));
}

function listHolidaysOf(place: string, { from, to }: { from: number; to: number }): DayNames {
  const names: DayNames = {};
  // What begins in the year before may last into this one.
  for (let year = from - 1; year <= to; year += 1) {
    for (const [date, name] of Object.entries(listYear(place, year))) {
      const asked = Number(date.slice(0, 4));
      if (asked >= from && asked <= to) names[date] ??= name;
    }
  }
  return names;
}

/** By date, the holidays that the package counts to a year. */
function listYear(place: string, year: number): Readonly<DayNames> {
  const key = `${place} ${year}`;
  const known = remembered.get(key);
  if (known) return known;
  const names: DayNames = {};
  // Asked for a part it does not know, the package answers for the whole country.
  const holidays = listPlaces().includes(place) ? openPlace(place).getHolidays(year) : [];
  for (const holiday of holidays) {
    if (holiday.type !== 'public') continue;
    for (const date of listDays(holiday)) names[date] ??= holiday.name;
  }
  remembered.set(key, names);
  return names;
}

function openPlace(place: string): DateHolidays {
  const [country = '', state, region] = place.split('-');
  const known = opened.get(place) ?? new DateHolidays({ country, ...(state && { state }), ...(region && { region }) });
  opened.set(place, known);
  return known;
}

/**
 * The days whose working hours lie in the holiday. Its `date` is wall time of the place, `2027-04-22 00:00:00 -0600`
 * where it begins six hours before: at sunset. Turkey's feast of 90 hours from there has three whole days, Saudi
 * Arabia's of 96 hours has four. A change of the clock adds or takes an hour, which changes no day's working hours.
 */
function listDays({ date, start, end }: HolidaysTypes.Holiday): string[] {
  const [, day, time, sign, hours = '0', minutes = '0'] =
    /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?: ([+-])(\d\d)(\d\d))?$/.exec(date) ?? [];
  const shiftMs = (Number(hours) + Number(minutes) / 60) * hourMs * (sign === '-' ? -1 : 1);
  const from = Date.parse(`${day}T${time}Z`) + shiftMs;
  if (Number.isNaN(from)) throw new Error(`not the date of a holiday: ${JSON.stringify(date)}`);
  const until = from + (end.getTime() - start.getTime());
  const days: string[] = [];
  for (let at = Math.floor(from / dayMs) * dayMs; at < until; at += dayMs) {
    if (from <= at + dayBeginsMs && until >= at + dayEndsMs) days.push(new Date(at).toISOString().slice(0, 10));
  }
  return days;
}

const world = new DateHolidays();
let places: readonly string[] | undefined;

/** Every place whose holidays are known, about 600: countries after ISO 3166-1, with parts mostly after ISO 3166-2. */
export function listPlaces(): readonly string[] {
  places ??= Object.keys(world.getCountries())
    .flatMap((country) => [country, ...Object.keys(listParts(country))])
    // Some islands and towns have their names for codes, which no campaign file can hold.
    .filter((place) => holidayPlace.safeParse(place).success);
  return places;
}

/** Places within a country, and within its parts, with their names: `{ 'DE-BY': 'Bayern', 'DE-BY-A': 'Augsburg' }`. */
function listParts(country: string): Record<string, string> {
  const parts: Record<string, string> = {};
  for (const [state, name] of Object.entries(world.getStates(country) ?? {})) {
    parts[`${country}-${state}`] = name;
    for (const [region, regionName] of Object.entries(world.getRegions(country, state) ?? {}))
      parts[`${country}-${state}-${region}`] = regionName;
  }
  return parts;
}

/** What people write for a country whose code is another one. */
const usualSlips: Record<string, string> = { UK: 'GB', EN: 'GB-ENG', EL: 'GR' };

/** What is wrong with a place and which was meant, to read on after `calendar.holidays: `; nothing where it is known. */
export function describeUnknownPlace(place: string): { message: string; hint: string } | undefined {
  const known = listPlaces();
  if (known.includes(place)) return undefined;
  const [country = '', ...rest] = place.split('-');
  const message = `the holidays of ${JSON.stringify(place)} are not known`;
  const meant = usualSlips[country];
  if (meant !== undefined) return { message, hint: `did you mean "${[meant, ...rest].join('-')}"?` };
  if (!known.includes(country)) {
    const closures = 'list the days in the file of calendar.closures';
    return { message, hint: `a country has two letters after ISO 3166, such as NL; if this is one, ${closures}` };
  }
  const parts = Object.entries(listParts(country)).filter(([each]) => known.includes(each));
  // Whoever does not know a code writes how the name begins: DE-BAY, GB-SCO, US-CAL.
  const begun = (rest.at(-1) ?? '').toLowerCase();
  const named = parts.filter(([, name]) => name.toLowerCase().startsWith(begun));
  if (named.length === 1) return { message, hint: `did you mean "${named[0]?.[0]}"?` };
  const states = parts.map(([each]) => each).filter((each) => each.split('-').length === 2);
  if (states.length === 0) return { message, hint: `write "${country}"` };
  return { message, hint: `known of ${nameOf(country)}: ${[country, ...states].join(', ')}` };
}

function nameOf(country: string): string {
  return world.getCountries()[country] ?? country;
}
