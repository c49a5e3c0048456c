import { open } from 'node:fs/promises';
import type { Closure } from '../../campaign/plan.js';
import { BadInput, type Problem } from '../../campaign/problem.js';
import { isTimeZone } from '../../campaign/time-zone.js';
import { listRepeatDays } from './list-repeat-days.js';
import { dayOf, type ReadEvent, readIcsEvent } from './read-ics-event.js';
import { splitIcs } from './split-ics.js';

/** Ten thousand events are 3 MB; an exported mailbox is no list of closures. */
const maxBytes = 5 * 1024 * 1024;
/** More than anybody mends in one go. */
const mostProblems = 20;
const dayMs = 86_400_000;

/**
 * Reads days off from a calendar file (.ics, RFC 5545): every day that an event touches, whether it is there all day or
 * not. Recurring events are spelt out for the given years, both included; cancelled ones are left out. In order of
 * their days. Days are those of the place where an event is; an instant in UTC falls on a day of the event's zone, of
 * the calendar's (X-WR-TIMEZONE), or of `zone`.
 *
 * Throws `BadInput` with the lines of all that cannot be read, and for a file without events.
 */
export async function readIcsClosures(
  file: string,
  years: { from: number; to: number },
  zone = 'UTC',
): Promise<Closure[]> {
  const { events: found, problems, ...calendar } = splitIcs(await readBytes(file));
  const calendarZone = calendar.zone !== undefined && isTimeZone(calendar.zone) ? calendar.zone : zone;
  const events: ReadEvent[] = [];
  for (const lines of found) {
    const event = readIcsEvent(lines, calendarZone);
    if (Array.isArray(event)) problems.push(...event);
    else events.push(event);
  }
  if (problems.length === 0 && found.length === 0)
    problems.push({ message: 'holds no events', hint: 'export the calendar again, or list the days in a YAML file' });
  if (problems.length > 0) throw new BadInput(firstProblems(problems).map((each) => ({ file, ...each })));

  const span = { first: Date.UTC(years.from, 0) / dayMs, last: Date.UTC(years.to, 11, 31) / dayMs };
  const replaced = listReplaced(events);
  const closures = events.flatMap((event) => listClosures(event, span, replaced.get(event.uid) ?? new Set()));
  const unique = new Map(closures.map((closure) => [JSON.stringify(closure), closure]));
  return [...unique.values()].sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
}

function orderOf({ from, to, name }: Closure): string {
  return `${from} ${to} ${name}`;
}

/** By UID, the days of a recurring event that another event of the file speaks for, be it to cancel them. */
function listReplaced(events: readonly ReadEvent[]): Map<string | undefined, Set<number>> {
  const replaced = new Map<string | undefined, Set<number>>();
  for (const { uid, replaces } of events) {
    if (uid === undefined || replaces === undefined) continue;
    replaced.set(uid, (replaced.get(uid) ?? new Set()).add(replaces));
  }
  return replaced;
}

function listClosures(
  event: ReadEvent,
  { first, last }: { first: number; last: number },
  replaced: ReadonlySet<number>,
): Closure[] {
  const { startMs, endMs, name } = event;
  if (event.isCancelled) return [];
  const start = dayOf(startMs);
  // An end at midnight does not touch the day that begins there; a moment touches its own.
  const furtherDays = dayOf(Math.max(startMs, endMs - 1)) - start;
  const timeOfDayMs = startMs - start * dayMs;
  // What began before the span may last into it.
  const span = { start, timeOfDayMs, first: first - furtherDays, last };
  const repeated = event.rules.flatMap((rule) => listRepeatDays(rule, span));
  const isOwn = (day: number) => event.replaces !== undefined || !replaced.has(day);
  return [...new Set([start, ...repeated, ...event.furtherStarts.map(dayOf)])]
    .filter((day) => day + furtherDays >= first && day <= last && isOwn(day) && !event.leftOut.includes(day))
    .map((day) => ({ from: formatDay(day), to: formatDay(day + furtherDays), name }));
}

function formatDay(day: number): string {
  return new Date(day * dayMs).toISOString().slice(0, 10);
}

function firstProblems(problems: readonly Problem[]): Problem[] {
  const sorted = [...problems].sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
  if (sorted.length <= mostProblems) return sorted;
  return [...sorted.slice(0, mostProblems), { message: `and ${sorted.length - mostProblems} more of the kind` }];
}

async function readBytes(file: string): Promise<Buffer> {
  let handle: Awaited<ReturnType<typeof open>> | undefined;
  try {
    handle = await open(file, 'r');
    // A pipe has no size to ask for first: read up to one byte more than is allowed.
    const bytes = Buffer.alloc(maxBytes + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length < bytes.length; length += read)
      read = (await handle.read(bytes, length, bytes.length - length)).bytesRead;
    if (length > maxBytes) throw new BadInput([{ file, message: 'is larger than 5 MB, so it is no list of closures' }]);
    return bytes.subarray(0, length);
  } catch (error) {
    if (error instanceof BadInput) throw error;
    throw new BadInput([{ file, message: describeReadError(error as NodeJS.ErrnoException) }]);
  } finally {
    await handle?.close();
  }
}

function describeReadError({ code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return 'there is no such file';
    case 'EISDIR':
      return 'is a folder';
    case 'EACCES':
    case 'EPERM':
      return 'may not be read by this user';
    default:
      return `cannot be read: ${message}`;
  }
}
