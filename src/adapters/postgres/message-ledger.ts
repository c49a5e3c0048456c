import type { Claim, ClaimedMessage, ClaimStep, MessageLedger } from '../../engine/ports/message-ledger.js';
import { defaultSender } from '../../engine/ports/transport.js';
import { withoutNulls } from './campaign-store.js';
import { exchange } from './exchange.js';
import { openDueSteps } from './open-steps.js';
import { countRoom, exchangePaced, forgetOldUses, giveBackOfLeases } from './paced-exchange.js';
import { inTransaction, type Pool, type Queryable } from './pool.js';

/** The ledger of messages. Every move of a row is one of `messageMoves`, and every late writer meets the fence. */
export function createMessageLedger(pool: Pool): MessageLedger {
  return {
    openDueSteps: (now) => openDueSteps(pool, now),

    async dueSteps(now, upTo) {
      const { rows } = await pool.query<{ key: number; campaignId: string; stepId: string; due: number }>({
        name: 'due-steps',
        // Counting stops at `upTo`: with a million rows due, a tick must cost what it costs with ten.
        text: `SELECT s.key, s.campaign_id AS "campaignId", s.step_id AS "stepId", d.due
               FROM steps s CROSS JOIN LATERAL (
                 SELECT count(*) AS due FROM (
                   SELECT FROM messages m WHERE m.step_key = s.key AND m.state = 'waiting' AND m.due_at <= $1 LIMIT $2) x) d
               WHERE s.opened_at IS NOT NULL AND d.due > 0 AND hold_of(s, $1) IS NULL
               ORDER BY s.send_at, s.key`,
        values: [now, upTo],
      });
      return rows;
    },

    claim: (stepKey, options) => claim(pool, stepKey, options),
    exchange: (marks, verdicts, pace) =>
      pace ? exchangePaced(pool, marks, verdicts, pace) : exchange(pool, marks, verdicts),
    async senderOf(stepKey) {
      const { rows } = await pool.query<{ sender: string }>({
        name: 'sender-of',
        text: 'SELECT c.sender FROM steps s JOIN campaigns c ON c.id = s.campaign_id WHERE s.key = $1',
        values: [stepKey],
      });
      return rows[0]?.sender ?? defaultSender;
    },
    countRoom: (pace, now) => countRoom(pool, pace, now),

    async extendLeases(leaseIds, leaseMs) {
      const { rows } = await pool.query<{ id: number }>(
        // A lease that has run out is not revived: its rows may already be somebody else's.
        `UPDATE leases SET until = clock_timestamp() + $2 * interval '1 ms'
         WHERE id = ANY ($1) AND until > clock_timestamp() RETURNING id`,
        [leaseIds, leaseMs],
      );
      return rows.map(({ id }) => id);
    },

    endLease: (leaseId, now) => inTransaction(pool, (client) => giveUp(client, [leaseId], now)).then(() => undefined),

    recoverLeases: (now) =>
      inTransaction(pool, async (client) => {
        const { rows } = await client.query<{ id: number }>(
          'SELECT id FROM leases WHERE until < clock_timestamp() FOR UPDATE SKIP LOCKED',
        );
        return rows.length === 0
          ? { returned: 0, uncertain: 0 }
          : giveUp(
              client,
              rows.map(({ id }) => id),
              now,
            );
      }),

    async closeWaiting(now) {
      await forgetOldUses(pool, now);
      const { rows } = await pool.query<{ expired: boolean; count: number }>({
        name: 'close-waiting',
        text: `WITH closed AS (
          UPDATE messages m SET
            -- A repeat that nobody sends any more: the first may have arrived, and failed would be a guess.
            state = CASE WHEN m.resends > 0 THEN 'uncertain' WHEN s.cancelled_at IS NULL THEN 'failed'
                         ELSE 'cancelled' END::message_state,
            reason = CASE WHEN s.cancelled_at IS NULL THEN 'expired' ELSE 'step-cancelled' END, settled_at = $1
          FROM steps s
          WHERE s.key = m.step_key AND s.opened_at IS NOT NULL AND m.state = 'waiting'
            AND (s.expires_at <= $1 OR s.cancelled_at IS NOT NULL)
          RETURNING s.cancelled_at IS NULL AS expired)
        SELECT expired, count(*) AS count FROM closed GROUP BY expired`,
        values: [now],
      });
      const count = (expired: boolean) => rows.find((row) => row.expired === expired)?.count ?? 0;
      return { expired: count(true), cancelled: count(false) };
    },

    async nextDue(now) {
      const { rows } = await pool.query<{ next: Date | null }>(
        `SELECT least(
           (SELECT min(send_at) FROM steps WHERE opened_at IS NULL AND skipped_because IS NULL AND send_at > $1),
           (SELECT min(m.due_at) FROM steps s CROSS JOIN LATERAL (
              SELECT due_at FROM messages WHERE step_key = s.key AND state = 'waiting' AND due_at > $1
              ORDER BY due_at LIMIT 1) m)) AS next`,
        [now],
      );
      return rows[0]?.next ?? undefined;
    },

    async countUnsettled(now) {
      const { rows } = await pool.query<{ count: number }>(
        `SELECT (SELECT count(*) FROM messages WHERE lease_id IS NOT NULL)
              + (SELECT count(*) FROM messages m JOIN steps s ON s.key = m.step_key
                 WHERE m.state = 'waiting' AND m.due_at <= $1 AND hold_of(s, $1) IS NULL) AS count`,
        [now],
      );
      return rows[0]?.count ?? 0;
    },
  };
}

interface ClaimRow extends Omit<ClaimStep, 'key' | 'registrationsAsOf'> {
  id: number;
  state: 'claimed' | 'suppressed';
  leaseId: number;
  attempts: number;
  resends: number;
  messageId: string | null;
  datedAt: Date | null;
  recipient: ClaimedMessage['recipient'];
  registrationsAsOf: Date | null;
}

/**
 * One statement, so that what it reads is what it writes: whoever registered before it began is suppressed here.
 * SKIP LOCKED lets workers claim side by side without waiting for each other.
 * LATERAL ... LIMIT 1 and ANY (ARRAY ...) make the planner go by primary key: it cannot know how few rows `due` has,
 * and read both tables whole otherwise, 16 of 20 ms a claim with 20,000 rows.
 */
const claimSql = `
  WITH step AS (
    SELECT s.*, c.version, c.registrations_as_of, c.sender FROM steps s JOIN campaigns c ON c.id = s.campaign_id
    WHERE s.key = $1 AND s.opened_at IS NOT NULL AND s.expires_at > $2 AND hold_of(s, $2) IS NULL),
  -- A paused sender whose time to be tried has come: whoever moves that time is the one who tries, with one mail.
  trouble AS (SELECT p.name FROM paused_senders p JOIN step ON step.sender = p.name),
  probe AS (
    UPDATE paused_senders p SET probe_at = $2::timestamptz + interval '30 seconds'
    FROM step WHERE p.name = step.sender AND p.probe_at <= $2 RETURNING p.name),
  due AS (
    SELECT m.id, m.recipient_id FROM messages m
    WHERE m.step_key = (SELECT key FROM step) AND m.state = 'waiting' AND m.due_at <= $2
    ORDER BY m.due_at, m.id
    LIMIT CASE WHEN EXISTS (SELECT FROM trouble) THEN (SELECT count(*) FROM probe) ELSE $3 END
    FOR UPDATE SKIP LOCKED),
  lease AS (
    INSERT INTO leases (worker, until)
    SELECT $4, clock_timestamp() + $5 * interval '1 ms' WHERE EXISTS (SELECT FROM due) RETURNING id),
  judged AS (
    SELECT due.id, r.person_key, r.address, r.first_name, r.display_name, r.locale, r.attributes,
      coalesce(r.left_out, CASE WHEN step.only_unregistered AND r.registered_at IS NOT NULL THEN 'registered' END) AS reason
    FROM due CROSS JOIN step
      CROSS JOIN LATERAL (SELECT * FROM recipients o WHERE o.id = due.recipient_id LIMIT 1) r),
  moved AS (
    UPDATE messages m SET
      state = CASE WHEN j.reason IS NULL THEN 'claimed' ELSE 'suppressed' END::message_state,
      lease_id = CASE WHEN j.reason IS NULL THEN lease.id END,
      reason = j.reason,
      settled_at = CASE WHEN j.reason IS NOT NULL THEN $2::timestamptz END,
      evidence_as_of = CASE WHEN j.reason = 'registered' THEN step.registrations_as_of END
    FROM judged j CROSS JOIN lease CROSS JOIN step WHERE m.id = j.id AND m.id = ANY (ARRAY(SELECT id FROM due))
    RETURNING m.id, m.state, lease.id AS lease_id, m.attempts, m.resends, m.message_id, m.dated_at,
      j.person_key, j.address, j.first_name, j.display_name, j.locale, j.attributes)
  SELECT moved.id, moved.state, moved.lease_id AS "leaseId", moved.attempts, moved.resends,
    moved.message_id AS "messageId", moved.dated_at AS "datedAt",
    moved.person_key AS "personKey", moved.address, moved.first_name AS "firstName",
    moved.display_name AS "displayName", moved.locale, moved.attributes,
    step.step_id AS "stepId", step.kind, step.campaign_id AS "campaignId", step.version AS "campaignVersion",
    step.only_unregistered AS "onlyUnregistered", step.on_uncertain AS "onUncertain", step.expires_at AS "expiresAt",
    step.registrations_as_of AS "registrationsAsOf", step.sender, EXISTS (SELECT FROM trouble) AS probe
  FROM moved CROSS JOIN step ORDER BY moved.id`;

async function claim(
  pool: Pool,
  stepKey: number,
  { now, limit, leaseMs, worker }: { now: Date; limit: number; leaseMs: number; worker: string },
): Promise<Claim | undefined> {
  const { rows } = await pool.query<ClaimRow & ClaimedMessage['recipient']>({
    name: 'claim',
    text: claimSql,
    values: [stepKey, now, limit, worker, leaseMs],
  });
  const first = rows[0];
  if (!first) return undefined;
  const { stepId, kind, campaignId, campaignVersion, onlyUnregistered, onUncertain, expiresAt, registrationsAsOf } =
    first;
  const { sender, probe } = first;
  const messages = rows.filter(({ state }) => state === 'claimed').map(readClaimed);
  if (messages.length === 0) await pool.query('DELETE FROM leases WHERE id = $1', [first.leaseId]);
  return {
    leaseId: first.leaseId,
    step: {
      key: stepKey,
      ...{ stepId, kind, campaignId, campaignVersion, onlyUnregistered, onUncertain, expiresAt },
      ...{ sender, probe },
      ...(registrationsAsOf && { registrationsAsOf }),
    },
    messages,
    suppressed: rows.length - messages.length,
  };
}

function readClaimed(row: ClaimRow & ClaimedMessage['recipient']): ClaimedMessage {
  const { id, attempts, resends, messageId, datedAt } = row;
  const { personKey, address, firstName, displayName, locale, attributes } = row;
  return {
    ...{ id, attempts, resends },
    recipient: withoutNulls({
      personKey,
      address,
      firstName,
      displayName,
      locale,
      attributes,
    }) as ClaimedMessage['recipient'],
    ...(messageId && { messageId }),
    ...(datedAt && { datedAt }),
  };
}

/**
 * What was only claimed was never handed over: it goes back. What was being handed over may have arrived: it is
 * uncertain, and goes out once more only where the step's policy says so.
 */
async function giveUp(
  client: Queryable,
  leaseIds: number[],
  now: Date,
): Promise<{ returned: number; uncertain: number }> {
  const { rows } = await client.query<{ wasSending: boolean; count: number }>(
    `WITH held AS (
       SELECT m.id, m.state = 'sending' AS was_sending,
              s.on_uncertain = 'resend-once' AND m.resends = 0 AS again
       FROM messages m JOIN steps s ON s.key = m.step_key WHERE m.lease_id = ANY ($1) FOR UPDATE OF m),
     moved AS (
       UPDATE messages m SET
         state = CASE WHEN h.was_sending AND NOT h.again THEN 'uncertain' ELSE 'waiting' END::message_state,
         resends = m.resends + CASE WHEN h.was_sending AND h.again THEN 1 ELSE 0 END,
         attempts = m.attempts + CASE WHEN h.was_sending THEN 1 ELSE 0 END,
         reason = CASE WHEN h.was_sending THEN 'worker-lost' ELSE m.reason END,
         settled_at = CASE WHEN h.was_sending AND NOT h.again THEN $2::timestamptz END,
         lease_id = NULL
       FROM held h WHERE m.id = h.id RETURNING h.was_sending)
     SELECT was_sending AS "wasSending", count(*) AS count FROM moved GROUP BY 1`,
    [leaseIds, now],
  );
  await giveBackOfLeases(client, leaseIds, now);
  await client.query('DELETE FROM leases WHERE id = ANY ($1)', [leaseIds]);
  const count = (wasSending: boolean) => rows.find((row) => row.wasSending === wasSending)?.count ?? 0;
  return { returned: count(false), uncertain: count(true) };
}
