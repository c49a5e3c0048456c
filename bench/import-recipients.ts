import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { from as copyFrom } from 'pg-copy-streams';
import type { Bench, Measurement } from './bench.js';
import { buildShippedMail } from './bench-mail.js';
import { fillCampaign } from './fill-campaign.js';
import { atEnd } from './leave-nothing.js';
import { readPeakRssMb } from './measure-process.js';
import { type BenchDatabase, openCluster } from './open-cluster.js';
import { mainFile } from './shipped-build.js';
import { startChild } from './start-child.js';

/** `fanfare import recipients`, checks and duplicates and all, beside COPY alone. */
export const importPeople: Bench = {
  name: 'import-recipients',
  describes: 'importing a list of people, beside COPY of the same file into a table with the same unique index',
  async run({ rows: people }, compare) {
    const folder = await mkdtemp(join(tmpdir(), 'fanfare-bench-'));
    atEnd(() => rm(folder, { recursive: true, force: true }));
    const file = join(folder, 'people.csv');
    await writeList(file, people);
    const mail = await buildShippedMail();
    const cluster = await openCluster();
    const database = await cluster.openDatabase('bench');
    await fillCampaign(database, mail, 0);
    await compare({
      title: 'importing a list of people',
      unit: 's',
      facts: [`${people} lines: email, displayName, preferredLanguage, department`],
      contenders: [
        { name: 'fanfare import', run: () => importList(database, file, mail.campaign.id, people) },
        { name: 'COPY', run: () => copyList(database, file, people) },
      ],
    });
  },
};

async function writeList(file: string, people: number): Promise<void> {
  function* lines() {
    yield 'email,displayName,preferredLanguage,department\n';
    for (let number = 1; number <= people; number += 1) {
      const language = number % 3 === 0 ? 'nl' : 'en';
      yield `robin.devries${number}@contoso.test,"de Vries, Robin ${number}",${language},Department ${number % 40}\n`;
    }
  }
  await pipeline(Readable.from(lines()), createWriteStream(file));
}

/** The command itself as a process, from its start to its end: the embedded server is up already. */
async function importList({ sql, connectionString }: BenchDatabase, file: string, campaign: string, people: number) {
  await sql.query('TRUNCATE recipients CASCADE');
  await sql.query('CHECKPOINT');
  const startedAt = performance.now();
  const command = [fileURLToPath(mainFile), 'import', 'recipients', file, '--campaign', campaign, '--json'];
  const child = startChild(process.execPath, command, { DATABASE_URL: connectionString, NODE_ENV: 'production' });
  let peakRssMb = 0;
  const watch = setInterval(async () => {
    peakRssMb = Math.max(peakRssMb, await readPeakRssMb(child.pid));
  }, 100);
  await child.ended.finally(() => clearInterval(watch));
  const seconds = (performance.now() - startedAt) / 1000;
  const { rows } = await sql.query<{ count: string }>('SELECT count(*) FROM recipients WHERE left_out IS NULL');
  if (Number(rows[0]?.count) !== people) throw new Error(`${rows[0]?.count} people were imported`);
  return { value: seconds, peakRssMb };
}

async function copyList({ sql }: BenchDatabase, file: string, people: number): Promise<Measurement> {
  await sql.query('DROP TABLE IF EXISTS copied');
  await sql.query(`CREATE TABLE copied (campaign_id text NOT NULL DEFAULT 'bench', email text NOT NULL, display_name text,
    language text, department text, UNIQUE (campaign_id, email))`);
  await sql.query('CHECKPOINT');
  const client = await sql.connect();
  try {
    const startedAt = performance.now();
    const copy = client.query(
      copyFrom('COPY copied (email, display_name, language, department) FROM STDIN (FORMAT csv, HEADER)'),
    );
    await pipeline(createReadStream(file, { highWaterMark: 1 << 18 }), copy);
    if (copy.rowCount !== people) throw new Error(`${copy.rowCount} lines were copied`);
    return { value: (performance.now() - startedAt) / 1000 };
  } finally {
    client.release();
  }
}
