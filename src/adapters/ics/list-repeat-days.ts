import { type DayParts, readDay, weekOf } from './day-parts.js';

/** RRULE of RFC 5545 3.3.10, as far as it says on which days something begins. Weekdays count from 0, Monday. */
export interface RepeatRule {
  frequency: 'DAILY' | 'WEEKLY' | 'MONTHLY' | 'YEARLY';
  interval: number;
  count?: number;
  /** The last moment at which an occurrence may begin: wall time, in milliseconds as if it were UTC. */
  until?: number;
  weekStart: number;
  months?: readonly number[];
  weeks?: readonly number[];
  yearDays?: readonly number[];
  monthDays?: readonly number[];
  /** `nth` 0: every such weekday; -1: the last one of the month or year. */
  weekdays?: readonly { nth: number; weekday: number }[];
  positions?: readonly number[];
}

const dayMs = 86_400_000;
/** Positions are counted within a period: no period is longer. */
const longestPeriod = 366;

/**
 * The days (since 1970-01-01) from `first` to `last` on which occurrences begin; `start` is the event's own first day,
 * `timeOfDayMs` the wall time at which each begins.
 *
 * Closures are whole days, so every day of the span is asked whether the rule has it. ical.js only reads the rule: its
 * iterator never ends on some that name no day (FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30, and every seventh day from a Monday
 * that is a Tuesday), and has 2 March for a yearly 30 February.
 */
export function listRepeatDays(
  rule: RepeatRule,
  { start, timeOfDayMs, first, last }: { start: number; timeOfDayMs: number; first: number; last: number },
): number[] {
  const { count, until = Number.POSITIVE_INFINITY } = rule;
  // What is counted must be counted from the beginning. The event's own first day is one of them, rule or not.
  const from = count === undefined ? Math.max(start, first) : start;
  const others = collectDays(rule, { start, from, last }).filter(
    (day) => day > start && day * dayMs + timeOfDayMs <= until,
  );
  const counted = count === undefined ? others : others.slice(0, Math.max(0, count - 1));
  return [start, ...counted].filter((day) => day >= first && day <= last);
}

function collectDays(
  rule: RepeatRule,
  { start, from, last }: { start: number; from: number; last: number },
): readonly number[] {
  const startParts = readDay(start);
  const firstPeriod = periodOf(startParts, rule);
  const reach = rule.positions ? longestPeriod : 0;
  const found: number[] = [];
  let days: number[] = [];
  let period = Number.NaN;
  for (let day = from - reach; day <= last + reach; day += 1) {
    const parts = readDay(day);
    const its = periodOf(parts, rule);
    if (its !== period) {
      found.push(...choosePositions(days, rule.positions));
      days = [];
      period = its;
    }
    if ((its - firstPeriod) % rule.interval === 0 && belongsTo(rule, parts, startParts)) days.push(day);
  }
  found.push(...choosePositions(days, rule.positions));
  return found.filter((day) => day >= from && day <= last);
}

/** BYSETPOS: the first, second, or last of what a period has. */
function choosePositions(days: readonly number[], positions: RepeatRule['positions']): readonly number[] {
  if (!positions) return days;
  return days.filter((_, at) => positions.includes(at + 1) || positions.includes(at - days.length));
}

/** A number that is one higher for the next day, week, month or year. */
function periodOf(parts: DayParts, { frequency, weekStart, weeks }: RepeatRule): number {
  switch (frequency) {
    case 'DAILY':
      return parts.day;
    case 'WEEKLY':
      // 1970-01-01 was a Thursday, three days into its week.
      return Math.floor((parts.day + 3 - weekStart) / 7);
    case 'MONTHLY':
      return parts.year * 12 + parts.month;
    case 'YEARLY':
      return weeks ? weekOf(parts, weekStart).year : parts.year;
  }
}

/** The parts of the rule all hold; what they leave open is as on the event's own first day. */
function belongsTo(rule: RepeatRule, parts: DayParts, start: DayParts): boolean {
  const { months, weeks, yearDays, monthDays, weekdays } = rule;
  if (months && !months.includes(parts.month)) return false;
  if (yearDays && !counts(yearDays, parts.yearDay, parts.yearLength)) return false;
  if (monthDays && !counts(monthDays, parts.monthDay, parts.monthLength)) return false;
  if (weekdays && !weekdays.some((each) => fitsWeekday(each, parts, rule))) return false;
  if (weeks) {
    const { week, weeks: total } = weekOf(parts, rule.weekStart);
    if (!counts(weeks, week, total)) return false;
  }
  if (weekdays || monthDays || yearDays || rule.frequency === 'DAILY') return true;
  if (rule.frequency === 'WEEKLY' || weeks) return parts.weekday === start.weekday;
  if (rule.frequency === 'YEARLY' && !months && parts.month !== start.month) return false;
  return parts.monthDay === start.monthDay;
}

/** Negative numbers count from the end: -1 is the last. */
function counts(numbers: readonly number[], position: number, length: number): boolean {
  return numbers.includes(position) || numbers.includes(position - length - 1);
}

function fitsWeekday(
  { nth, weekday }: { nth: number; weekday: number },
  parts: DayParts,
  { frequency, months }: RepeatRule,
): boolean {
  if (parts.weekday !== weekday) return false;
  if (nth === 0) return true;
  const ofYear = frequency === 'YEARLY' && !months;
  const position = ofYear ? parts.yearDay : parts.monthDay;
  const length = ofYear ? parts.yearLength : parts.monthLength;
  return nth > 0 ? Math.ceil(position / 7) === nth : Math.ceil((length - position + 1) / 7) === -nth;
}
