import type { Mark } from '../../engine/ports/message-ledger.js';
import type { Queryable } from './pool.js';

/**
 * Of marks whose campaigns keep a gap between two mails to one person, those that may go: the claim has looked already,
 * and another campaign's worker may have marked one for the same person since. One such exchange at a time, so that
 * two campaigns that are due in the same second see each other. Who must wait goes back to waiting.
 */
export async function withoutTooClose(client: Queryable, marks: Mark[]): Promise<Mark[]> {
  const spaced = marks.filter(({ keepsGap }) => keepsGap);
  if (spaced.length === 0) return marks;
  await client.query(`SELECT pg_advisory_xact_lock(hashtextextended('gaps', 0))`);
  const { rows } = await client.query<{ id: number }>(
    `UPDATE messages m SET state = 'waiting', lease_id = NULL, reason = 'too-close', due_at = f.free_at
     FROM unnest($1::bigint[], $2::bigint[]) AS k (id, lease_id)
       JOIN messages o ON o.id = k.id JOIN steps s ON s.key = o.step_key JOIN recipients r ON r.id = o.recipient_id
       CROSS JOIN LATERAL (SELECT last_mail_of(r.person_key) + s.min_gap AS free_at) f
     WHERE m.id = k.id AND m.lease_id = k.lease_id AND m.state = 'claimed' AND f.free_at > $3 RETURNING m.id`,
    [spaced.map(({ id }) => id), spaced.map(({ leaseId }) => leaseId), spaced[0]?.markedAt],
  );
  const late = new Set(rows.map(({ id }) => id));
  return marks.filter(({ id }) => !late.has(id));
}
