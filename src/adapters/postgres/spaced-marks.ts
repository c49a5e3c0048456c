import type { Mark } from '../../engine/ports/message-ledger.js';
import type { Queryable } from './pool.js';

/**
 * Of marks whose campaigns limit what one person gets, those that may go: the claim has looked already, and another
 * claim's mail may have been marked for the same person since. One such exchange at a time, so that what is due in the
 * same second sees each other. Who is too close to another mail waits until the gap is over, and who has had enough
 * reminders gets none.
 */
export async function withoutTooMany(client: Queryable, marks: Mark[]): Promise<Mark[]> {
  const limited = marks.filter(({ isLimited }) => isLimited);
  if (limited.length === 0) return marks;
  await client.query(`SELECT pg_advisory_xact_lock(hashtextextended('limits', 0))`);
  const { rows } = await client.query<{ id: number }>(
    `WITH judged AS (
       SELECT k.id, k.lease_id, f.free_at,
         s.only_unregistered AND s.max_reminders <= reminders_of(s.campaign_id, r.id) AS enough,
         -- Two of one exchange: the second looks again in a moment.
         row_number() OVER (PARTITION BY r.person_key ORDER BY k.id) > 1 AS again
       FROM unnest($1::bigint[], $2::bigint[]) AS k (id, lease_id)
         JOIN messages o ON o.id = k.id JOIN steps s ON s.key = o.step_key JOIN recipients r ON r.id = o.recipient_id
         CROSS JOIN LATERAL (SELECT last_mail_of(r.person_key) + s.min_gap AS free_at) f)
     UPDATE messages m SET lease_id = NULL,
       state = CASE WHEN j.enough AND m.resends = 0 THEN 'suppressed' WHEN j.enough THEN 'uncertain' ELSE 'waiting' END::message_state,
       reason = CASE WHEN j.enough THEN 'enough-reminders' ELSE 'too-close' END,
       settled_at = CASE WHEN j.enough THEN $3::timestamptz END,
       due_at = CASE WHEN NOT coalesce(j.enough, false) THEN greatest(j.free_at, $3::timestamptz + interval '1 second') END
     FROM judged j
     WHERE m.id = j.id AND m.lease_id = j.lease_id AND m.state = 'claimed' AND (j.enough OR j.again OR j.free_at > $3)
     RETURNING m.id`,
    [limited.map(({ id }) => id), limited.map(({ leaseId }) => leaseId), limited[0]?.markedAt],
  );
  const kept = new Set(rows.map(({ id }) => id));
  return marks.filter(({ id }) => !kept.has(id));
}
