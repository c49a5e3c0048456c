import { DateTime } from 'luxon';

/** An instant as the clocks of `zone` show it: `2027-03-28`, `03:00`, `+02:00`. */
export function formatInstantIn(instant: Date, zone: string): { date: string; time: string; offset: string } {
  const local = DateTime.fromJSDate(instant, { zone });
  return { date: local.toFormat('yyyy-MM-dd'), time: local.toFormat('HH:mm'), offset: local.toFormat('ZZ') };
}
