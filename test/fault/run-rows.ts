import { type Alteration, type AlteredBuild, buildAltered } from './altered-build.js';
import type { FaultRow, Finding, Limit } from './fault-row.js';
import { openStage, type Stage, type StageOptions } from './stage.js';

export interface RunOptions {
  /** Instead of each row's own number. */
  runs?: number;
  seed: number;
  people?: number;
  queue?: StageOptions['queue'];
  /** What every row runs on, beside its own alterations. */
  alterations: readonly Alteration[];
  /** Runs side by side. */
  jobs: number;
  onRun(row: FaultRow, run: RunResult): void;
}

export interface RunResult {
  seed: number;
  queue: StageOptions['queue'];
  policy: StageOptions['policy'];
  leaseSeconds: number;
  finding: Finding;
  /** What is over its bar; empty: all is well. */
  faults: string[];
}

export interface RowResult {
  row: FaultRow;
  runs: RunResult[];
}

/** Leases as they are delivered, in the first run of every combination; short ones in its repetitions. */
const leaseSeconds = { first: 30, repeated: 4 };

/** Run the rows, several runs side by side, and hold each run against its row's bar. */
export async function runRows(rows: FaultRow[], options: RunOptions): Promise<RowResult[]> {
  const results = rows.map((row): RowResult => ({ row, runs: [] }));
  const builds = await openBuilds(rows, options.alterations);
  const tasks = results.filter(isPossible).flatMap(({ row, runs }) =>
    listRuns(row, options).map((stage) => async () => {
      const main = builds.mainOf(row);
      const run = await runOnce(row, { ...stage, ...(main && { main }) });
      runs.push(run);
      options.onRun(row, run);
    }),
  );
  const work = async () => {
    for (let task = tasks.shift(); task; task = tasks.shift()) await task();
  };
  try {
    await Promise.all(Array.from({ length: options.jobs }, work));
    return results;
  } finally {
    await builds.remove();
  }
}

function isPossible({ row: { row, title, impossible } }: RowResult): boolean {
  const reason = impossible?.();
  if (reason) console.warn(`SKIPPED: ${row} ${title}: ${reason}`);
  return !reason;
}

/** What is open at this moment: to be closed where somebody stops the rig. */
const open = new Set<{ close(): Promise<void> }>();

/** Take everything down that is running. */
export async function abandonRuns(): Promise<void> {
  await Promise.all([...open].map((each) => each.close()));
}

/** One build for each set of alterations, however many rows share it; also without any, so that `dist/` may change meanwhile. */
async function openBuilds(rows: FaultRow[], always: readonly Alteration[]) {
  const builds = new Map<string, AlteredBuild>();
  const alterationsOf = ({ alterations = [] }: FaultRow) => [...always, ...alterations];
  const remove = async () => {
    for (const build of builds.values()) await build.remove();
  };
  try {
    for (const row of rows) {
      const alterations = alterationsOf(row);
      const key = JSON.stringify(alterations);
      if (!builds.has(key)) builds.set(key, await buildAltered(alterations));
    }
  } catch (error) {
    await remove();
    throw error;
  }
  open.add({ close: remove });
  return { mainOf: (row: FaultRow) => builds.get(JSON.stringify(alterationsOf(row)))?.main, remove };
}

function listRuns(row: FaultRow, { runs = row.runs, seed, people, queue }: RunOptions): StageOptions[] {
  const queues = queue ? row.queues.filter((each) => each === queue) : row.queues;
  // Neighbours differ in both, so that two runs see both queues and both policies.
  const combinations = row.policies.flatMap((_, turn) =>
    queues.map((each, index) => ({
      queue: each,
      policy: row.policies[(index + turn) % row.policies.length] ?? 'park',
    })),
  );
  return combinations.length === 0
    ? []
    : Array.from({ length: runs }, (_, index) => seed + index).map((each) => ({
        // All of it follows from the seed: so that one seed can be run again.
        ...(combinations[(each - 1) % combinations.length] ?? { queue: 'postgres', policy: 'park' }),
        seed: each,
        people: people ?? row.people ?? 10_000,
        leaseSeconds: row.leaseSeconds ?? (each <= combinations.length ? leaseSeconds.first : leaseSeconds.repeated),
      }));
}

async function runOnce(row: FaultRow, options: StageOptions): Promise<RunResult> {
  const { seed, queue, policy } = options;
  const about = { seed, queue, policy, leaseSeconds: options.leaseSeconds };
  const stage = await openStage(options);
  open.add(stage);
  try {
    const finding = await row.perform(stage);
    return { ...about, finding, faults: compareWithBar(row, policy, finding) };
  } catch (error) {
    const finding = { lost: 0, duplicated: 0, uncertain: 0, complaints: [] };
    return { ...about, finding, faults: [(error as Error).message, ...stage.running.map(lastWords)] };
  } finally {
    open.delete(stage);
    await stage.close();
  }
}

/** What a process said last: why nothing goes on is often there. */
function lastWords({ child, output }: Stage['running'][number]): string {
  const end = child.exitCode ?? child.signalCode;
  const lines = output().trim().split('\n').slice(-4).join('\n');
  return `\n  ${child.spawnargs.slice(1).join(' ')} (${end === null ? 'runs' : `ended: ${end}`}):\n${lines}`;
}

function compareWithBar({ bar }: FaultRow, policy: StageOptions['policy'], finding: Finding): string[] {
  const { lost, duplicated, uncertain, recoverSeconds, complaints } = finding;
  const faults = [...complaints];
  const most = (limits: Record<StageOptions['policy'], Limit>) =>
    limits[policy] === 'unanswered' ? (finding.unanswered ?? 0) : limits[policy];
  if (lost > 0) faults.push(`${lost} lost`);
  if (duplicated > most(bar.duplicated)) faults.push(`${duplicated} duplicated, ${most(bar.duplicated)} allowed`);
  if (uncertain > most(bar.uncertain)) faults.push(`${uncertain} uncertain, ${most(bar.uncertain)} allowed`);
  if (bar.recoverSeconds !== undefined && (recoverSeconds ?? Number.POSITIVE_INFINITY) > bar.recoverSeconds)
    faults.push(`recovered after ${recoverSeconds?.toFixed(1)} s, ${bar.recoverSeconds} allowed`);
  return faults;
}
