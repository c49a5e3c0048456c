import type { Mark, MarkAnswer, Pace, Verdict } from '../../engine/ports/message-ledger.js';
import { exchange } from './exchange.js';
import { inTransaction, type Pool, type Queryable } from './pool.js';
import { withoutTooMany } from './spaced-marks.js';

/**
 * The exchange for a sender with limits. A mail takes a place when it is marked, and gives it back a minute (a day)
 * after it was answered, over all workers and restarts; counted from the answer, no window of 60 s at the server ever
 * holds more than the limit. A second is added for clocks that differ.
 */
const minute = `interval '61 seconds'`;
const day = `interval '24 hours 1 second'`;

/** Exchange, marking only as many as the limits leave room for; the others go back to waiting for a moment. */
export async function exchangePaced(
  pool: Pool,
  offered: Mark[],
  verdicts: Verdict[],
  pace: Pace,
): Promise<MarkAnswer[]> {
  return inTransaction(pool, async (client) => {
    const marks = await withoutTooMany(client, offered);
    // One after the other: two workers must not take the same last place.
    await client.query(`SELECT pg_advisory_xact_lock(hashtextextended('sender:' || $1, 0))`, [pace.sender]);
    await giveBack(client, verdicts);
    const room = marks[0] ? await countRoom(client, pace, marks[0].markedAt) : 0;
    const answers = await exchange(client, marks.slice(0, room), verdicts);
    const taken = new Set(answers.filter(({ state }) => state === 'sending').map(({ id }) => id));
    await client.query(
      `INSERT INTO sender_uses (sender, message_id, lease_id)
       SELECT $1, * FROM unnest($2::bigint[], $3::bigint[])`,
      [pace.sender, ...columnsOf(marks.filter(({ id }) => taken.has(id)))],
    );
    await putOff(client, marks.slice(room));
    return answers;
  });
}

/** Mails that may be marked now: what the limits allow, less what is under way or was answered within their window. */
export async function countRoom(
  on: Queryable,
  { sender, perMinute, perDay, connections }: Pace,
  now: Date,
): Promise<number> {
  const { rows } = await on.query<{ minute: number; day: number; open: number }>({
    name: 'count-room',
    text: `SELECT count(*) FILTER (WHERE answered_at IS NULL OR answered_at > $2::timestamptz - ${minute}) AS minute,
                  count(*) AS day, count(*) FILTER (WHERE answered_at IS NULL) AS open
           FROM sender_uses
           WHERE sender = $1 AND (answered_at IS NULL OR answered_at > $2::timestamptz - CASE WHEN $3 THEN ${day} ELSE ${minute} END)`,
    values: [sender, now, perDay !== undefined],
  });
  const used = rows[0] ?? { minute: 0, day: 0, open: 0 };
  const unlimited = Number.MAX_SAFE_INTEGER;
  const left = [
    (perMinute ?? unlimited) - used.minute,
    (perDay ?? unlimited) - used.day,
    (connections ?? unlimited) - used.open,
  ];
  return Math.max(0, Math.min(...left));
}

async function giveBack(client: Queryable, verdicts: Verdict[]): Promise<void> {
  if (verdicts.length === 0) return;
  await client.query(
    `UPDATE sender_uses u SET answered_at = v.settled_at
     FROM unnest($1::bigint[], $2::bigint[], $3::timestamptz[]) AS v (id, lease_id, settled_at)
     WHERE u.message_id = v.id AND u.lease_id = v.lease_id AND u.answered_at IS NULL`,
    [...columnsOf(verdicts), verdicts.map(({ settledAt }) => settledAt)],
  );
}

async function putOff(client: Queryable, marks: Mark[]): Promise<void> {
  if (marks.length === 0) return;
  await client.query(
    `UPDATE messages m SET state = 'waiting', lease_id = NULL, due_at = $3::timestamptz + interval '1 second'
     FROM unnest($1::bigint[], $2::bigint[]) AS k (id, lease_id)
     WHERE m.id = k.id AND m.lease_id = k.lease_id AND m.state = 'claimed'`,
    [...columnsOf(marks), marks[0]?.markedAt],
  );
}

function columnsOf(rows: ReadonlyArray<{ id: number; leaseId: number }>): [number[], number[]] {
  return [rows.map(({ id }) => id), rows.map(({ leaseId }) => leaseId)];
}

/** A worker that is gone holds no place any longer than its mails would have. */
export async function giveBackOfLeases(client: Queryable, leaseIds: number[], now: Date): Promise<void> {
  await client.query('UPDATE sender_uses SET answered_at = $2 WHERE lease_id = ANY ($1) AND answered_at IS NULL', [
    leaseIds,
    now,
  ]);
}

/** What no window reaches any more. */
export async function forgetOldUses(pool: Pool, now: Date): Promise<void> {
  await pool.query(`DELETE FROM sender_uses WHERE answered_at < $1::timestamptz - ${day}`, [now]);
}
