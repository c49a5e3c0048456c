import { pastForJoiners } from '../../engine/ports/campaign-store.js';
import type { LateJoiners } from '../../engine/ports/message-ledger.js';
import { inTransaction, type Pool } from './pool.js';
import { isSameGroup } from './step-groups.js';

/**
 * People who joined the audience, or changed rings, after a step had gone out: what is past is suppressed for them, or
 * where the campaign says `lateJoiners: latest`, the latest announcement goes to them now, and nothing else of the
 * past. So nobody ever gets several mails at once. Looked at only after the audience has changed.
 */
export async function admitLateJoiners(pool: Pool, now: Date): Promise<LateJoiners[]> {
  const { rows } = await pool.query<{ id: string }>({
    name: 'joined-campaigns',
    text: `SELECT id FROM campaigns WHERE joined_at <= $1 AND NOT EXISTS (SELECT FROM installation WHERE restored_until IS NOT NULL)`,
    values: [now],
  });
  const settled: LateJoiners[] = [];
  for (const { id } of rows) settled.push(...(await admitInto(pool, id, now)));
  return settled;
}

/** The step's hours on the work days of the next fortnight; null: at any time. `$1` is now. */
const windowsFromNow = `(SELECT range_agg(tstzrange((day + lower_time) AT TIME ZONE g.local_zone, (day + upper_time) AT TIME ZONE g.local_zone))
  FROM jsonb_array_elements(c.definition->'steps') step
    CROSS JOIN LATERAL (SELECT split_part(step->>'window', '-', 1)::interval AS lower_time, split_part(step->>'window', '-', 2)::interval AS upper_time) hours
    CROSS JOIN generate_series(($1::timestamptz AT TIME ZONE g.local_zone)::date, ($1::timestamptz AT TIME ZONE g.local_zone)::date + 14, '1 day') day
  WHERE step->>'id' = s.step_id AND step->>'window' IS NOT NULL AND c.definition->'calendar'->'workDays' ? to_char(day, 'dy'))`;

function admitInto(pool: Pool, campaignId: string, now: Date): Promise<LateJoiners[]> {
  return inTransaction(pool, async (client) => {
    const { rows: mine } = await client.query(
      `SELECT FROM campaigns WHERE id = $1 AND joined_at <= $2 FOR UPDATE SKIP LOCKED`,
      [campaignId, now],
    );
    // Another scheduler has it.
    if (mine.length === 0) return [];
    // A step whose canary is being waited for makes everybody's messages itself, later: whoever is missing is asked again.
    const { rows: waiting } = await client.query(
      'SELECT FROM steps WHERE campaign_id = $1 AND canary_until IS NOT NULL AND cancelled_at IS NULL LIMIT 1',
      [campaignId],
    );
    if (waiting.length > 0) return [];
    await client.query(
      `CREATE TEMP TABLE missing ON COMMIT DROP AS
       SELECT s.key AS step_key, s.step_id, g.key AS group_key, r.id AS recipient_id, g.send_at, g.expires_at - g.send_at AS worth,
         s.only_unregistered AND r.registered_at IS NOT NULL AS registered,
         -- The latest announcement of what is past; a reminder comes by itself.
         s.kind IN ('coming-soon', 'available-now') AND s.cancelled_at IS NULL
           AND row_number() OVER (PARTITION BY r.id, s.kind IN ('coming-soon', 'available-now') ORDER BY g.send_at DESC, s.key DESC) = 1
           AND c.definition->'discipline'->>'lateJoiners' = 'latest'
           -- Nobody is told what is coming after they were told that it is there, and nothing passes a gate.
           AND NOT EXISTS (SELECT FROM messages x JOIN steps t ON t.key = x.step_key
             WHERE t.campaign_id = $1 AND x.recipient_id = r.id AND x.state <> 'suppressed'
               AND t.kind IN ('available-now', CASE WHEN s.kind = 'coming-soon' THEN 'coming-soon' END))
           AND (NOT is_gated(s.kind) OR gate_of(c.id, g.ring) IS NULL) AS latest
       FROM campaigns c JOIN steps s ON s.campaign_id = c.id AND s.opened_at IS NOT NULL
         -- What was skipped for a whole group is past for nobody in particular: only a person's release sends it.
         JOIN step_groups g ON g.step_key = s.key AND g.joined_at IS NULL AND (g.opened_at IS NOT NULL OR g.skipped_because = $2)
         JOIN recipients r ON r.campaign_id = c.id AND r.left_out IS NULL AND ${isSameGroup('r', 'g')}
       WHERE c.id = $1 AND s.kind NOT IN ('launch-moved', 'reconfirmation')
         AND NOT EXISTS (SELECT FROM messages m WHERE m.step_key = s.key AND m.recipient_id = r.id)`,
      [campaignId, pastForJoiners],
    );
    // A group of their own: its mails have the dates of the one they joined, and expire from now on.
    await client.query(
      `INSERT INTO step_groups (step_key, ring, tranche, zone, place, joined_at, local_date, local_time, local_zone, send_at, expires_at,
                                windows, launch_date, register_by, enforced_from, people, opened_at)
       SELECT g.step_key, g.ring, g.tranche, g.zone, g.place, $1, ($1::timestamptz AT TIME ZONE g.local_zone)::date,
              to_char($1::timestamptz AT TIME ZONE g.local_zone, 'HH24:MI'), g.local_zone, $1, $1::timestamptz + l.worth,
              ${windowsFromNow}, g.launch_date, g.register_by, g.enforced_from, l.people, $1
       FROM (SELECT group_key, worth, count(*) AS people FROM missing WHERE latest AND NOT registered GROUP BY 1, 2) l
         JOIN step_groups g ON g.key = l.group_key JOIN steps s ON s.key = g.step_key JOIN campaigns c ON c.id = s.campaign_id`,
      [now],
    );
    const { rows } = await client.query<LateJoiners>(
      `WITH created AS (
         INSERT INTO messages (step_key, group_key, recipient_id, state, due_at, reason, settled_at)
         SELECT m.step_key, coalesce(j.key, m.group_key), m.recipient_id,
                CASE WHEN j.key IS NULL THEN 'suppressed' ELSE 'waiting' END::message_state,
                CASE WHEN j.key IS NOT NULL THEN $1::timestamptz END,
                CASE WHEN j.key IS NOT NULL THEN NULL WHEN m.registered THEN 'registered' ELSE 'joined-late' END,
                CASE WHEN j.key IS NULL THEN $1::timestamptz END
         FROM missing m LEFT JOIN step_groups g ON g.key = m.group_key
           LEFT JOIN step_groups j ON m.latest AND NOT m.registered AND j.step_key = g.step_key AND j.joined_at = $1 AND ${isSameGroup('j', 'g')}
         ON CONFLICT (step_key, recipient_id) DO NOTHING
         RETURNING step_key, state)
       SELECT s.campaign_id AS "campaignId", s.step_id AS "stepId", count(*) FILTER (WHERE c.state = 'waiting') AS admitted,
              count(*) FILTER (WHERE c.state = 'suppressed') AS suppressed
       FROM created c JOIN steps s ON s.key = c.step_key GROUP BY 1, 2 ORDER BY 1, 2`,
      [now],
    );
    await client.query('UPDATE campaigns SET joined_at = NULL WHERE id = $1', [campaignId]);
    return rows;
  });
}

/** The audience has changed: whoever has joined a step that is past is seen to at the next tick. */
export const noteJoinersSql = `UPDATE campaigns c SET joined_at = $2
  WHERE id = $1 AND EXISTS (SELECT FROM steps s WHERE s.campaign_id = c.id AND s.opened_at IS NOT NULL)`;
