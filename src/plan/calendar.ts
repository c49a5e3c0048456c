import type { Closure, Holidays } from '../campaign/plan.js';
import { BadInput } from '../campaign/problem.js';
import { type ShiftRule, type Weekday, weekdays } from '../campaign/rollout-field.js';
import { parseOffset } from './offset.js';

/** On which days the people of a campaign work. Dates are `YYYY-MM-DD`. */
export interface Calendar {
  /**
   * Why nobody works on that day, as a part of a sentence: `Saturday`, `Koningsdag (NL)`, `closed: Summer break`.
   * Nothing where people work. `place` is one of those whose holidays count; empty: the first of them.
   */
  dayOffReason(date: string, place: string): string | undefined;
}

type IsDayOff = (date: string) => boolean;

const dayMs = 86_400_000;
/** A year that is closed as a whole, with the days off around it, is borne; more in a row is a slip of the pen. */
const mostDaysOffInARow = 400;
const dayNames: Record<Weekday, string> = {
  mon: 'Monday',
  tue: 'Tuesday',
  wed: 'Wednesday',
  thu: 'Thursday',
  fri: 'Friday',
  sat: 'Saturday',
  sun: 'Sunday',
};

/**
 * Of several reasons the one that its reader knows best is told: the organisation's own closure, then the holiday,
 * then the weekday.
 */
export function createCalendar({
  workDays,
  places,
  holidays,
  closures,
}: {
  workDays: readonly Weekday[];
  places: readonly string[];
  holidays: Holidays;
  closures: readonly Closure[];
}): Calendar {
  const findReason = (date: string, place: string): string | undefined => {
    const closure = closures.find(({ from, to }) => from <= date && date <= to);
    if (closure) return `closed: ${closure.name}`;
    const holiday = holidays[place]?.[date];
    if (holiday !== undefined) return `${holiday} (${place})`;
    const weekday = weekdayOf(date);
    return workDays.includes(weekday) ? undefined : dayNames[weekday];
  };
  // The 200 groups of a large plan ask for the same few hundred days again and again.
  const known = new Map<string, Map<string, string | undefined>>();
  return {
    dayOffReason(date, named) {
      const place = named || (places[0] ?? '');
      const days = known.get(place) ?? new Map<string, string | undefined>();
      known.set(place, days);
      if (!days.has(date)) days.set(date, findReason(date, place));
      return days.get(date);
    },
  };
}

export function weekdayOf(date: string): Weekday {
  // 1970-01-01 was a Thursday.
  const day = (((countDays(date) + 3) % 7) + 7) % 7;
  return weekdays[day] as Weekday;
}

export function addDays(date: string, days: number): string {
  return formatDay(countDays(date) + days);
}

/**
 * The date so many work days later, or earlier where `count` is negative. The date itself is not counted, be it a day
 * off or not: three work days before a Monday is the Wednesday before. 0 leaves the date as it is, day off or not.
 */
export function addWorkDays(date: string, count: number, isDayOff: IsDayOff): string {
  let day = countDays(date);
  for (let left = Math.abs(count); left > 0; left -= 1) day = findWorkDay(day, Math.sign(count), isDayOff);
  return formatDay(day);
}

/** The date of an offset such as `-14d` or `-3bd` from `date`. */
export function applyOffset(date: string, offset: string, isDayOff: IsDayOff): string {
  const { amount, unit } = parseOffset(offset);
  return unit === 'days' ? addDays(date, amount) : addWorkDays(date, amount, isDayOff);
}

/** Where a step goes whose day may be a day off: to the nearest work day before or after, nowhere, or it stays. */
export function shiftDate(
  date: string,
  rule: ShiftRule,
  isDayOff: IsDayOff,
): { date: string; moved: boolean } | 'skip' {
  if (rule === 'none' || !isDayOff(date)) return { date, moved: false };
  if (rule === 'skip') return 'skip';
  return { date: formatDay(findWorkDay(countDays(date), rule === 'before' ? -1 : 1, isDayOff)), moved: true };
}

/** The nearest work day in one direction, `start` itself not counted. Throws where there is none within 400 days. */
function findWorkDay(start: number, direction: number, isDayOff: IsDayOff): number {
  for (let step = 1; step <= mostDaysOffInARow; step += 1) {
    const day = start + step * direction;
    if (!isDayOff(formatDay(day))) return day;
  }
  const side = direction < 0 ? 'before' : 'after';
  throw new BadInput([
    {
      field: 'calendar',
      message: `the calendar has no work day in the ${mostDaysOffInARow} days ${side} ${formatDay(start)}`,
      hint: 'look at workDays, and at the closures file',
    },
  ]);
}

/** Days since 1970-01-01. A date is a name on paper here: no zone comes into it, so UTC's days of 24 hours will do. */
function countDays(date: string): number {
  const days = Date.parse(date) / dayMs;
  if (!Number.isInteger(days) || formatDay(days) !== date) throw new Error(`not a date: ${JSON.stringify(date)}`);
  return days;
}

function formatDay(days: number): string {
  return new Date(days * dayMs).toISOString().slice(0, 10);
}
