import type { Registration } from '../../campaign/recipient.js';
import type { RegistrationImport } from '../../engine/ports/audience-store.js';
import type { Connection } from './pool.js';

/** Rows a statement: large enough to make round trips cheap, small enough to stay flat in memory. */
const groupSize = 2_000;

/** Store what a registrations file says, and match it to the recipients. Runs inside the caller's transaction. */
export async function importRegistrations(
  client: Connection,
  campaignId: string,
  rows: AsyncIterable<Registration>,
  { asOf, source, now }: { asOf: () => Date; source: string; now: Date },
): Promise<RegistrationImport> {
  await client.query(`CREATE TEMP TABLE learned (line integer, identity text, object_id text, user_principal_name text,
    address_key text, registered boolean, registered_at timestamptz) ON COMMIT DROP`);
  const before = await countRegistered(client, campaignId);
  let count = 0;
  let group: Registration[] = [];
  for await (const row of rows) {
    count += 1;
    group.push(row);
    if (group.length >= groupSize) {
      await stage(client, group);
      group = [];
    }
  }
  await stage(client, group);
  // Only now is the whole file read, and the age of its data known.
  const trueAt = asOf();
  await client.query(
    `INSERT INTO registrations (campaign_id, identity, object_id, user_principal_name, address_key, registered,
                                registered_at, learned_at, as_of, source)
     SELECT DISTINCT ON (identity) $1, identity, object_id, user_principal_name, address_key, registered,
            registered_at, $2, $3, $4
     FROM learned ORDER BY identity, registered DESC, registered_at, line
     ON CONFLICT (campaign_id, identity) DO UPDATE SET
       object_id = excluded.object_id, user_principal_name = excluded.user_principal_name,
       address_key = excluded.address_key, registered = excluded.registered,
       registered_at = coalesce(excluded.registered_at,
                                CASE WHEN registrations.registered THEN registrations.registered_at END),
       learned_at = CASE WHEN registrations.registered = excluded.registered THEN registrations.learned_at
                         ELSE excluded.learned_at END,
       as_of = excluded.as_of, source = excluded.source
     WHERE excluded.as_of >= registrations.as_of`,
    [campaignId, now, trueAt, source],
  );
  await client.query('UPDATE campaigns SET registrations_as_of = greatest(registrations_as_of, $2) WHERE id = $1', [
    campaignId,
    trueAt,
  ]);
  await matchRegistrations(client, campaignId, 'learned');
  const registered = await countRegistered(client, campaignId);
  return {
    rows: count,
    registered,
    newlyRegistered: Math.max(0, registered - before),
    nobody: await findNobody(client, campaignId),
  };
}

async function stage(client: Connection, group: Registration[]): Promise<void> {
  if (group.length === 0) return;
  await client.query(
    `INSERT INTO learned SELECT * FROM unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bool[], $7::timestamptz[])`,
    [
      group.map(({ line }) => line),
      group.map(identityOf),
      group.map(({ objectId }) => objectId ?? null),
      group.map(({ userPrincipalName }) => userPrincipalName ?? null),
      group.map(({ addressKey }) => addressKey ?? null),
      group.map(({ registered }) => registered),
      group.map(({ registeredAt }) => registeredAt ?? null),
    ],
  );
}

/** Everything the row says of who it is: two rows that differ in any of it may belong to two people. */
function identityOf({ objectId = '', userPrincipalName = '', addressKey = '' }: Registration): string {
  return [objectId, userPrincipalName, addressKey].join('|');
}

/**
 * A registration belongs to the recipient with the same object id, else the same user principal name, else the same
 * address: the order of `audience/match-registrations.ts`. The newest word about a person counts.
 * After an import of registrations only what was learned is matched; a new list of people may change every match.
 */
export async function matchRegistrations(
  client: Connection,
  campaignId: string,
  scope: 'learned' | 'all',
): Promise<void> {
  const { rows } = await client.query<{ some: boolean }>(
    'SELECT EXISTS (SELECT FROM registrations WHERE campaign_id = $1) AS some',
    [campaignId],
  );
  if (!rows[0]?.some) return;
  const match = (condition: string) =>
    `(SELECT r.id FROM recipients r WHERE r.campaign_id = g.campaign_id AND ${condition} ORDER BY r.left_out IS NOT NULL, r.id LIMIT 1)`;
  const within = scope === 'all' ? '' : 'AND g.identity IN (SELECT identity FROM learned)';
  await client.query(
    `WITH matched AS (
       SELECT g.id, coalesce(
         ${match('r.object_id = g.object_id')},
         ${match('r.user_principal_name = g.user_principal_name')},
         ${match('r.person_key = g.address_key')},
         ${match('r.person_key = g.user_principal_name AND r.user_principal_name IS NULL')}) AS recipient_id
       FROM registrations g WHERE g.campaign_id = $1 ${within})
     UPDATE registrations g SET recipient_id = m.recipient_id FROM matched m
     WHERE g.id = m.id AND g.recipient_id IS DISTINCT FROM m.recipient_id`,
    [campaignId],
  );
  const concerned =
    scope === 'all'
      ? 'r.campaign_id = $1'
      : 'r.id IN (SELECT recipient_id FROM registrations g WHERE g.campaign_id = $1 AND g.identity IN (SELECT identity FROM learned))';
  await client.query(
    `WITH newest AS (
       SELECT r.id, (SELECT CASE WHEN g.registered THEN coalesce(g.registered_at, g.learned_at) END
                     FROM registrations g WHERE g.recipient_id = r.id
                     ORDER BY g.as_of DESC, g.registered DESC LIMIT 1) AS registered_at
       FROM recipients r WHERE ${concerned})
     UPDATE recipients r SET registered_at = n.registered_at FROM newest n
     WHERE r.id = n.id AND r.registered_at IS DISTINCT FROM n.registered_at`,
    [campaignId],
  );
}

async function countRegistered(client: Connection, campaignId: string): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    'SELECT count(*) FROM recipients WHERE campaign_id = $1 AND left_out IS NULL AND registered_at IS NOT NULL',
    [campaignId],
  );
  return rows[0]?.count ?? 0;
}

async function findNobody(client: Connection, campaignId: string): Promise<RegistrationImport['nobody']> {
  const { rows } = await client.query<{ line: number; count: number }>(
    `SELECT l.line, count(*) OVER () AS count FROM learned l
     JOIN registrations g ON g.campaign_id = $1 AND g.identity = l.identity
     WHERE g.recipient_id IS NULL ORDER BY l.line LIMIT 100`,
    [campaignId],
  );
  return { count: rows[0]?.count ?? 0, lines: rows.map(({ line }) => line) };
}
