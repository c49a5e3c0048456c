import { DateTime, IANAZone } from 'luxon';

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
 */
const reachMs = 26 * hourMs;
/** No zone has ever changed its offset and changed it again within three hours. */
const samplingMs = 3 * hourMs;
/** Clocks change at whole seconds. */
const precisionMs = 1000;

/**
 * The instant that a wall time names. The rule for the two cases where it names none or two:
 * a gap (clocks go forward over it) gives the next instant that exists, which is the first after the gap;
 * an overlap (clocks go back over it) gives the first of the two.
 *
 * Not luxon's own rule: that carries a gap's minutes over, 02:30 to 03:30, and leaves open which of two it takes.
 */
export function resolveWallTime({ date, time, zone }: WallTime): ResolvedWallTime {
  const wallMs = DateTime.fromISO(`${date}T${time}`, { zone: 'utc' }).toMillis();
  const iana = IANAZone.create(zone);
  if (Number.isNaN(wallMs) || !iana.isValid) throw new Error(`not a wall time: ${date} ${time} ${zone}`);
  const offsetMsAt = (instantMs: number): number => Math.round(iana.offset(instantMs) * 60_000);

  const offsets = new Set<number>();
  for (let at = wallMs - reachMs; at <= wallMs + reachMs; at += samplingMs) offsets.add(offsetMsAt(at));
  const candidates = [...offsets].map((offsetMs) => wallMs - offsetMs).sort((a, b) => a - b);
  const matches = candidates.filter((at) => at + offsetMsAt(at) === wallMs);

  const [first] = matches;
  if (first !== undefined) return { instant: new Date(first), ...(matches.length > 1 && { note: 'overlap' }) };
  return { instant: findEndOfGap({ candidates, wallMs, offsetMsAt }), note: 'gap' };
}

/** Bisects between the nearest instant whose wall time is before the wanted one and the nearest whose is after. */
function findEndOfGap({
  candidates,
  wallMs,
  offsetMsAt,
}: {
  candidates: readonly number[];
  wallMs: number;
  offsetMsAt: (instantMs: number) => number;
}): Date {
  const isAfterGap = (at: number): boolean => at + offsetMsAt(at) > wallMs;
  let before = Math.max(...candidates.filter((at) => !isAfterGap(at)));
  let after = Math.min(...candidates.filter(isAfterGap));
  while (after - before > precisionMs) {
    const middle = Math.floor((before + after) / 2 / precisionMs) * precisionMs;
    if (isAfterGap(middle)) after = middle;
    else before = middle;
  }
  return new Date(after);
}
