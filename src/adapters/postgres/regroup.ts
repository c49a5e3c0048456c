import { Unavailable } from '../../campaign/problem.js';
import type { Recipient } from '../../campaign/recipient.js';
import type { PlacePerson, Regroup } from '../../engine/ports/campaign-store.js';
import { createCopier } from './copy-rows.js';
import type { Connection } from './pool.js';
import { saveSteps } from './save-steps.js';
import { countGroups, countPeople, listGroups } from './step-groups.js';
import { withoutNulls } from './without-nulls.js';

/**
 * People and plan come together again: each ring's people are spread over its days, every group that has people gets
 * its instants, and the groups are counted. Runs inside the transaction that changed one of the two.
 */
export async function regroup(client: Connection, campaignId: string, how: Regroup | undefined): Promise<void> {
  if (!how) return countPeople(client, campaignId);
  await refuseOtherVersion(client, campaignId, how.version);
  if (how.spread) await spreadRings(client, campaignId, how.spread);
  const { plan, steps } = how.plan(await countGroups(client, campaignId), await listGroups(client, campaignId));
  await client.query('UPDATE campaigns SET plan = $2 WHERE id = $1', [campaignId, JSON.stringify(plan)]);
  await saveSteps(client, campaignId, steps);
}

/** Who planned with a definition that is no longer the campaign's would undo what somebody else has done. */
async function refuseOtherVersion(client: Connection, campaignId: string, version: number | undefined): Promise<void> {
  const { rows } = await client.query<{ version: number }>('SELECT version FROM campaigns WHERE id = $1 FOR UPDATE', [
    campaignId,
  ]);
  if (version !== undefined && rows[0]?.version !== version)
    throw new Unavailable(
      `Somebody else has changed ${campaignId} meanwhile. Nothing of this has been kept: do it again.`,
    );
}

/** Who launches on which day, by lot. In a ring that has begun, only people who are new in it are given a day. */
async function spreadRings(
  client: Connection,
  campaignId: string,
  spread: NonNullable<Regroup['spread']>,
): Promise<void> {
  const { rows } = await client.query<{ ring: string; people: number; begun: boolean }>(
    `SELECT ring, count(*) AS people,
            EXISTS (SELECT FROM step_groups g JOIN steps s ON s.key = g.step_key
                    WHERE s.campaign_id = $1 AND g.ring = r.ring AND g.opened_at IS NOT NULL) AS begun
     FROM recipients r WHERE campaign_id = $1 AND left_out IS NULL GROUP BY ring`,
    [campaignId],
  );
  const begun = new Set(rows.filter((row) => row.begun).map(({ ring }) => ring));
  const placed = await countPlaced(client, campaignId, [...begun]);
  const sizes = spread(new Map(rows.map(({ ring, people }) => [ring, people])), placed);
  for (const { ring } of rows) {
    let sum = 0;
    const ends = (sizes.get(ring) ?? []).map((size) => {
      sum += size;
      return sum;
    });
    await client.query(
      `WITH ranked AS (
         SELECT id, row_number() OVER (ORDER BY lot, person_key) - 1 AS rank FROM recipients
         WHERE campaign_id = $1 AND left_out IS NULL AND ring = $2 AND (tranche < 0 OR NOT $4)),
       days AS (SELECT id, width_bucket(rank, $3::bigint[]) AS day FROM ranked)
       UPDATE recipients r SET tranche = d.day FROM days d WHERE d.id = r.id AND r.tranche IS DISTINCT FROM d.day`,
      // The last end is not needed: whoever is beyond it launches on the last day.
      [campaignId, ring, ends.slice(0, -1), begun.has(ring)],
    );
  }
}

/** Of these rings, how many people have which day already. */
async function countPlaced(client: Connection, campaignId: string, rings: string[]): Promise<Map<string, number[]>> {
  const { rows } = await client.query<{ ring: string; tranche: number; people: number }>(
    `SELECT ring, tranche, count(*) AS people FROM recipients
     WHERE campaign_id = $1 AND left_out IS NULL AND ring = ANY ($2) AND tranche >= 0 GROUP BY 1, 2`,
    [campaignId, rings],
  );
  const placed = new Map<string, number[]>(rings.map((ring) => [ring, []]));
  for (const { ring, tranche, people } of rows) {
    const days = placed.get(ring) ?? [];
    while (days.length < tranche) days.push(0);
    days[tranche] = people;
  }
  return new Map([...placed].map(([ring, days]) => [ring, Array.from(days, (size) => size ?? 0)]));
}

/** Everybody's place by new rules; who was moved by hand keeps the ring. Told in `ring_moves`. */
export async function replacePeople(
  client: Connection,
  campaignId: string,
  place: PlacePerson,
  { because, now, spreads, rings }: { because: string; now: Date; spreads: boolean; rings: readonly string[] },
): Promise<void> {
  await client.query(
    'CREATE TEMP TABLE placed (id bigint, ring text, zone text, place text, lot integer) ON COMMIT DROP',
  );
  const copier = createCopier(client);
  const target = copier.into('placed', ['id', 'ring', 'zone', 'place', 'lot']);
  for (let after = 0, more = true; more; ) {
    const { rows } = await client.query<Recipient & { id: number }>(
      `SELECT id, person_key AS "personKey", address, object_id AS "objectId", user_principal_name AS "userPrincipalName", attributes
       FROM recipients WHERE campaign_id = $1 AND id > $2 ORDER BY id LIMIT 10000`,
      [campaignId, after],
    );
    for (const { id, ...person } of rows) {
      const { ring, zone, place: where, lot } = place(withoutNulls(person) as Recipient);
      await target.add([String(id), ring, zone, where, String(lot)]);
      after = id;
    }
    await copier.finish();
    more = rows.length === 10_000;
  }
  // Whoever was put by hand into a ring that is no more is placed like everybody.
  await client.query(
    'UPDATE recipients SET ring_fixed = false WHERE campaign_id = $1 AND ring_fixed AND NOT ring = ANY ($2)',
    [...[campaignId, rings]],
  );
  await client.query(
    `INSERT INTO ring_moves (campaign_id, recipient_id, from_ring, to_ring, because, moved_at)
     SELECT $1, r.id, r.ring, p.ring, $2, $3 FROM placed p JOIN recipients r ON r.id = p.id
     WHERE r.ring <> p.ring AND NOT r.ring_fixed AND r.left_out IS NULL`,
    [campaignId, because, now],
  );
  await client.query(
    `UPDATE recipients r SET ring = CASE WHEN r.ring_fixed THEN r.ring ELSE p.ring END, zone = p.zone, place = p.place, lot = p.lot,
       tranche = CASE WHEN $1 AND (r.ring = p.ring OR r.ring_fixed) AND r.lot = p.lot THEN r.tranche WHEN $1 THEN -1 ELSE 0 END
     FROM placed p WHERE p.id = r.id
       AND (r.zone, r.place, r.lot, CASE WHEN $1 THEN 0 ELSE r.tranche END, CASE WHEN r.ring_fixed THEN p.ring ELSE r.ring END)
         IS DISTINCT FROM (p.zone, p.place, p.lot, 0, p.ring)`,
    [spreads],
  );
  await client.query('DROP TABLE placed');
}
