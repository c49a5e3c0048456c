import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { barOf, type FaultRow, type Finding } from '../fault-row.js';
import { judge } from '../judge.js';
import type { Stage } from '../stage.js';
import { complainAboutEnds } from '../watch.js';

const monitor = join(import.meta.dirname, '..', 'process-monitor.cjs');
const memoryMegabytes = 512;

/** More people than usual, and less memory. */
export const resourceRows: FaultRow[] = [
  {
    row: '48',
    title: 'a list of a million people, killed on the way and imported again',
    runs: 1,
    queues: ['postgres'],
    policies: ['resend-once'],
    people: 1_000_000,
    bar: barOf([0, 0]),
    perform: importMany,
  },
  {
    row: '52',
    title: `100,000 people with ${memoryMegabytes} MB of memory`,
    runs: 1,
    queues: ['postgres'],
    policies: ['resend-once'],
    people: 100_000,
    bar: barOf([0, 0]),
    perform: sendInLittleMemory,
  },
];

async function importMany(stage: Stage): Promise<Finding> {
  const { people, place, server, stores, random } = stage;
  await stage.apply();
  const file = place.path('people.csv');
  await pipeline(Readable.from(writePeople(people)), createWriteStream(file));
  const args = ['import', 'recipients', file, '--campaign', 'test', '--json'];
  const killed = place.start(args, { DATABASE_URL: server.connectionString });
  // Long before its end, on any machine.
  await sleep((people / 1_000_000) * (1_500 + 4_500 * random()));
  killed.child.kill('SIGKILL');
  const cutOff = (await killed.ended).code === null;
  const kept = (await stores.audience.count('test')).audience;
  const report = place.path('cost.json');
  const { code, err, tookMs } = await place.run(args, {
    ...{ DATABASE_URL: server.connectionString, MONITOR_FILE: report },
    NODE_OPTIONS: `--require ${monitor}`,
  });
  const { rssMegabytes, lagMs } = JSON.parse(await readFile(report, 'utf8')) as Record<string, number>;
  const imported = (await stores.audience.count('test')).audience;
  const cost = `${(tookMs / 1000).toFixed(1)} s, ${rssMegabytes?.toFixed(0)} MB, event loop late by ${lagMs?.toFixed(0)} ms`;
  console.error(`48: imported ${imported} people in ${cost}`);
  return {
    ...{ lost: people - imported, duplicated: 0, uncertain: 0, recoverSeconds: tookMs / 1000 },
    complaints: [
      ...(code === 0 ? [] : [`the import failed: ${err}`]),
      ...(cutOff && kept === 0 ? [] : [`of the import that was killed ${kept} people were kept`]),
      ...(tookMs <= 120_000 && Number(rssMegabytes) < 300 && Number(lagMs) < 200 ? [] : [`it took ${cost}`]),
    ],
  };
}

/** Some 64 kB at a time: a chunk a line would spend its time in the stream. */
function* writePeople(count: number): Generator<string> {
  let chunk = 'mail,displayName,department,preferredLanguage\n';
  for (let number = 1; number <= count; number += 1) {
    chunk += `p${number}@contoso.com,Person ${number},Department ${number % 100},en\n`;
    if (chunk.length > 65_536) {
      yield chunk;
      chunk = '';
    }
  }
  yield chunk;
}

/** A process at a moment of the wave. */
interface Sample {
  mails: number;
  megabytes: number;
}

async function sendInLittleMemory(stage: Stage): Promise<Finding> {
  // What is not heap needs some of it, too.
  const environment = { NODE_OPTIONS: `--max-old-space-size=${memoryMegabytes - 128}` };
  const processes = await stage.launch({ environment });
  const samples = processes.map((): Sample[] => []);
  for (let mails = 0; mails < stage.people * 0.99; ) {
    await sleep(1_000);
    mails = await stage.sink.count();
    for (const [index, { child }] of processes.entries())
      samples[index]?.push({ mails, megabytes: await readMegabytes(child.pid) });
    if (complainAboutEnds(stage).length > 0) break;
  }
  const finding = await judge(stage);
  const most = Math.max(...samples.flat().map(({ megabytes }) => megabytes));
  // The first third is warming up: code is compiled, and the heap finds its size.
  const slopes = samples.map((each) => 10_000 * slopeOf(each.filter(({ mails }) => mails > stage.people / 3)));
  const grown = `${slopes.map((slope) => slope.toFixed(2)).join(', ')} MB per 10,000 mails`;
  console.error(`52: ${most.toFixed(0)} MB at most; ${grown}`);
  return {
    ...finding,
    complaints: [
      ...finding.complaints,
      ...complainAboutEnds(stage),
      ...(most < memoryMegabytes ? [] : [`${most.toFixed(0)} MB were used`]),
      ...(slopes.every((slope) => slope < 1) ? [] : [`memory grows by ${grown}`]),
    ],
  };
}

async function readMegabytes(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024;
}

/** Of the line that lies nearest to the samples. */
function slopeOf(samples: Sample[]): number {
  const mean = (pick: (sample: Sample) => number) =>
    samples.reduce((sum, each) => sum + pick(each), 0) / samples.length;
  const mails = mean((each) => each.mails);
  const megabytes = mean((each) => each.megabytes);
  const along = mean((each) => (each.mails - mails) ** 2);
  return mean((each) => (each.mails - mails) * (each.megabytes - megabytes)) / along;
}
