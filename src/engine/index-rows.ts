import { nameGroup, type PlannedStep } from '../campaign/plan.js';
import type { GroupRow } from './ports/campaign-store.js';

export type FindRow = (step: Pick<PlannedStep, 'id' | 'group'>) => GroupRow | undefined;

/** The ledger's row of a step for a group; by name, since a large plan has 6,400 of them. */
export function indexRows(rows: readonly GroupRow[]): FindRow {
  const byName = new Map(rows.map((row) => [nameRow(row), row]));
  return (step) => byName.get(nameRow(step));
}

function nameRow({ id, group }: Pick<PlannedStep, 'id' | 'group'>): string {
  return `${id}|${nameGroup(group)}`;
}
