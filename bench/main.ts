import { parseArgs } from 'node:util';
import type { Bench, BenchOptions } from './bench.js';
import { type ComparisonReport, comparePairs } from './compare-pairs.js';
import { createRows } from './create-rows.js';
import { describeMachine } from './describe-machine.js';
import { fourWorkers } from './four-workers.js';
import { importPeople } from './import-recipients.js';
import { leaveNothing } from './leave-nothing.js';
import { planPeople } from './plan-people.js';
import { printReport } from './print-report.js';
import { queueBackends } from './queue-backends.js';
import { renderMail } from './render-mail.js';
import { schedulerTick } from './scheduler-tick.js';
import { wholeEngine, wholeEngineSmall } from './whole-engine.js';
import { workerMemory } from './worker-memory.js';

const benches: Bench[] = [
  wholeEngine,
  wholeEngineSmall,
  renderMail,
  queueBackends,
  fourWorkers,
  createRows,
  importPeople,
  planPeople,
  schedulerTick,
  workerMemory,
];

const usage = `npm run bench -- [options] [names]

  --messages N      mails of one run (20000)
  --rows N          people of one run of the database benches (1000000)
  --pairs N         runs of every contender (5)
  --connections N   SMTP connections (10)
  --in-flight N     mails of a worker under way at once (twice the connections)
  --profile DIR     write CPU profiles of the engine's workers
  --json            one JSON document instead of tables

${benches.map(({ name, describes }) => `  ${name.padEnd(18)}${describes}`).join('\n')}`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      messages: { type: 'string', default: '20000' },
      rows: { type: 'string', default: '1000000' },
      pairs: { type: 'string', default: '5' },
      connections: { type: 'string', default: '10' },
      'in-flight': { type: 'string' },
      profile: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return console.log(usage);
  const connections = readCount('connections', values.connections);
  const options: BenchOptions = {
    messages: readCount('messages', values.messages),
    rows: readCount('rows', values.rows),
    pairs: readCount('pairs', values.pairs),
    connections,
    inFlight: readCount('in-flight', values['in-flight'] ?? String(connections * 2)),
    ...(values.profile !== undefined && { profileDir: values.profile }),
  };
  const machine = await describeMachine();
  const reports: ComparisonReport[] = [];
  if (!values.json) console.log(machine.join('\n'));
  for (const bench of chooseBenches(positionals)) {
    await bench.run(options, async (comparison) => {
      const report = await comparePairs(bench.name, comparison, options.pairs, (told) => console.error(told));
      reports.push(report);
      if (!values.json) printReport(report);
    });
    await leaveNothing();
  }
  if (values.json) console.log(JSON.stringify({ machine, options, reports }, null, 2));
}

function chooseBenches(names: string[]): Bench[] {
  const unknown = names.filter((name) => !benches.some((bench) => bench.name === name));
  if (unknown.length > 0) throw new Error(`there is no bench ${unknown.join(', ')}\n\n${usage}`);
  return benches.filter(({ name }) => names.length === 0 || names.includes(name));
}

function readCount(name: string, text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw new Error(`--${name} must be a whole number from 1 on`);
  return count;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // A second signal changes nothing: what was started is taken down first.
  process.on(signal, () => leaveNothing().finally(() => process.exit(1)));
}
try {
  await main();
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
} finally {
  await leaveNothing();
}
