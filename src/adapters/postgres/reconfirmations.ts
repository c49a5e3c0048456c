import type { DueReconfirmation, Reconfirmable } from '../../engine/ports/message-ledger.js';
import type { Pool } from './pool.js';
import { isSameGroup } from './step-groups.js';

/** So early a person's reconfirmation is looked for: its day may move, and its hour is only known in their zone. */
const ahead = `interval '4 days'`;
/** What is later than this was missed: a person who registers with us anew must not get an old mail. */
const behind = `interval '6 days'`;

/** People whose reconfirmation falls due around `now`, and who have no message of it yet; so many at most. */
export async function listReconfirmable(pool: Pool, now: Date, limit: number): Promise<Reconfirmable[]> {
  const { rows } = await pool.query<Reconfirmable>({
    name: 'reconfirmable',
    text: `SELECT s.campaign_id AS "campaignId", s.step_id AS "stepId", s.key AS "stepKey", g.key AS "groupKey", r.id AS "recipientId",
             r.registered_at AS "registeredAt", g.local_time AS time, g.local_zone AS zone, g.place
           FROM steps s JOIN recipients r ON r.campaign_id = s.campaign_id AND r.left_out IS NULL
             AND r.registered_at BETWEEN $1::timestamptz - s.reconfirm_after - ${behind} AND $1::timestamptz - s.reconfirm_after + ${ahead}
             JOIN step_groups g ON g.step_key = s.key AND g.joined_at IS NULL AND ${isSameGroup('g', 'r')}
           WHERE s.reconfirm_after IS NOT NULL AND s.cancelled_at IS NULL AND g.skipped_because IS NULL
             AND NOT EXISTS (SELECT FROM installation WHERE restored_until IS NOT NULL)
             AND NOT EXISTS (SELECT FROM messages m WHERE m.step_key = s.key AND m.recipient_id = r.id)
             -- A second round is for people who have registered anew since the first.
             AND NOT EXISTS (SELECT FROM steps e WHERE e.campaign_id = s.campaign_id AND e.reconfirm_after IS NOT NULL AND e.key < s.key
               AND NOT EXISTS (SELECT FROM messages m WHERE m.step_key = e.key AND m.recipient_id = r.id AND m.settled_at < r.registered_at))
           ORDER BY r.registered_at LIMIT $2`,
    values: [now, limit],
  });
  return rows;
}

/** One message a person, due at that person's own instant. Returns how many are new. */
export async function createReconfirmations(pool: Pool, due: readonly DueReconfirmation[], now: Date): Promise<number> {
  const column = (pick: (each: DueReconfirmation) => unknown) => due.map(pick);
  const { rowCount } = await pool.query(
    `WITH wanted AS (
       SELECT * FROM unnest($1::int[], $2::int[], $3::bigint[], $4::timestamptz[]) AS w (step_key, group_key, recipient_id, due_at)),
     opened_group AS (UPDATE step_groups SET opened_at = coalesce(opened_at, $5) WHERE key IN (SELECT group_key FROM wanted)),
     opened_step AS (UPDATE steps SET opened_at = coalesce(opened_at, $5) WHERE key IN (SELECT step_key FROM wanted))
     INSERT INTO messages (step_key, group_key, recipient_id, state, due_at)
     SELECT step_key, group_key, recipient_id, 'waiting', due_at FROM wanted ON CONFLICT (step_key, recipient_id) DO NOTHING`,
    [column((w) => w.stepKey), column((w) => w.groupKey), column((w) => w.recipientId), column((w) => w.dueAt), now],
  );
  return rowCount ?? 0;
}

/** In the expression for when something is due next: when somebody must be looked for. `$1` is now. */
export const nextReconfirmation = `(SELECT min(r.registered_at + s.reconfirm_after - ${ahead})
  FROM steps s JOIN recipients r ON r.campaign_id = s.campaign_id AND r.left_out IS NULL
    AND r.registered_at > $1::timestamptz - s.reconfirm_after + ${ahead}
  WHERE s.reconfirm_after IS NOT NULL AND s.cancelled_at IS NULL AND s.skipped_because IS NULL
    AND NOT EXISTS (SELECT FROM messages m WHERE m.step_key = s.key AND m.recipient_id = r.id))`;
