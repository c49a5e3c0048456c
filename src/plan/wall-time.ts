/** A date and a time of day as a clock on the wall of `zone` shows them. */
export interface WallTime {
  /** `YYYY-MM-DD`. */
  date: string;
  /** `HH:MM`. */
  time: string;
  /** IANA name. */
  zone: string;
}

export interface ResolvedWallTime {
  instant: Date;
  /** `gap`: this wall time does not exist on that day. `overlap`: it exists twice. */
  note?: 'gap' | 'overlap';
}

const hourMs = 3_600_000;
/**
 * How far from "wall time read as UTC" the instant can lie. Offsets of whole days exist on paper only; those in use
 * run from -12 to +14 hours, and Samoa's change of 2011-12-30 moved the clock by 24 hours across that range.
 *
 * No zone changes its clocks twice within the two days around: the shortest time between two changes is 95 hours
 * (Freetown, 1939), and 167 since 1970. So two offsets that are equal are the offset of all the time between them,
 * and two that differ are the only two there are. test/plan/tzdata.test.ts looks whether that still holds.
 */
const reachMs = 26 * hourMs;
/** Clocks change at whole seconds. */
const precisionMs = 1000;

/**
 * The instant that a wall time names. The rule for the two cases where it names none or two:
 * a gap (clocks go forward over it) gives the next instant that exists, which is the first after the gap;
 * an overlap (clocks go back over it) gives the first of the two.
 *
 * Not luxon's own rule: that carries a gap's minutes over, 02:30 to 03:30, and leaves open which of two it takes.
 * Nor luxon's offsets, at 20 microseconds against 3 of Intl's: a plan of 800 groups and 8 steps resolves thousands of
 * wall times. One costs 10 microseconds so, two offsets, where it was 250 with eighteen of luxon's.
 */
export function resolveWallTime({ date, time, zone }: WallTime): ResolvedWallTime {
  const wallMs = readAsUtc(date, time);
  const clock = findClock(zone);
  if (Number.isNaN(wallMs) || !clock) throw new Error(`not a wall time: ${date} ${time} ${zone}`);

  const offsets = { before: clock(wallMs - reachMs), after: clock(wallMs + reachMs) };
  if (offsets.before === offsets.after) return { instant: new Date(wallMs - offsets.before) };
  const candidates = [wallMs - offsets.before, wallMs - offsets.after].sort((a, b) => a - b);
  const [first, ...others] = candidates.filter((at) => at + clock(at) === wallMs);
  if (first !== undefined) return { instant: new Date(first), ...(others.length > 0 && { note: 'overlap' }) };
  const [low = wallMs, high = wallMs] = candidates;
  return { instant: findChange({ low, high, hasChanged: (at) => clock(at) === offsets.after }), note: 'gap' };
}

/** NaN where there is no such date or no such time of day; `24:00` is the end of the day. */
function readAsUtc(date: string, time: string): number {
  if (!/^\d{4}-\d\d-\d\d$/.test(date) || !/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/.test(time)) return Number.NaN;
  const dayMs = Date.parse(date);
  // Date.parse takes 2027-02-30 for 2027-03-02.
  const isDate = !Number.isNaN(dayMs) && new Date(dayMs).toISOString().startsWith(date);
  return isDate ? dayMs + Number(time.slice(0, 2)) * hourMs + Number(time.slice(3)) * 60_000 : Number.NaN;
}

/** Bisects for the first instant after a change of the clock. */
function findChange({
  low,
  high,
  hasChanged,
}: {
  low: number;
  high: number;
  hasChanged: (instantMs: number) => boolean;
}): Date {
  let before = low;
  let after = high;
  while (after - before > precisionMs) {
    const middle = Math.floor((before + after) / 2 / precisionMs) * precisionMs;
    if (hasChanged(middle)) after = middle;
    else before = middle;
  }
  return new Date(after);
}

/** What to add to an instant for the wall time there, both in milliseconds. */
type Clock = (instantMs: number) => number;

/** By zone, for the life of the process: its rules come with Node and do not change. There are about 600 names. */
const clocks = new Map<string, Clock>();

/** Nothing where this Node does not know the zone. */
function findClock(zone: string): Clock | undefined {
  const known = clocks.get(zone);
  if (known) return known;
  const format = findFormat(zone);
  if (!format) return undefined;
  const clock: Clock = (instantMs) => readOffset(format.format(instantMs));
  clocks.set(zone, clock);
  return clock;
}

function findFormat(timeZone: string): Intl.DateTimeFormat | undefined {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
  } catch {
    return undefined;
  }
}

/** `1/12/2027, GMT+01:00` in milliseconds; Greenwich itself is plain `GMT`, and old offsets have seconds. */
function readOffset(text: string): number {
  const [, sign, hours = 0, minutes = 0, seconds = 0] = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(text) ?? [];
  const offsetMs = Number(hours) * hourMs + Number(minutes) * 60_000 + Number(seconds) * 1000;
  return sign === '-' ? -offsetMs : offsetMs;
}
