import type { FaultRow } from '../fault-row.js';
import { processRows } from './processes.js';
import { smtpBreakRows } from './smtp-breaks.js';

/** In the order of the matrix. */
export const allRows: FaultRow[] = [...processRows, ...smtpBreakRows].sort(
  (a, b) => Number.parseInt(a.row, 10) - Number.parseInt(b.row, 10) || a.row.localeCompare(b.row),
);
