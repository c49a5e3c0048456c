import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import type { Bench, Measurement } from './bench.js';
import { atEnd } from './leave-nothing.js';
import { readCpuMs, readPeakRssMb } from './measure-process.js';
import { compose, exampleCampaign, mainFile, readConfig } from './shipped-build.js';
import { type Child, startChild } from './start-child.js';

const zoneCount = 40;
const countries = [
  'Netherlands',
  'Germany',
  'Belgium',
  'France',
  'Spain',
  'Poland',
  'India',
  'Japan',
  'Brazil',
  'Kenya',
];

/** `fanfare plan FILE --recipients LIST`, start and all, beside a process that reads the same list and does no more. */
export const planPeople: Bench = {
  name: 'plan',
  describes: `planning people in ${zoneCount} zones and 5 rings, beside reading the same list alone`,
  async run({ rows: people }, compare) {
    const folder = await mkdtemp(join(tmpdir(), 'fanfare-bench-'));
    atEnd(() => rm(folder, { recursive: true, force: true }));
    const list = join(folder, 'people.csv');
    await writeList(list, people);
    const campaign = join(folder, 'campaign.yaml');
    await writeCampaign(campaign);
    await compare({
      title: `planning people in ${zoneCount} zones and 5 rings`,
      unit: 's',
      facts: [`${people} lines: mail, displayName, givenName, department, country, timeZone, objectId`],
      contenders: [
        { name: 'fanfare plan', run: () => planList(campaign, list, people) },
        { name: 'reading the people', run: () => readList('audience/read-recipients.js', list, people) },
        { name: 'reading the rows', run: () => readList(undefined, list, people) },
      ],
    });
  },
};

async function writeList(file: string, people: number): Promise<void> {
  const all = Intl.supportedValuesOf('timeZone');
  const zones = Array.from({ length: zoneCount }, (_, number) => all[Math.floor((number * all.length) / zoneCount)]);
  function* lines() {
    yield 'mail,displayName,givenName,department,country,timeZone,objectId\n';
    for (let number = 1; number <= people; number += 1) {
      const name = `robin.devries${number}@contoso.test,"de Vries, Robin ${number}",Robin`;
      const place = `Department ${number % 50},${countries[number % countries.length]},${zones[number % zoneCount]}`;
      // As random as a real one: what stands in a table by its hash lies anywhere in it.
      const id = (Math.imul(number, 0x9e3779b1) >>> 0).toString(16).padStart(8, '0');
      yield `${name},${place},${id}-0000-4000-8000-${number.toString(16).padStart(12, '0')}\n`;
    }
  }
  await pipeline(Readable.from(lines()), createWriteStream(file));
}

/** The example campaign with rings of every kind, each step at the person's own time. */
async function writeCampaign(file: string): Promise<void> {
  const { campaign } = await compose(readConfig({})).readCampaign(fileURLToPath(exampleCampaign));
  const { organisation, launch } = campaign;
  const logo = { ...organisation.logo, file: fileURLToPath(new URL(organisation.logo.file, exampleCampaign)) };
  const changed = {
    ...campaign,
    organisation: { ...organisation, logo },
    launch: { ...launch, recipientLocal: true },
    steps: campaign.steps.map((step) => ({ ...step, recipientLocal: true })),
    rings: [
      { id: 'pilot', offset: '-15bd', where: { department: 'Department 1' } },
      { id: 'early', offset: '-10bd', where: { department: ['Department 2', 'Department 3'] } },
      { id: 'some', offset: '-5bd', share: '20%' },
      { id: 'half', offset: '-2bd', share: '50%' },
      { id: 'everyone' },
    ],
  };
  // JSON is YAML.
  await writeFile(file, JSON.stringify(changed));
}

async function planList(campaign: string, list: string, people: number): Promise<Measurement> {
  const command = [fileURLToPath(mainFile), 'plan', campaign, '--recipients', list, '--json'];
  const { lines, ...measured } = await measure(
    () => startChild(process.execPath, command, { NODE_ENV: 'production' }),
    people,
  );
  const { steps } = JSON.parse(lines.join('\n')) as { steps: { id: string; recipients: number }[] };
  const planned = steps.filter(({ id }) => id === 'available-now').reduce((sum, { recipients }) => sum + recipients, 0);
  if (planned !== people) throw new Error(`${planned} people were planned`);
  return measured;
}

/** In a process of its own, as the command is: the rows of the file, or the people whom a reader makes of them. */
async function readList(reader: string | undefined, list: string, people: number): Promise<Measurement> {
  const load = (path: string) => `await import(${JSON.stringify(new URL(path, mainFile).href)})`;
  const pieces = reader
    ? `(${load(reader)}).readRecipientPieces(table, { includeDisabled: false, includeGuests: false })`
    : 'table.pieces';
  const script = `
    const table = await (${load('adapters/csv/open-csv.js')}).openCsv(${JSON.stringify(list)});
    let rows = 0;
    for await (const piece of ${pieces}) rows += piece.length;
    console.log(rows);`;
  const command = ['--input-type=module', '--eval', script];
  const { lines, ...measured } = await measure(() => startChild(process.execPath, command), people);
  if (Number(lines[0]) !== people) throw new Error(`${lines[0]} rows were read`);
  return measured;
}

/** A process from its start to its end. */
async function measure(start: () => Child, people: number): Promise<Measurement & Pick<Child, 'lines'>> {
  const startedAt = performance.now();
  const child = start();
  let peakRssMb = 0;
  let cpuMs = 0;
  const watch = setInterval(async () => {
    peakRssMb = Math.max(peakRssMb, await readPeakRssMb(child.pid));
    cpuMs = await readCpuMs(child.pid).catch(() => cpuMs);
  }, 50);
  await child.ended.finally(() => clearInterval(watch));
  const seconds = (performance.now() - startedAt) / 1000;
  return { value: seconds, cpuMs: cpuMs / people, peakRssMb, lines: child.lines };
}
