import type { StepRow } from '../engine/ports/campaign-store.js';

/** What a person does next, once there is a campaign with an audience; nothing where no step is still to come. */
export function describeNextMail(steps: readonly StepRow[]): string | undefined {
  const next = steps
    .filter(({ openedAt, skippedBecause, cancelledAt }) => !openedAt && !skippedBecause && !cancelledAt)
    .sort((a, b) => a.sendAt.getTime() - b.sendAt.getTime())[0];
  if (!next) return undefined;
  const which = steps.some(({ openedAt }) => openedAt) ? 'next' : 'first';
  const write = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat('en-GB', { ...options, timeZone: 'UTC' }).format(new Date(`${next.localDate}T00:00:00Z`));
  const day = `${write({ weekday: 'long' })} ${write({ dateStyle: 'long' })}`;
  return `Keep \`fanfare start\` running: the ${which} mail goes out on ${day} at ${next.localTime} (${next.zone}).`;
}
