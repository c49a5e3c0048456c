import { parseArgs } from 'node:util';
import { withoutFence } from './altered-build.js';
import type { FaultRow } from './fault-row.js';
import { formatResults } from './print-results.js';
import { allRows } from './rows/all-rows.js';
import { abandonRuns, type RowResult, runRows } from './run-rows.js';

const usage = `npm run test:faults -- [options]

Breaks the whole system in the ways of the fault matrix, and lets the receiving server's log judge.

  --rows 1,3d,20    only these
  --short           the selection that runs before every landing: 2,000 recipients, two runs of each row
  --soup N          the random mix of faults, with N seeds (200 is the long run)
  --runs N          runs of every row, instead of its own number
  --seed S          the first seed (1); a failure names its seed
  --people N        recipients, instead of each row's own number
  --queue NAME      postgres or redis, instead of both
  --jobs N          runs side by side (2)
  --without-fence   on a build whose claim fence is taken out: the rows that need it must turn red
  --json            one JSON document instead of tables`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rows: { type: 'string' },
      short: { type: 'boolean', default: false },
      soup: { type: 'string' },
      runs: { type: 'string' },
      seed: { type: 'string', default: '1' },
      people: { type: 'string' },
      queue: { type: 'string' },
      jobs: { type: 'string', default: '2' },
      'without-fence': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return console.log(usage);
  if (values.queue !== undefined && values.queue !== 'postgres' && values.queue !== 'redis')
    throw new Error(`--queue must be postgres or redis\n\n${usage}`);
  const fenceless = values['without-fence'];
  const rows = chooseRows(values, fenceless);
  const results = await runRows(rows, {
    ...readCounts(values),
    ...(values.queue && { queue: values.queue }),
    alterations: fenceless ? withoutFence : [],
    onRun: ({ row, title }, { seed, queue, policy, faults }) =>
      console.error(`${row} ${title}: seed ${seed}, ${queue}, ${policy}: ${faults.join('; ') || 'ok'}`),
  });
  report(results, { json: values.json, fenceless });
}

interface Choice {
  rows?: string | undefined;
  short: boolean;
  soup?: string | undefined;
}

function chooseRows({ rows: names, short, soup }: Choice, fenceless: boolean): FaultRow[] {
  if (soup) return allRows.filter(({ row }) => row === '9');
  const wanted = names?.split(',');
  const unknown = wanted?.filter((name) => !allRows.some(({ row }) => row === name)) ?? [];
  if (unknown.length > 0) throw new Error(`there is no row ${unknown.join(', ')}\n\n${usage}`);
  return allRows
    .filter(({ row }) => wanted?.includes(row) ?? true)
    .filter((row) => !short || row.short)
    .filter((row) => !fenceless || row.needsFence);
}

type Values = Partial<Record<'runs' | 'people' | 'soup', string | undefined>> & {
  seed: string;
  jobs: string;
  short: boolean;
};

function readCounts(values: Values) {
  const read = (name: string, text: string) => {
    const count = Number(text);
    if (!Number.isInteger(count) || count < 1) throw new Error(`--${name} must be a whole number from 1 on`);
    return count;
  };
  const runs = values.runs ?? values.soup ?? (values.short ? '2' : undefined);
  const people = values.people ?? (values.short ? '2000' : undefined);
  return {
    seed: read('seed', values.seed),
    jobs: read('jobs', values.jobs),
    ...(runs && { runs: read('runs', runs) }),
    ...(people && { people: read('people', people) }),
  };
}

/** Ends with the line that CI reads. Without the fence, red is what is wanted. */
function report(results: RowResult[], { json, fenceless }: { json: boolean; fenceless: boolean }): void {
  const isRed = ({ runs }: RowResult) => runs.some(({ faults }) => faults.length > 0);
  const failed = results.filter((result) => isRed(result) !== fenceless).length;
  if (json) console.log(JSON.stringify(results, null, 2));
  else {
    console.log(formatResults(results));
    if (fenceless) console.log('The claim fence is taken out: every row must be RED.');
    console.log(`Fault rows: ${results.length - failed} passed, ${failed} failed`);
  }
  if (failed > 0 || results.length === 0) process.exitCode = 1;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => abandonRuns().finally(() => process.exit(1)));
}
try {
  await main();
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 2;
}
