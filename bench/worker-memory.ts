import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench, Measurement } from './bench.js';
import { buildShippedMail } from './bench-mail.js';
import { closeAgain, fillCampaign } from './fill-campaign.js';
import { readPeakRssMb, readRssMb } from './measure-process.js';
import { type BenchDatabase, openCluster } from './open-cluster.js';
import { startRole } from './run-engine.js';
import { startSink } from './start-sink.js';

const fewMails = 10_000;
const manyMails = 100_000;

/** What one worker holds in memory must depend neither on how many wait nor on how many it has sent. */
export const workerMemory: Bench = {
  name: 'worker-memory',
  describes: 'peak memory of one worker, sending out of a step of many rows, and of 10,000',
  async run({ rows, connections, inFlight }, compare) {
    const mail = await buildShippedMail();
    const cluster = await openCluster();
    const [large, small] = [await cluster.openDatabase('large'), await cluster.openDatabase('small')];
    await fillCampaign(large, mail, rows);
    await fillCampaign(small, mail, fewMails);
    const sink = await startSink();
    const send = (database: BenchDatabase, people: number, mails: number, measure?: typeof growthOf) => async () => {
      await makeRows(database, people);
      return measureWorker({ database, sink, connections, inFlight }, mails, measure);
    };
    const many = Math.min(manyMails, rows);
    const facts = [
      `messages of ${mail.raw.length} bytes`,
      `${connections} connections to smtp-sink, ${inFlight} under way`,
    ];
    await compare({
      title: 'peak memory of one worker',
      unit: 'MB',
      facts,
      contenders: [
        { name: `${fewMails} sent of ${rows}`, run: send(large, rows, fewMails) },
        { name: `${fewMails} sent of ${fewMails}`, run: send(small, fewMails, fewMails) },
      ],
    });
    await compare({
      title: 'growth of the memory of one worker, in the second half of what it sends',
      unit: 'MB/10,000 mails',
      facts,
      contenders: [{ name: `${many} sent of ${rows}`, run: send(large, rows, many, growthOf) }],
    });
  },
};

/** Fresh rows of the one step, all due. */
async function makeRows({ sql, ledger }: BenchDatabase, people: number): Promise<void> {
  const { rows } = await sql.query<{ now: Date }>('SELECT clock_timestamp() AS now');
  const now = rows[0]?.now ?? new Date(0);
  await closeAgain(sql, now);
  const opened = await ledger.openDueSteps(now);
  if (opened[0]?.audience !== people) throw new Error(`${opened[0]?.audience} rows were made instead of ${people}`);
  await sql.query('VACUUM (ANALYZE) messages');
}

interface Sample {
  sent: number;
  rssMb: number;
}

/** From the start of a worker until it has sent so many: what it held at most, unless something else is asked. */
async function measureWorker(
  run: Parameters<typeof startRole>[1],
  mails: number,
  measure?: (samples: Sample[]) => number,
): Promise<Measurement> {
  const samples: Sample[] = [];
  const worker = startRole('worker', run);
  const scheduler = startRole('scheduler', run);
  try {
    await Promise.all([worker.line('ready'), scheduler.line('ready')]);
    while ((samples.at(-1)?.sent ?? 0) < mails) {
      await sleep(500);
      samples.push({ sent: await countSent(run.database), rssMb: await readRssMb(worker.pid) });
    }
    const peakRssMb = await readPeakRssMb(worker.pid);
    return { value: measure?.(samples) ?? peakRssMb, peakRssMb };
  } finally {
    await Promise.all([worker.stop(), scheduler.stop()]);
  }
}

/** The slope of the line through the second half of the samples (least squares): what is loaded once is in the first. */
function growthOf(samples: Sample[]): number {
  const half = samples.slice(Math.floor(samples.length / 2));
  const mean = (value: (sample: Sample) => number) => half.reduce((sum, each) => sum + value(each), 0) / half.length;
  const [sent, rssMb] = [mean((sample) => sample.sent), mean((sample) => sample.rssMb)];
  const spread = mean((sample) => (sample.sent - sent) ** 2);
  return (10_000 * mean((sample) => (sample.sent - sent) * (sample.rssMb - rssMb))) / spread;
}

async function countSent({ sql }: BenchDatabase): Promise<number> {
  const { rows } = await sql.query<{ sent: string }>(`SELECT count(*) AS sent FROM messages WHERE state = 'sent'`);
  return Number(rows[0]?.sent);
}
