import type { CampaignStore, RingState } from '../../engine/ports/campaign-store.js';
import { noteJoinersSql } from './admit-late-joiners.js';
import type { Connection, Pool } from './pool.js';
import { regroup } from './regroup.js';
import { withoutNulls } from './without-nulls.js';

export async function moveToRing(
  client: Connection,
  { campaign, address, ring, because, now, regroup: how }: Parameters<CampaignStore['moveToRing']>[0],
): ReturnType<CampaignStore['moveToRing']> {
  // An import that is under way would put the person back.
  await client.query(`SELECT pg_advisory_xact_lock(hashtextextended('audience:' || $1, 0))`, [campaign]);
  const { rows } = await client.query<{ id: number; ring: string }>(
    `SELECT id, ring FROM recipients WHERE campaign_id = $1 AND left_out IS NULL
       AND (person_key = lower($2) OR lower(address) = lower($2) OR user_principal_name = lower($2)) FOR UPDATE`,
    [campaign, address],
  );
  const person = rows[0];
  if (!person) return undefined;
  if (person.ring === ring) return { from: ring, moved: false };
  await client.query('UPDATE recipients SET ring = $2, ring_fixed = true, tranche = $3 WHERE id = $1', [
    ...[person.id, ring, how.spread ? -1 : 0],
  ]);
  await client.query(
    `INSERT INTO ring_moves (campaign_id, recipient_id, from_ring, to_ring, because, moved_at) VALUES ($1, $2, $3, $4, $5, $6)`,
    [campaign, person.id, person.ring, ring, because, now],
  );
  await regroup(client, campaign, how);
  await client.query(noteJoinersSql, [campaign, now]);
  return { from: person.ring, moved: true };
}

export async function letRingGo(
  pool: Pool,
  { campaign, ring }: { campaign: string; ring: string },
  because: string,
  now: Date,
): Promise<boolean> {
  const { rowCount } = await pool.query(
    `INSERT INTO ring_facts (campaign_id, ring, go_at, go_because) VALUES ($1, $2, $3, $4)
     ON CONFLICT (campaign_id, ring) DO UPDATE SET go_at = excluded.go_at, go_because = excluded.go_because
     WHERE ring_facts.go_at IS NULL`,
    [campaign, ring, now, because],
  );
  return rowCount === 1;
}

export async function countTickets(
  pool: Pool,
  { campaign, ring }: { campaign: string; ring: string },
  tickets: number,
  now: Date,
): Promise<void> {
  await pool.query(
    `INSERT INTO ring_facts (campaign_id, ring, tickets, tickets_at) VALUES ($1, $2, $3, $4)
     ON CONFLICT (campaign_id, ring) DO UPDATE SET tickets = excluded.tickets, tickets_at = excluded.tickets_at`,
    [campaign, ring, tickets, now],
  );
}

export async function listRings(pool: Pool, campaignId: string): Promise<RingState[]> {
  const { rows } = await pool.query<RingState>(
    `SELECT e.ring->>'id' AS ring, gate_of(c.id, e.ring->>'id') AS "waitsFor", f.go_at AS "goAt", f.tickets,
            (SELECT count(*) FROM recipients r WHERE r.campaign_id = c.id AND r.left_out IS NULL AND r.ring = e.ring->>'id') AS people
     FROM campaigns c CROSS JOIN jsonb_array_elements(coalesce(c.definition->'rings', '[{"id": "everyone"}]')) WITH ORDINALITY e (ring, place)
       LEFT JOIN ring_facts f ON f.campaign_id = c.id AND f.ring = e.ring->>'id'
     WHERE c.id = $1 ORDER BY e.place`,
    [campaignId],
  );
  return rows.map(withoutNulls);
}
