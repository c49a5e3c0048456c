import type { Placement, Recipient } from '../../campaign/recipient.js';
import { soleRing } from '../../campaign/rollout-field.js';
import type { ImportMode, RecipientImport } from '../../engine/ports/audience-store.js';
import { createCopier } from './copy-rows.js';
import { mergeSamePeople } from './merge-people.js';
import type { Connection } from './pool.js';
import { createSeenBefore } from './seen-before.js';

interface ImportOptions {
  mode: ImportMode;
  /** Only so many people launch on one day: who is new has no day yet. */
  spreads: boolean;
  now: Date | undefined;
}

type ListedRow = { line: number; recipient: Recipient };
type Merged = Omit<RecipientImport, 'audience' | 'leftOut'>;

const columns = [
  'person_key',
  'address',
  'object_id',
  'user_principal_name',
  'display_name',
  'first_name',
  'locale',
  'left_out',
  'attributes',
  'ring',
  'zone',
  'place',
  'lot',
  'tranche',
] as const;
const rest = columns.slice(1);

/** The list's people become the campaign's recipients. Runs inside the caller's transaction. */
export async function importRecipients(
  client: Connection,
  campaignId: string,
  rows: AsyncIterable<ListedRow>,
  options: ImportOptions,
): Promise<Merged> {
  // Joins of a million people with a million others fit, or nearly so.
  await client.query(`SET LOCAL work_mem = '64MB'`);
  // `id` is that of a row which was a recipient already when it was doubted.
  await client.query(`CREATE TEMP TABLE staged (line integer, id bigint, person_key text, address text, object_id text,
    user_principal_name text, display_name text, first_name text, locale text, left_out text, attributes jsonb,
    ring text, zone text, place text, lot integer, tranche smallint) ON COMMIT DROP`);
  const { rows: found } = await client.query<{ known: boolean }>(
    'SELECT EXISTS (SELECT FROM recipients WHERE campaign_id = $1) AS known',
    [campaignId],
  );
  return found[0]?.known ? changeList(client, campaignId, rows, options) : beginList(client, campaignId, rows, options);
}

/**
 * A first list meets nobody: its rows become recipients as they are read. Those that may name somebody again are put
 * aside; in the end they and whoever they meet are merged as in any list.
 */
async function beginList(
  client: Connection,
  campaignId: string,
  rows: AsyncIterable<ListedRow>,
  { spreads }: ImportOptions,
): Promise<Merged> {
  const keySeen = createSeenBefore();
  const lines = createLineList();
  let total = 0;
  const doubted = await copyPeople(
    client,
    campaignId,
    { rows, spreads },
    ({ line, recipient: { personKey, objectId } }) => {
      total += 1;
      const knownKey = keySeen(personKey);
      const knownId = objectId !== undefined && keySeen(`id ${objectId}`);
      if (!knownKey && !knownId) lines.add(line);
      return knownKey || knownId;
    },
  );
  const result = { added: total, updated: 0, unchanged: 0, gone: 0, merged: [], mergedCount: 0 };
  if (doubted === 0) return result;
  await client.query('ANALYZE staged');
  await takeBack(client, campaignId, lines.at);
  const { merged, mergedCount } = await mergeSamePeople(client);
  await client.query(
    `INSERT INTO recipients (id, campaign_id, ${columns}) OVERRIDING SYSTEM VALUE
     SELECT coalesce(id, nextval(pg_get_serial_sequence('recipients', 'id'))), $1, ${columns} FROM staged ORDER BY line`,
    [campaignId],
  );
  return { ...result, added: total - mergedCount, merged, mergedCount };
}

/** The recipients whom a staged row may name again are staged, too, under the lines on which they stood. */
async function takeBack(client: Connection, campaignId: string, lineAt: (place: number) => number): Promise<void> {
  const meeting = (identity: string) =>
    `SELECT n.id, n.place FROM numbered n WHERE n.${identity} IN (SELECT ${identity} FROM staged)`;
  const { rows } = await client.query<{ id: number; place: number }>(
    `WITH numbered AS MATERIALIZED (
       SELECT id, person_key, object_id, row_number() OVER (ORDER BY id) AS place FROM recipients WHERE campaign_id = $1)
     ${meeting('person_key')} UNION ${meeting('object_id')}`,
    [campaignId],
  );
  const ids = rows.map(({ id }) => id);
  await client.query(
    `INSERT INTO staged (line, id, ${columns})
     SELECT m.line, r.id, ${columns} FROM unnest($1::bigint[], $2::int[]) m (id, line) JOIN recipients r ON r.id = m.id`,
    [ids, rows.map(({ place }) => lineAt(place - 1))],
  );
  await client.query('DELETE FROM recipients WHERE id = ANY ($1::bigint[])', [ids]);
}

/** The lines of the rows that were copied, in their order: 4 bytes a row. */
function createLineList() {
  let lines = new Uint32Array(1 << 16);
  let length = 0;
  return {
    add(line: number): void {
      if (length === lines.length) {
        const longer = new Uint32Array(length * 2);
        longer.set(lines);
        lines = longer;
      }
      lines[length] = line;
      length += 1;
    },
    at: (place: number): number => lines[place] ?? 0,
  };
}

/** A list that meets an earlier one: everything is staged, and compared with what is there. */
async function changeList(
  client: Connection,
  campaignId: string,
  rows: AsyncIterable<ListedRow>,
  { mode, spreads, now }: ImportOptions,
): Promise<Merged> {
  const total = await copyPeople(client, campaignId, { rows, spreads }, () => true);
  await client.query('ANALYZE staged');
  const { merged, mergedCount } = await mergeSamePeople(client);
  await keepPeopleByObjectId(client, campaignId);
  await moveBetweenRings(client, campaignId, { spreads, now });
  const updated = await updateChanged(client, campaignId);
  const added = await addNew(client, campaignId);
  const gone = mode === 'replace' ? await leaveOutAbsent(client, campaignId) : 0;
  return { added, updated, unchanged: total - mergedCount - added - updated, gone, merged, mergedCount };
}

/** By COPY: a million lines stream, and nothing of them stays on failure. Returns how many were staged. */
async function copyPeople(
  client: Connection,
  campaignId: string,
  { rows, spreads }: { rows: AsyncIterable<ListedRow>; spreads: boolean },
  isForStaging: (row: ListedRow) => boolean,
): Promise<number> {
  const copier = createCopier(client);
  const recipients = copier.into('recipients', ['campaign_id', ...columns]);
  const staged = copier.into('staged', ['line', ...columns]);
  let count = 0;
  try {
    for await (const row of rows) {
      const aside = isForStaging(row);
      if (aside) count += 1;
      const begin = aside ? String(row.line) : campaignId;
      const wait = (aside ? staged : recipients).add(toCells(begin, row.recipient, spreads));
      if (wait) await wait;
    }
    await copier.finish();
  } catch (error) {
    await copier.settle();
    throw error;
  }
  return count;
}

function toCells(begin: string, person: Recipient, spreads: boolean): (string | undefined)[] {
  const { ring, zone, place, lot } = person.placement ?? nowhere;
  return [
    begin,
    person.personKey,
    person.address,
    person.objectId,
    person.userPrincipalName,
    person.displayName,
    person.firstName,
    person.locale,
    person.leftOut,
    JSON.stringify(person.attributes),
    ...[ring, zone, place, String(lot)],
    // No day yet, where days are given out.
    spreads ? '-1' : '0',
  ];
}

const nowhere: Placement = { ring: soleRing, zone: '', place: '', lot: 0 };

/** A person whom the list puts into another ring moves there, unless somebody put them where they are by hand. */
async function moveBetweenRings(
  client: Connection,
  campaignId: string,
  { spreads, now }: { spreads: boolean; now: Date | undefined },
): Promise<void> {
  const same = 'r.campaign_id = $1 AND r.person_key = s.person_key';
  await client.query(`UPDATE staged s SET ring = r.ring FROM recipients r WHERE ${same} AND r.ring_fixed`, [
    campaignId,
  ]);
  await client.query(
    `INSERT INTO ring_moves (campaign_id, recipient_id, from_ring, to_ring, because, moved_at)
     SELECT $1, r.id, r.ring, s.ring, 'the list says so', $2 FROM staged s JOIN recipients r ON ${same}
     WHERE r.ring <> s.ring AND r.left_out IS NULL AND $2::timestamptz IS NOT NULL`,
    [campaignId, now ?? null],
  );
  // Who stays in a ring keeps the day.
  if (spreads) {
    await client.query(`UPDATE staged s SET tranche = r.tranche FROM recipients r WHERE ${same} AND r.ring = s.ring`, [
      campaignId,
    ]);
  }
}

/**
 * Somebody whose address changed stays the same person where the object id says so. An address that has passed to
 * somebody else keeps its row, and gets that person's object id with the import: nobody else holds that one then.
 */
async function keepPeopleByObjectId(client: Connection, campaignId: string): Promise<void> {
  await client.query(
    `UPDATE recipients r SET person_key = s.person_key FROM staged s
     WHERE s.object_id IS NOT NULL AND r.campaign_id = $1 AND r.object_id = s.object_id AND r.person_key <> s.person_key
       AND NOT EXISTS (SELECT FROM recipients o WHERE o.campaign_id = $1 AND o.person_key = s.person_key)`,
    [campaignId],
  );
  await client.query(
    `UPDATE recipients r SET object_id = NULL FROM staged s
     WHERE s.object_id IS NOT NULL AND r.campaign_id = $1 AND r.object_id = s.object_id AND r.person_key <> s.person_key`,
    [campaignId],
  );
}

/** A join and not ON CONFLICT, which writes a lock into every row, also into those that stay as they are. */
async function updateChanged(client: Connection, campaignId: string): Promise<number> {
  const row = (table: string) => `(${rest.map((column) => `${table}.${column}`).join(', ')})`;
  const { rowCount } = await client.query(
    `UPDATE recipients r SET ${rest.map((column) => `${column} = s.${column}`).join(', ')} FROM staged s
     WHERE r.campaign_id = $1 AND r.person_key = s.person_key AND ${row('r')} IS DISTINCT FROM ${row('s')}`,
    [campaignId],
  );
  return rowCount ?? 0;
}

async function addNew(client: Connection, campaignId: string): Promise<number> {
  const { rowCount } = await client.query(
    `INSERT INTO recipients (campaign_id, ${columns})
     SELECT $1, ${columns} FROM staged s
     WHERE NOT EXISTS (SELECT FROM recipients r WHERE r.campaign_id = $1 AND r.person_key = s.person_key) ORDER BY line`,
    [campaignId],
  );
  return rowCount ?? 0;
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
