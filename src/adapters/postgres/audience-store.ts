import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { from as copyFrom } from 'pg-copy-streams';
import type { LeftOutReason, Recipient } from '../../campaign/recipient.js';
import type { AudienceStore, ImportMode, RecipientImport } from '../../engine/ports/audience-store.js';
import { type Connection, inTransaction, type Pool, type Queryable } from './pool.js';
import { importRegistrations, matchRegistrations } from './registration-import.js';

export function createAudienceStore(pool: Pool): AudienceStore {
  return {
    async importRecipients(campaignId, rows, { mode, consent }) {
      return keepWithConsent(pool, consent, async (client) => {
        await lockAudience(client, campaignId);
        await stageRecipients(client, rows);
        const { merged, mergedCount } = await mergeSamePeople(client);
        const changed = await mergeStaged(client, campaignId, mode);
        await matchRegistrations(client, campaignId, 'all');
        const { audience, leftOut } = await countAudience(client, campaignId);
        return { ...changed, audience, leftOut, merged, mergedCount };
      });
    },

    importRegistrations: (campaignId, rows, { consent, ...facts }) =>
      keepWithConsent(pool, consent, async (client) => {
        await lockAudience(client, campaignId);
        return importRegistrations(client, campaignId, rows, facts);
      }),

    count: (campaignId) => countAudience(pool, campaignId),
  };
}

/** Do the import, show what it would change, and keep it only with consent. */
async function keepWithConsent<Seen>(
  pool: Pool,
  consent: (seen: Seen) => Promise<boolean>,
  work: (client: Connection) => Promise<Seen>,
): Promise<Seen | undefined> {
  const refused = new Error('not kept');
  try {
    return await inTransaction(pool, async (client) => {
      const seen = await work(client);
      if (!(await consent(seen))) throw refused;
      return seen;
    });
  } catch (error) {
    if (error === refused) return undefined;
    throw error;
  }
}

/** Two imports into one campaign go one after the other; sending is not held up by them. */
async function lockAudience(client: Connection, campaignId: string): Promise<void> {
  await client.query(`SELECT pg_advisory_xact_lock(hashtextextended('audience:' || $1, 0))`, [campaignId]);
}

const stagedColumns = [
  'person_key',
  'address',
  'object_id',
  'user_principal_name',
  'display_name',
  'first_name',
] as const;

/** Rows go through COPY into a table of this transaction: a million lines stream, and nothing of them stays on failure. */
async function stageRecipients(client: Connection, rows: AsyncIterable<{ line: number; recipient: Recipient }>) {
  await client.query(`CREATE TEMP TABLE staged (line integer, person_key text, address text, object_id text,
    user_principal_name text, display_name text, first_name text, locale text, left_out text, attributes jsonb) ON COMMIT DROP`);
  const copy = client.query(copyFrom(`COPY staged (line, ${stagedColumns}, locale, left_out, attributes) FROM STDIN`));
  await pipeline(Readable.from(copyLines(rows)), copy);
  await client.query('ANALYZE staged');
}

/** COPY's text format, some 64 kB at a time: a chunk a row would spend its time in the stream. */
async function* copyLines(rows: AsyncIterable<{ line: number; recipient: Recipient }>): AsyncGenerator<string> {
  let chunk = '';
  for await (const { line, recipient: person } of rows) {
    const cells = [
      person.personKey,
      person.address,
      person.objectId,
      person.userPrincipalName,
      person.displayName,
      person.firstName,
      person.locale,
      person.leftOut,
      JSON.stringify(person.attributes),
    ];
    chunk += `${line}\t${cells.map(copyCell).join('\t')}\n`;
    if (chunk.length > 65_536) {
      yield chunk;
      chunk = '';
    }
  }
  if (chunk) yield chunk;
}

const copyEscapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

function copyCell(value: string | undefined): string {
  if (value === undefined) return '\\N';
  return /[\\\t\n\r]/.test(value) ? value.replace(/[\\\t\n\r]/g, (character) => copyEscapes[character] ?? '') : value;
}

/**
 * Rows that share a person key or an object id are one person, also where a third row ties two together; the first of
 * them that is in the audience stays. Only rows that share something are looked at: usually a handful of a million.
 */
async function mergeSamePeople(client: Connection): Promise<Pick<RecipientImport, 'merged' | 'mergedCount'>> {
  const shared = (identity: string) =>
    `${identity} IN (SELECT ${identity} FROM staged WHERE ${identity} IS NOT NULL GROUP BY 1 HAVING count(*) > 1)`;
  await client.query(
    `CREATE TEMP TABLE linked ON COMMIT DROP AS
     SELECT line, line AS person, person_key, object_id, left_out IS NOT NULL AS outside
     FROM staged WHERE ${shared('person_key')} OR ${shared('object_id')}`,
  );
  // Everybody takes the lowest number that a row of theirs has, until nothing moves any more.
  for (let moved: number | null = 1; moved; ) {
    const { rowCount } = await client.query(
      `WITH nearest AS (
         SELECT line, least(min(person) OVER (PARTITION BY person_key),
                            CASE WHEN object_id IS NOT NULL THEN min(person) OVER (PARTITION BY object_id) END) AS person
         FROM linked)
       UPDATE linked l SET person = n.person FROM nearest n WHERE n.line = l.line AND n.person < l.person`,
    );
    moved = rowCount;
  }
  const { rows } = await client.query<{ line: number; sameAs: number }>(
    `WITH ranked AS (
       SELECT line, first_value(line) OVER (PARTITION BY person ORDER BY outside, line) AS first FROM linked)
     DELETE FROM staged s USING ranked r WHERE s.line = r.line AND r.first <> r.line
     RETURNING s.line, r.first AS "sameAs"`,
  );
  rows.sort((a, b) => a.line - b.line);
  return { merged: rows.slice(0, 100), mergedCount: rows.length };
}

const importedColumns = [...stagedColumns, 'locale', 'left_out', 'attributes'];

type Merged = Pick<RecipientImport, 'added' | 'updated' | 'unchanged' | 'gone'>;

/** The staged people become recipients. A first list meets nobody, and need not look for anybody. */
async function mergeStaged(client: Connection, campaignId: string, mode: ImportMode): Promise<Merged> {
  const { rows } = await client.query<{ known: boolean }>(
    'SELECT EXISTS (SELECT FROM recipients WHERE campaign_id = $1) AS known',
    [campaignId],
  );
  if (rows[0]?.known) {
    await client.query('CREATE INDEX ON staged (person_key)');
    await keepPeopleByObjectId(client, campaignId);
    const changed = await upsertStaged(client, campaignId);
    return { ...changed, gone: mode === 'replace' ? await leaveOutAbsent(client, campaignId) : 0 };
  }
  const { rowCount } = await client.query(
    `INSERT INTO recipients (campaign_id, ${importedColumns}) SELECT $1, ${importedColumns} FROM staged ORDER BY line`,
    [campaignId],
  );
  return { added: rowCount ?? 0, updated: 0, unchanged: 0, gone: 0 };
}

/**
 * Somebody whose address changed stays the same person where the object id says so. An address that has passed to
 * somebody else keeps its row, and gets that person's object id with the import: nobody else holds that one then.
 */
async function keepPeopleByObjectId(client: Connection, campaignId: string): Promise<void> {
  await client.query(
    `UPDATE recipients r SET person_key = s.person_key FROM staged s
     WHERE r.campaign_id = $1 AND r.object_id = s.object_id AND r.person_key <> s.person_key
       AND NOT EXISTS (SELECT FROM recipients o WHERE o.campaign_id = $1 AND o.person_key = s.person_key)`,
    [campaignId],
  );
  await client.query(
    `UPDATE recipients r SET object_id = NULL FROM staged s
     WHERE r.campaign_id = $1 AND r.object_id = s.object_id AND r.person_key <> s.person_key`,
    [campaignId],
  );
}

async function upsertStaged(client: Connection, campaignId: string): Promise<Omit<Merged, 'gone'>> {
  const rest = importedColumns.slice(1);
  const row = (table: string) => `(${rest.map((column) => `${table}.${column}`).join(', ')})`;
  const { rows } = await client.query<{ added: number; updated: number; total: number }>(
    `WITH upserted AS (
       INSERT INTO recipients (campaign_id, ${importedColumns})
       SELECT $1, ${importedColumns} FROM staged ORDER BY line
       ON CONFLICT (campaign_id, person_key) DO UPDATE SET ${rest.map((c) => `${c} = excluded.${c}`).join(', ')}
       WHERE ${row('recipients')} IS DISTINCT FROM ${row('excluded')}
       RETURNING (xmax = 0) AS added)
     SELECT count(*) FILTER (WHERE added) AS added, count(*) FILTER (WHERE NOT added) AS updated,
            (SELECT count(*) FROM staged) AS total FROM upserted`,
    [campaignId],
  );
  const { added, updated, total } = rows[0] ?? { added: 0, updated: 0, total: 0 };
  return { added, updated, unchanged: total - added - updated };
}

async function leaveOutAbsent(client: Connection, campaignId: string): Promise<number> {
  const { rowCount } = await client.query(
    `UPDATE recipients r SET left_out = 'not-in-list'
     WHERE campaign_id = $1 AND left_out IS DISTINCT FROM 'not-in-list'
       AND NOT EXISTS (SELECT FROM staged s WHERE s.person_key = r.person_key)`,
    [campaignId],
  );
  return rowCount ?? 0;
}

async function countAudience(on: Queryable, campaignId: string) {
  const { rows } = await on.query<{ left_out: LeftOutReason | null; people: number; registered: number }>(
    `SELECT left_out, count(*) AS people, count(registered_at) AS registered
     FROM recipients WHERE campaign_id = $1 GROUP BY left_out ORDER BY left_out`,
    [campaignId],
  );
  const inside = rows.find((row) => row.left_out === null);
  const leftOut: Partial<Record<LeftOutReason, number>> = {};
  for (const row of rows) if (row.left_out) leftOut[row.left_out] = row.people;
  return { audience: inside?.people ?? 0, registered: inside?.registered ?? 0, leftOut };
}
