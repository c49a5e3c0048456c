import Table from 'cli-table3';
import type { UncertainPolicy } from '../../src/campaign/message.js';
import type { Bar, Limit } from './fault-row.js';
import type { RowResult } from './run-rows.js';

/** The table of the matrix: sums of what was lost, the most of any run for the rest. */
export function formatResults(results: RowResult[]): string {
  const table = new Table({
    head: ['row', 'what breaks', 'runs', 'lost', 'duplicated', 'uncertain', 'recovers in', 'bar', ''],
    style: { head: [], border: [], compact: true },
    colAligns: ['left', 'left', 'right', 'right', 'right', 'right', 'right', 'left', 'left'],
  });
  for (const { row, runs } of results) {
    const most = (pick: (run: (typeof runs)[number]) => number) => Math.max(0, ...runs.map(pick));
    const seconds = most(({ finding }) => finding.recoverSeconds ?? 0);
    table.push([
      ...[row.row, row.title, runs.length],
      runs.reduce((sum, { finding }) => sum + finding.lost, 0),
      most(({ finding }) => finding.duplicated),
      most(({ finding }) => finding.uncertain),
      seconds > 0 ? `${seconds.toFixed(1)} s` : '',
      formatBar(row.bar, row.policies),
      runs.length === 0 ? 'skipped' : runs.every(({ faults }) => faults.length === 0) ? 'ok' : 'RED',
    ]);
  }
  return table.toString();
}

function formatBar({ duplicated, uncertain, recoverSeconds }: Bar, policies: readonly UncertainPolicy[]): string {
  const by = (limits: Record<UncertainPolicy, Limit>) => policies.map((policy) => limits[policy]).join(' / ');
  return [
    `duplicated ${by(duplicated)}`,
    `uncertain ${by(uncertain)}`,
    ...(recoverSeconds === undefined ? [] : [`${recoverSeconds} s`]),
  ].join(', ');
}
