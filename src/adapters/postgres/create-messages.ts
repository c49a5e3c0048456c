import type { Queryable } from './pool.js';

/** People that a step is not for are suppressed at once, with the reason. */
const judged = `CROSS JOIN LATERAL (SELECT CASE
      WHEN s.only_unregistered AND r.registered_at IS NOT NULL THEN 'registered'
      WHEN EXISTS (SELECT FROM suppressed_addresses x WHERE x.person_key = r.person_key) THEN 'address-gone' END AS stop) j`;

const whose = {
  everybody: '',
  // Drawn by lot, so that it is not the first department of the list; the same people when it is drawn again.
  canary: `AND r.id IN (
      SELECT o.id FROM recipients o
      WHERE o.campaign_id = c.id AND o.left_out IS NULL AND NOT (s.only_unregistered AND o.registered_at IS NOT NULL)
        AND (o.ring, o.tranche, o.zone, o.place) = (g.ring, g.tranche, g.zone, g.place)
        AND NOT EXISTS (SELECT FROM suppressed_addresses x WHERE x.person_key = o.person_key)
      ORDER BY hashint8extended(o.id, s.key), o.id
      LIMIT coalesce((s.canary->>'count')::bigint, ceil((s.canary->>'share')::float8 * (
        SELECT count(*) FROM recipients a WHERE a.campaign_id = c.id AND a.left_out IS NULL
          AND (a.ring, a.tranche, a.zone, a.place) = (g.ring, g.tranche, g.zone, g.place)))::bigint))`,
  rest: '',
};

/**
 * Create message rows for the people of groups of one step: one a person, all of them or a part. Whoever has a message of that
 * step already, from another ring, gets no second one.
 */
export async function createMessages(
  client: Queryable,
  groupKeys: readonly number[],
  now: Date,
  who: keyof typeof whose,
): Promise<{ audience: number; suppressed: number }> {
  const { rows } = await client.query<{ audience: number; suppressed: number }>(
    `WITH created AS (
       INSERT INTO messages (step_key, group_key, recipient_id, state, due_at, reason, settled_at, evidence_as_of)
       SELECT s.key, g.key, r.id, CASE WHEN j.stop IS NULL THEN 'waiting' ELSE 'suppressed' END::message_state,
              CASE WHEN j.stop IS NULL THEN g.send_at END,
              j.stop, CASE WHEN j.stop IS NOT NULL THEN $2::timestamptz END,
              CASE WHEN j.stop = 'registered' THEN c.registrations_as_of END
       FROM step_groups g JOIN steps s ON s.key = g.step_key JOIN campaigns c ON c.id = s.campaign_id
         JOIN recipients r ON r.campaign_id = c.id AND r.left_out IS NULL
           AND (r.ring, r.tranche, r.zone, r.place) = (g.ring, g.tranche, g.zone, g.place)
         ${judged}
       WHERE g.key = ANY ($1) ${whose[who]}
         -- Exactly those who were told another date than the one that is theirs now.
         AND (s.kind <> 'launch-moved' OR told_of(c.id, r.id) <> g.launch_date)
       ORDER BY r.id
       ON CONFLICT (step_key, recipient_id) DO NOTHING
       RETURNING state)
     SELECT count(*) AS audience, count(*) FILTER (WHERE state = 'suppressed') AS suppressed FROM created`,
    [groupKeys, now],
  );
  return rows[0] ?? { audience: 0, suppressed: 0 };
}
