const dayMs = 86_400_000;

/** A day of the calendar and where it stands in its week, month and year. */
export interface DayParts {
  /** Since 1970-01-01. */
  day: number;
  year: number;
  /** 1 to 12. */
  month: number;
  monthDay: number;
  monthLength: number;
  yearDay: number;
  yearLength: number;
  /** 0: Monday. */
  weekday: number;
}

const monthLengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Three centuries are 13 MB at most; the events of a file all ask for the same few years. */
const remembered = new Map<number, DayParts>();

export function readDay(day: number): DayParts {
  const known = remembered.get(day);
  if (known) return known;
  const parts = computeParts(day);
  remembered.set(day, parts);
  return parts;
}

function computeParts(day: number): DayParts {
  const date = new Date(day * dayMs);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  const leapDay = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 1 : 0;
  return {
    day,
    year,
    month: month + 1,
    monthDay: date.getUTCDate(),
    monthLength: (monthLengths[month] ?? 0) + (month === 1 ? leapDay : 0),
    yearDay: day - Date.UTC(year, 0) / dayMs + 1,
    yearLength: 365 + leapDay,
    // 1970-01-01 was a Thursday.
    weekday: (((day + 3) % 7) + 7) % 7,
  };
}

/** Number of a week and the year it belongs to: the first has at least four days in it (RFC 5545 3.3.10, ISO 8601). */
export function weekOf({ day, weekday }: DayParts, weekStart: number): { week: number; year: number; weeks: number } {
  const middle = readDay(day - ((weekday - weekStart + 7) % 7) + 3);
  const { year } = middle;
  // 28 December is in the last week of its year, whatever day weeks begin on.
  const last = readDay(Date.UTC(year, 11, 28) / dayMs);
  const lastMiddle = readDay(last.day - ((last.weekday - weekStart + 7) % 7) + 3);
  return { week: Math.ceil(middle.yearDay / 7), year, weeks: Math.ceil(lastMiddle.yearDay / 7) };
}
