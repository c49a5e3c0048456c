import { allInFlight, type Stage } from './stage.js';

/** A fault may stop the sending for a while; it may not end a process. */
export function complainAboutEnds({ running }: Stage): string[] {
  const ended = running.filter(({ child }) => child.exitCode !== null || child.signalCode !== null);
  return ended.map(({ output }) => `a process ended: ${output().trim().split('\n').slice(-15).join(' | ')}`);
}

/**
 * Between these two instants nothing may begin to be sent: what the server takes in that time was under way already,
 * which is at most what may be in flight, and only for a moment.
 */
export async function complainAboutMailsBetween(
  { sink }: Stage,
  from: number,
  until: number,
  { underWayMs }: { underWayMs: number },
): Promise<string[]> {
  const taken = (await sink.mails()).filter(({ takenAt }) => takenAt > from && takenAt < until);
  const late = taken.filter(({ takenAt }) => takenAt > from + underWayMs).length;
  return [
    ...(taken.length > allInFlight ? [`${taken.length} mails were taken meanwhile, ${allInFlight} allowed`] : []),
    ...(late > 0 ? [`${late} mails were taken later than ${underWayMs / 1000} s after nothing might be sent`] : []),
  ];
}
