import { readFileSync } from 'node:fs';

interface PlannedInstant {
  offset: string;
  /** `HH:MM`. */
  time: string;
  /** `2025-07-01T17:09Z`. */
  instant: string;
  note: string | undefined;
}

/** One launch with the steps that follow from it. */
interface PlannedLaunch {
  zone: string;
  launch: string;
  steps: PlannedInstant[];
}

/** What Python's zoneinfo says of launch date + offset + time of day: see make-wall-time-fixture.py. */
export function readPlannedInstants(): { tzdata: string; launches: PlannedLaunch[] } {
  const text = readFileSync(new URL('planned-instants.csv', import.meta.url), 'utf8');
  const [title = '', , ...rows] = text.trimEnd().split('\n');
  const launches: PlannedLaunch[] = [];
  for (const row of rows) {
    const [zone = '', launch = '', offset = '', time = '', instant = '', note] = row.split(',');
    // An empty zone is that of the line above.
    if (zone) launches.push({ zone, launch, steps: [] });
    launches.at(-1)?.steps.push({ offset, time, instant, note: note || undefined });
  }
  return { tzdata: /tzdata (\w+)/.exec(title)?.[1] ?? '', launches };
}
