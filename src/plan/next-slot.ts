import type { Campaign } from '../campaign/campaign.js';
import type { Calendar } from './calendar.js';
import { addDays, shiftDate } from './calendar.js';
import { dayOffIn } from './group-dates.js';
import { formatInstantIn } from './local-words.js';

/** Hours in which a mail that nobody expects is welcome, and somebody is there to answer questions. */
const from = '08:00';
const until = '16:00';
/** Time to read the proposal again, and to stop it. */
const graceMs = 3_600_000;
const fiveMinutesMs = 300_000;

/** The next decent moment for an announcement: in an hour on a work day, else at the launch's time of the next one. */
export function findNextSlot(
  now: Date,
  { zone, time }: Pick<Campaign['launch'], 'zone' | 'time'>,
  calendar: Calendar,
): { date: string; time: string } {
  const isDayOff = dayOffIn(calendar, '');
  const soon = new Date(Math.ceil((now.getTime() + graceMs) / fiveMinutesMs) * fiveMinutesMs);
  const slot = formatInstantIn(soon, zone);
  if (!isDayOff(slot.date) && slot.time >= from && slot.time < until) return { date: slot.date, time: slot.time };
  const today = formatInstantIn(now, zone);
  const first = today.time < time && slot.date === today.date && slot.time < time ? today.date : addDays(today.date, 1);
  const day = shiftDate(first, 'after', isDayOff);
  return { date: day === 'skip' ? first : day.date, time };
}
