import ICAL from 'ical.js';
import type { RepeatRule } from './list-repeat-days.js';

const frequencies = ['DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'] as const;
const weekdayCodes = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'];

/**
 * The days of an RRULE, from its value as ical.js reads it from a line. `readUntil` turns the text of its end into wall
 * time. Answers what is wrong where it is no rule, or none by which days are closed.
 */
export function readRepeatRule(value: unknown, readUntil: (text: string) => number | undefined): RepeatRule | string {
  // As written: ical.js would take 30 February for 2 March, and throws where it is no date at all.
  const { until: untilText, ...parts } = value as { until?: unknown } & Parameters<typeof ICAL.Recur.fromData>[0];
  const recur = ICAL.Recur.fromData(parts);
  const frequency = frequencies.find((each) => each === recur.freq);
  if (!recur.freq) return 'has no FREQ';
  if (!frequency) return `repeats more often than once a day (FREQ=${recur.freq}), but closures are whole days`;
  const numbers = (part: string) => {
    const given = recur.parts[part as keyof typeof recur.parts] as unknown[] | undefined;
    return given?.map(Number);
  };
  const weekdays = (recur.parts.BYDAY as string[] | undefined)?.map(readWeekday);
  if (weekdays?.some(({ nth }) => nth !== 0) && (frequency === 'DAILY' || frequency === 'WEEKLY'))
    return `counts weekdays (BYDAY=${recur.parts.BYDAY}), which only monthly and yearly rules can`;
  const until = untilText === undefined ? undefined : readUntil(String(untilText));
  if (untilText !== undefined && until === undefined) return 'has an UNTIL that is no day';
  return {
    frequency,
    interval: recur.interval,
    // ical.js counts from 1, Sunday.
    weekStart: (recur.wkst + 5) % 7,
    count: recur.count ?? undefined,
    until,
    months: numbers('BYMONTH'),
    weeks: numbers('BYWEEKNO'),
    yearDays: numbers('BYYEARDAY'),
    monthDays: numbers('BYMONTHDAY'),
    positions: numbers('BYSETPOS'),
    weekdays,
  };
}

/** `MO`, `2TU`, `-1FR`; ical.js has let only these through. */
function readWeekday(code: string): { nth: number; weekday: number } {
  const [, nth = '0', day = ''] = /^([+-]?\d*)([A-Z]{2})$/.exec(code) ?? [];
  return { nth: Number(nth), weekday: weekdayCodes.indexOf(day) };
}
