import type { Group } from '../../campaign/plan.js';
import type { KnownPerson } from '../../engine/ports/campaign-store.js';
import type { Pool } from './pool.js';
import { withoutNulls } from './without-nulls.js';

/** A person of a campaign by address or sign-in name, with what became of each step. */
export async function findPerson(pool: Pool, campaignId: string, address: string): Promise<KnownPerson | undefined> {
  const { rows } = await pool.query<
    Group & { id: number; leftOut: string | null; registeredAt: Date | null; toldDate: string | null }
  >(
    `SELECT id, ring, tranche, zone, place, left_out AS "leftOut", registered_at AS "registeredAt", told_of($1, id) AS "toldDate"
     FROM recipients
     WHERE campaign_id = $1 AND (person_key = lower($2) OR lower(address) = lower($2) OR user_principal_name = lower($2))
     ORDER BY left_out IS NOT NULL, id LIMIT 1`,
    [campaignId, address],
  );
  if (!rows[0]) return undefined;
  const { id, ring, tranche, zone, place, ...person } = rows[0];
  const { rows: messages } = await pool.query<KnownPerson['messages'][number]>(
    `SELECT s.step_id AS step, m.state, m.reason, m.due_at AS "dueAt", m.settled_at AS "settledAt"
     FROM messages m JOIN steps s ON s.key = m.step_key WHERE s.campaign_id = $1 AND m.recipient_id = $2 ORDER BY s.send_at`,
    [campaignId, id],
  );
  const { rows: ringMoves } = await pool.query<KnownPerson['ringMoves'][number]>(
    `SELECT from_ring AS "from", to_ring AS "to", because, moved_at AS at FROM ring_moves WHERE recipient_id = $1 ORDER BY id`,
    [id],
  );
  return {
    ...withoutNulls(person as Omit<KnownPerson, 'group' | 'messages' | 'ringMoves'>),
    group: { ring, tranche, zone, place },
    ...{ messages: messages.map(withoutNulls), ringMoves },
  };
}
