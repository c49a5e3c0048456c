import type { Plan } from '../campaign/plan.js';
import { indexRows } from './index-rows.js';
import type { GroupRow } from './ports/campaign-store.js';

/** The plan as the ledger has it: what has gone out keeps its instant, and what was skipped or cancelled is not sent. */
export function layLedgerOver<P extends Plan>(plan: P, rows: readonly GroupRow[]): P {
  const findRow = indexRows(rows);
  const steps = plan.steps.map((step) => {
    const row = findRow(step);
    if (!row) return step;
    const { sendAt, localDate, localTime, zone, expiresAt, skippedBecause, cancelled, openedAt } = row;
    const { shiftedFrom: _from, shiftReason: _reason, ...rest } = step;
    if (openedAt) return { ...rest, sendAt, localDate, localTime, zone, expiresAt };
    const because = cancelled ? 'cancelled' : skippedBecause;
    return because === undefined ? step : { ...step, skippedBecause: because };
  });
  return { ...plan, steps: steps.sort((a, b) => a.sendAt.getTime() - b.sendAt.getTime()) };
}
