import { giveBackOfLeases } from './paced-exchange.js';
import { inTransaction, type Pool, type Queryable } from './pool.js';

/** What became of the messages of leases that ended. */
interface GivenUp {
  returned: number;
  uncertain: number;
}

/** Returns the leases that are still ours. */
export async function extendLeases(pool: Pool, leaseIds: number[], leaseMs: number): Promise<number[]> {
  const { rows } = await pool.query<{ id: number }>(
    // A lease that has run out is not revived: its rows may already be somebody else's.
    `UPDATE leases SET until = clock_timestamp() + $2 * interval '1 ms'
     WHERE id = ANY ($1) AND until > clock_timestamp() RETURNING id`,
    [leaseIds, leaseMs],
  );
  return rows.map(({ id }) => id);
}

export async function endLease(pool: Pool, leaseId: number, now: Date): Promise<void> {
  await inTransaction(pool, (client) => giveUp(client, [leaseId], now));
}

/** Give up every lease that has run out. */
export function recoverLeases(pool: Pool, now: Date): Promise<GivenUp> {
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ id: number }>(
      `SELECT id FROM leases WHERE until < clock_timestamp() AND message_ids <> '{}' FOR UPDATE SKIP LOCKED`,
    );
    const ids = rows.map(({ id }) => id);
    return ids.length === 0 ? { returned: 0, uncertain: 0 } : giveUp(client, ids, now);
  });
}

/**
 * What was only claimed was never handed over: it goes back. What was being handed over may have arrived: it is
 * uncertain, and goes out once more only where the step's policy says so.
 */
async function giveUp(client: Queryable, leaseIds: number[], now: Date): Promise<GivenUp> {
  const { rows } = await client.query<{ wasSending: boolean; count: number }>(
    `WITH held AS (
       SELECT m.id, m.state = 'sending' AS was_sending,
              s.on_uncertain = 'resend-once' AND m.resends = 0 AS again
       FROM messages m JOIN steps s ON s.key = m.step_key
       WHERE m.id = ANY (ARRAY(SELECT unnest(message_ids) FROM leases WHERE id = ANY ($1))) AND m.lease_id = ANY ($1)
       FOR UPDATE OF m),
     moved AS (
       UPDATE messages m SET
         state = CASE WHEN h.was_sending AND NOT h.again THEN 'uncertain' ELSE 'waiting' END::message_state,
         resends = m.resends + CASE WHEN h.was_sending AND h.again THEN 1 ELSE 0 END,
         attempts = m.attempts + CASE WHEN h.was_sending THEN 1 ELSE 0 END,
         reason = CASE WHEN h.was_sending THEN 'worker-lost' ELSE m.reason END,
         settled_at = CASE WHEN h.was_sending AND NOT h.again THEN $2::timestamptz END,
         due_at = CASE WHEN NOT h.was_sending OR h.again THEN $2::timestamptz END,
         lease_id = NULL
       FROM held h WHERE m.id = h.id RETURNING h.was_sending)
     SELECT was_sending AS "wasSending", count(*) AS count FROM moved GROUP BY 1`,
    [leaseIds, now],
  );
  await giveBackOfLeases(client, leaseIds, now);
  await closeLeases(client, leaseIds);
  const count = (wasSending: boolean) => rows.find((row) => row.wasSending === wasSending)?.count ?? 0;
  return { returned: count(false), uncertain: count(true) };
}

/** The newest lease stays, empty, until there is a newer one: it says how far this database has come, to the last commit. */
export async function closeLeases(on: Queryable, leaseIds: number[]): Promise<void> {
  await on.query(`UPDATE leases SET message_ids = '{}' WHERE id = ANY ($1)`, [leaseIds]);
  await on.query(`DELETE FROM leases WHERE message_ids = '{}' AND id < (SELECT max(id) FROM leases)`);
}
