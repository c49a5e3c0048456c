import { isDeepStrictEqual } from 'node:util';
import type { Campaign, Step } from '../campaign/campaign.js';
import type { TimedStep } from '../campaign/plan.js';
import type { MailContent } from '../render/mail-content.js';
import type { AppliedCampaign, CampaignLists, StepRow, StepSettings } from './ports/campaign-store.js';

export interface Comparison {
  definition: Campaign;
  content: MailContent;
  lists: CampaignLists;
  steps: readonly StepSettings[];
  /** What the ledger has; absent for a new campaign. */
  applied: AppliedCampaign | undefined;
  rows: readonly StepRow[];
}

/**
 * What an apply changes, one sentence each; empty where nothing would. A step that will not be sent is no change to
 * announce: `describeSkips` says it once.
 */
export function describeChanges({ definition, content, lists, steps, applied, rows }: Comparison): string[] {
  if (!applied) return [`create campaign ${definition.id}`, ...steps.filter(isToBeSent).map(describeAddition)];
  const moved = describeMoves(steps, rows);
  const changes = [...moved.values()];
  const { steps: stepsBefore, ...before } = applied.definition;
  const { steps: stepsAfter, ...after } = definition;
  changes.push(...describeValues(before, after, ''));
  for (const step of stepsAfter) {
    const known = stepsBefore.find(({ id }) => id === step.id);
    if (!known) continue;
    const hasBegun = rows.some(({ id, openedAt }) => id === step.id && openedAt);
    changes.push(...describeStepValues(known, step, moved.has(step.id), hasBegun));
  }
  if (changes.length === 0 && !isDeepStrictEqual(stepsBefore, stepsAfter)) changes.push('change the list of steps');
  const names = new Set([...Object.keys(applied.content.files), ...Object.keys(content.files)]);
  for (const name of names) {
    if (applied.content.files[name] !== content.files[name]) changes.push(`change template ${name}`);
  }
  if (applied.content.logo.base64 !== content.logo.base64) changes.push('change the logo');
  if (!isDeepStrictEqual(applied.lists.closures, lists.closures)) changes.push('change the closures');
  for (const { id } of definition.rings) {
    if (!isDeepStrictEqual(applied.lists.rings[id], lists.rings[id])) changes.push(`change the list of ring ${id}`);
  }
  return changes;
}

/** Steps whose time has passed, where nobody has been told yet. */
export function describeSkips(steps: readonly StepSettings[], rows: readonly StepRow[]): string[] {
  return steps
    .filter(({ id, skippedBecause }) => skippedBecause && !rows.some((row) => row.id === id && row.skippedBecause))
    .map(({ id, localDate, localTime }) => `${id} will not be sent: its time, ${localDate} ${localTime}, has passed`);
}

/** What happens to each step's time, by the step's name. */
function describeMoves(steps: readonly StepSettings[], rows: readonly StepRow[]): Map<string, string> {
  const moves = new Map<string, string>();
  for (const step of steps) {
    const row = rows.find(({ id }) => id === step.id);
    const move = row ? describeMove(step, row) : isToBeSent(step) && describeAddition(step);
    if (move) moves.set(step.id, move);
  }
  for (const row of rows) {
    if (steps.some(({ id }) => id === row.id)) continue;
    moves.set(row.id, row.openedAt ? `keep ${row.id}: it has gone out already` : `remove ${row.id}`);
  }
  return moves;
}

function describeMove(step: StepSettings, row: StepRow): string | undefined {
  const [before, after] = [describeTime(row), describeTime(step)];
  if (row.cancelledAt) return before === after ? undefined : `leave ${step.id} cancelled`;
  if (row.openedAt) {
    const same = row.sendAt.getTime() === step.sendAt.getTime();
    return same ? undefined : `leave ${step.id} as it is: it has gone out, or is going out, since ${before}`;
  }
  if (!isToBeSent(step)) return undefined;
  if (row.skippedBecause) return `send ${step.id} after all, at ${after}`;
  if (before !== after) return `move ${step.id} from ${before} to ${after}`;
  // The same wall time, by other rules of its zone than when it was planned.
  const [was, is] = [row.sendAt.toISOString(), step.sendAt.toISOString()];
  return was === is ? undefined : `plan ${step.id} for ${after} anew: ${is} instead of ${was}`;
}

function isToBeSent({ skippedBecause }: StepSettings): boolean {
  return !skippedBecause;
}

function describeAddition(step: StepSettings): string {
  return `add ${step.id} at ${describeTime(step)}`;
}

function describeTime({ localDate, localTime, zone }: TimedStep): string {
  return `${localDate} ${localTime} ${zone}`;
}

/** Its time is told as a move already, where it has one. */
function describeStepValues(before: Step, after: Step, isMoved: boolean, hasBegun: boolean): string[] {
  const keep = ({ id: _, offset, time, canary, onUncertain, expiresAfter, ...rest }: Step) => ({
    ...rest,
    ...(!isMoved && { offset, time }),
    ...(!hasBegun && { canary, onUncertain, expiresAfter }),
  });
  const fixed = hasBegun
    ? (['canary', 'onUncertain', 'expiresAfter'] as const).filter((key) => !isDeepStrictEqual(before[key], after[key]))
    : [];
  const tooLate = fixed.map((key) => `leave ${after.id}.${key} as it was: the step has begun; pause or cancel it`);
  return [...tooLate, ...describeValues(keep(before), keep(after), after.id)];
}

/** Every value that differs, with its path in the campaign file, in the file's order. */
function describeValues(before: unknown, after: unknown, path: string): string[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (isSection(before) && isSection(after)) {
    const keys = new Set([...Object.keys(after), ...Object.keys(before)]);
    return [...keys].flatMap((key) => describeValues(before[key], after[key], path ? `${path}.${key}` : key));
  }
  if (before === undefined) return [`set ${path} to ${show(after)}`];
  if (after === undefined) return [`remove ${path}, which was ${show(before)}`];
  return [`change ${path} from ${show(before)} to ${show(after)}`];
}

function isSection(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A change is to be recognised, not read in full. */
const longestShown = 60;

function show(value: unknown): string {
  const text = JSON.stringify(value);
  const quote = typeof value === 'string' ? '"' : '';
  return text.length > longestShown ? `${text.slice(0, longestShown - 1)}…${quote}` : text;
}
