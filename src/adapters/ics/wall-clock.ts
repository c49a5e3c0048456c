import { isTimeZone } from '../../campaign/time-zone.js';

const secondMs = 1000;

/**
 * Reads days and times as ical.js spells them: `2027-08-02`, `2027-08-02T09:00:00` and, in UTC, `2027-08-02T07:00:00Z`.
 * The answer is wall time in milliseconds as if it were UTC: what is no UTC is taken as the clock on the wall says it,
 * and UTC is turned into that of the event's own zone, or of the calendar's where this Node does not know that one.
 * Nothing for what is no time, or none of the years 1900 to 2199.
 */
export function createWallClock(
  ownZone: string | undefined,
  calendarZone: string,
): (text: unknown) => number | undefined {
  const zone = ownZone !== undefined && isTimeZone(ownZone) ? ownZone : calendarZone;
  return (text) => {
    // A day without VALUE=DATE, which many a program writes, comes out as "2027-08-02T::".
    const [, day, time = '00:00:00', utc] =
      /^((?:19|20|21)\d\d-\d\d-\d\d)(?:T::|T(\d\d:\d\d:\d\d)(Z?))?$/.exec(String(text)) ?? [];
    const wallMs = Date.parse(`${day}T${time}Z`);
    // Date.parse takes 30 February for 2 March.
    if (Number.isNaN(wallMs) || new Date(wallMs).toISOString().slice(0, 10) !== day) return undefined;
    return utc ? showInZone(wallMs, zone) : wallMs;
  };
}

const formats = new Map<string, Intl.DateTimeFormat>();

function showInZone(instantMs: number, timeZone: string): number {
  const known = formats.get(timeZone);
  const format = known ?? new Intl.DateTimeFormat('sv', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
  if (!known) formats.set(timeZone, format);
  // Swedish dates are `2027-08-02 09:00:00`.
  const wall = Date.parse(`${format.format(instantMs).replace(' ', 'T')}Z`);
  return Math.floor(wall / secondMs) * secondMs;
}
