import type { Explanation } from '../engine/explain.js';
import { formatLocalTime } from '../report/local-time.js';
import { weekday } from './format-plan.js';

/** What one person gets, as lines to read out on the phone. */
export function formatExplanation({
  person,
  ring,
  zone,
  launchDate,
  registeredAt,
  leftOut,
  ringMoves,
  steps,
}: Explanation): string {
  if (leftOut !== undefined) return `${person} gets nothing: not in the audience (${leftOut}).`;
  const head = [
    `${person}: ring ${ring}, launch on ${weekday(launchDate ?? '')} ${launchDate}, time zone ${zone}`,
    registeredAt === undefined
      ? 'Has not registered, as far as we know.'
      : `Registered on ${formatLocalTime(new Date(registeredAt), zone ?? 'UTC')}.`,
    ...ringMoves.map(
      ({ from, to, because, at }) => `Moved from ring ${from} to ${to} on ${at.slice(0, 10)}: ${because}`,
    ),
  ];
  const lines = steps.map(({ step, dueAt, because, became }) => {
    const when = dueAt === null ? 'not sent' : formatLocalTime(new Date(dueAt), zone ?? 'UTC');
    return `${step.padEnd(width(steps))}  ${when.padEnd(16)}  ${became ?? because}`;
  });
  return [...head, '', ...lines].join('\n');
}

function width(steps: Explanation['steps']): number {
  return Math.max(...steps.map(({ step }) => step.length), 0);
}
