import type { Plan } from '../campaign/plan.js';
import { parseOffset } from '../plan/offset.js';
import type { CountedStep } from '../report/summarise-steps.js';
import type { StepRow } from './ports/campaign-store.js';

const dayMs = 86_400_000;

/**
 * People hold mails that name a date which this apply makes wrong: the launch date, or else the date until which to
 * register. One sentence a step; nothing where the apply moves neither. An uncertain mail may have been read too.
 */
export function describeToldDates(
  before: Plan,
  after: Plan,
  told: { rows: readonly StepRow[]; counts: CountedStep[] },
) {
  const launchMoves = before.launch.date !== after.launch.date;
  if (!launchMoves && before.registerBy === after.registerBy) return [];
  return told.rows.flatMap((row) => {
    const { sent = 0, uncertain = 0 } = told.counts.find(({ id }) => id === row.id)?.states ?? {};
    const people = sent + uncertain;
    // A step that has gone out keeps its day and its offset: the launch date as it was then, also after several moves.
    const launchDate = shiftDate(row.localDate, -parseOffset(row.offset).days);
    if (people === 0 || (launchMoves && launchDate === after.launch.date)) return [];
    const who = `${people.toLocaleString('en-GB')} ${people === 1 ? 'person was' : 'people were'}`;
    const what = launchMoves ? `told ${writeDay(launchDate)}` : `asked to register by ${writeDay(before.registerBy)}`;
    return [`${who} ${what} by ${row.id}; nothing corrects that by itself`];
  });
}

function shiftDate(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * dayMs).toISOString().slice(0, 10);
}

/** `24 November 2026`. */
function writeDay(date: string): string {
  return new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(`${date}T00:00:00Z`));
}
