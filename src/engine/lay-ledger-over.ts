import type { Plan, PlannedStep } from '../campaign/plan.js';
import type { GroupRow } from './ports/campaign-store.js';

/** The plan as the ledger has it: what has gone out keeps its instant, and what was skipped or cancelled is not sent. */
export function layLedgerOver<P extends Plan>(plan: P, rows: readonly GroupRow[]): P {
  const byKey = new Map(rows.map((row) => [keyOf(row), row]));
  const steps = plan.steps.map((step) => {
    const row = byKey.get(keyOf(step));
    if (!row) return step;
    const { sendAt, localDate, localTime, zone, expiresAt, skippedBecause, cancelled, openedAt } = row;
    const { shiftedFrom: _from, shiftReason: _reason, ...rest } = step;
    if (openedAt) return { ...rest, sendAt, localDate, localTime, zone, expiresAt };
    const because = cancelled ? 'cancelled' : skippedBecause;
    return because === undefined ? step : { ...step, skippedBecause: because };
  });
  return { ...plan, steps: steps.sort((a, b) => a.sendAt.getTime() - b.sendAt.getTime()) };
}

/** A step of a group, by name. */
export function keyOf({ id, group: { ring, tranche, zone, place } }: Pick<PlannedStep, 'id' | 'group'>): string {
  return [id, ring, tranche, zone, place].join('|');
}
