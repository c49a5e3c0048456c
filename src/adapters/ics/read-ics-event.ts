import ICAL from 'ical.js';
import type { Problem } from '../../campaign/problem.js';
import type { RepeatRule } from './list-repeat-days.js';
import { readRepeatRule } from './read-repeat-rule.js';
import type { IcsEventLines, IcsLine } from './split-ics.js';
import { createWallClock } from './wall-clock.js';

const dayMs = 86_400_000;

/** Times are wall time where the event takes place, in milliseconds as if it were UTC. */
export interface ReadEvent {
  /** Of its BEGIN. */
  line: number;
  uid?: string;
  name: string;
  startMs: number;
  /** The first moment after it. */
  endMs: number;
  rules: RepeatRule[];
  /** RDATE: further starts. */
  furtherStarts: number[];
  /** EXDATE: days on which it would have begun and does not. */
  leftOut: number[];
  /** RECURRENCE-ID: of the event with the same UID, the occurrence of this day is replaced by this one. */
  replaces?: number;
  isCancelled: boolean;
}

/**
 * Reads what a VEVENT says of days. `calendarZone` is the zone in which an instant of UTC is a time of day, where the
 * event does not name one that this Node knows. Answers the problems where it cannot be read.
 */
export function readIcsEvent({ line, lines }: IcsEventLines, calendarZone: string): ReadEvent | Problem[] {
  const problems: Problem[] = [];
  const properties = lines.flatMap((each) => readProperty(each, problems));
  const all = (name: string) => properties.filter((each) => each.name === name);
  const readTime = createWallClock(all('DTSTART')[0]?.zone, calendarZone);
  const readTimes = (name: string): number[] =>
    all(name).flatMap(({ line: at, values }) =>
      values.flatMap((value) => {
        const time = readTime(Array.isArray(value) ? value[0] : value);
        if (time === undefined) problems.push({ line: at, column: 1, field: name, ...describeTime(value) });
        return time ?? [];
      }),
    );
  const [start] = readTimes('DTSTART');
  if (!lines.some(({ name }) => name === 'DTSTART'))
    problems.push({ line, column: 1, message: 'this event has no DTSTART, so nobody knows when it is' });
  const rules = all('RRULE').flatMap(({ line: at, values: [value] }) => {
    const rule = readRepeatRule(value, (text) => {
      // Some programs write the year 9999 for ever.
      if (/^([3-9]\d|2[2-9])\d\d-/.test(text)) return Number.POSITIVE_INFINITY;
      return readTime(/T\d/.test(text) ? text : `${text.slice(0, 10)}T23:59:59`);
    });
    if (typeof rule !== 'string') return rule;
    problems.push({ line: at, column: 1, field: 'RRULE', message: rule, hint: 'write its days out in a YAML file' });
    return [];
  });
  const end = readTimes('DTEND')[0] ?? readDuration(all('DURATION')[0], start, problems);
  if (start !== undefined && end !== undefined && end < start)
    problems.push({ line: all('DTEND')[0]?.line ?? line, column: 1, message: 'this event ends before it begins' });
  const replaces = readTimes('RECURRENCE-ID')[0];
  const furtherStarts = readTimes('RDATE');
  const leftOut = readTimes('EXDATE').map(dayOf);
  if (start === undefined || problems.length > 0) return problems;
  const textOf = (name: string) => all(name)[0]?.values[0];
  const uid = textOf('UID');
  return {
    ...{ line, name: cleanName(textOf('SUMMARY')), startMs: start, rules, furtherStarts, leftOut },
    // Without an end a day lasts a day, and a moment is one (RFC 5545 3.6.1).
    endMs: end ?? (all('DTSTART')[0]?.isDay ? start + dayMs : start),
    isCancelled: String(textOf('STATUS')).toUpperCase() === 'CANCELLED',
    ...(uid !== undefined && { uid: String(uid) }),
    ...(replaces !== undefined && { replaces: dayOf(replaces) }),
  };
}

/** Days since 1970-01-01. */
export function dayOf(wallMs: number): number {
  return Math.floor(wallMs / dayMs);
}

/** What is asked of an event; anything else in it may be as broken as it likes. */
const asked = ['DTSTART', 'DTEND', 'DURATION', 'RRULE', 'RDATE', 'EXDATE', 'RECURRENCE-ID', 'SUMMARY', 'STATUS', 'UID'];

interface Property {
  line: number;
  name: string;
  zone?: string;
  isDay: boolean;
  values: unknown[];
}

function readProperty({ line, name, text }: IcsLine, problems: Problem[]): Property | [] {
  if (!asked.includes(name)) return [];
  // A property in jCal (RFC 7265): name, parameters, type, values.
  let jCal: [string, { tzid?: string }, string, ...unknown[]];
  try {
    jCal = ICAL.parse.property(text);
  } catch {
    const message = `${JSON.stringify(cleanText(text).slice(0, 60))} cannot be read`;
    problems.push({ line, column: 1, field: name, message, hint: 'export the calendar again, or mend the line' });
    return [];
  }
  const [, { tzid }, , ...values] = jCal;
  const isDay = typeof values[0] === 'string' && !/T\d/.test(values[0]);
  return { line, name, isDay, values, ...(tzid !== undefined && { zone: tzid }) };
}

function readDuration(
  property: Property | undefined,
  start: number | undefined,
  problems: Problem[],
): number | undefined {
  if (!property || start === undefined) return undefined;
  const { line, values } = property;
  try {
    return start + ICAL.Duration.fromString(String(values[0])).toSeconds() * 1000;
  } catch {
    const message = `${JSON.stringify(cleanText(String(values[0])).slice(0, 60))} is not a duration, such as P1D`;
    problems.push({ line, column: 1, field: 'DURATION', message });
    return undefined;
  }
}

function describeTime(value: unknown): Pick<Problem, 'message'> {
  // As ical.js has spaced it out.
  const shown = cleanText(String(value)).replace(/[-:]/g, '').slice(0, 30);
  return { message: `${JSON.stringify(shown)} is not a day or a time, such as 20270802 or 20270802T090000` };
}

/** Control characters and those that turn the direction of text: a terminal would obey them. */
const unwanted = /[\p{Cc}\p{Cs}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]+/gu;
const longestName = 200;

function cleanText(text: string): string {
  return text.replace(unwanted, ' ').replace(/\s+/g, ' ').trim();
}

function cleanName(summary: unknown): string {
  return cleanText(String(summary ?? '')).slice(0, longestName) || 'an event without a name';
}
