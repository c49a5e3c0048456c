import type { MessageLedger } from '../../engine/ports/message-ledger.js';
import { defaultSender } from '../../engine/ports/transport.js';
import { claim } from './claim.js';
import { exchange } from './exchange.js';
import { judgeCanaries } from './judge-canaries.js';
import { endLease, extendLeases, recoverLeases } from './leases.js';
import { openDueSteps } from './open-steps.js';
import { countRoom, exchangePaced, forgetOldUses } from './paced-exchange.js';
import type { Pool } from './pool.js';

/** The ledger of messages. Every move of a row is one of `messageMoves`, and every late writer meets the fence. */
export function createMessageLedger(pool: Pool): MessageLedger {
  return {
    openDueSteps: (now) => openDueSteps(pool, now),
    judgeCanaries: (now) => judgeCanaries(pool, now),

    async dueSteps(now, upTo) {
      const { rows } = await pool.query<{ key: number; campaignId: string; stepId: string; due: number }>({
        name: 'due-steps',
        // Counting stops at `upTo`: with a million rows due, a tick must cost what it costs with ten.
        text: `SELECT s.key, s.campaign_id AS "campaignId", s.step_id AS "stepId", d.due
               FROM steps s CROSS JOIN LATERAL (
                 SELECT count(*) AS due FROM (
                   SELECT FROM messages m WHERE m.step_key = s.key AND m.due_at <= $1 LIMIT $2) x) d
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

    extendLeases: (leaseIds, leaseMs) => extendLeases(pool, leaseIds, leaseMs),
    endLease: (leaseId, now) => endLease(pool, leaseId, now),
    recoverLeases: (now) => recoverLeases(pool, now),

    async closeWaiting(now) {
      await forgetOldUses(pool, now);
      const { rows } = await pool.query<{ expired: boolean; count: number }>({
        name: 'close-waiting',
        text: `WITH closed AS (
          UPDATE messages m SET
            -- A repeat that nobody sends any more: the first may have arrived, and failed would be a guess.
            state = CASE WHEN m.resends > 0 THEN 'uncertain' WHEN s.cancelled_at IS NULL THEN 'failed'
                         ELSE 'cancelled' END::message_state,
            reason = CASE WHEN s.cancelled_at IS NULL THEN 'expired' ELSE 'step-cancelled' END,
            settled_at = $1, due_at = NULL
          FROM steps s
          WHERE s.key = m.step_key AND s.opened_at IS NOT NULL AND m.due_at IS NOT NULL
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
           (SELECT min(canary_until) FROM steps WHERE canary_until > $1 AND cancelled_at IS NULL),
           (SELECT min(m.due_at) FROM steps s CROSS JOIN LATERAL (
              SELECT due_at FROM messages WHERE step_key = s.key AND due_at > $1
              ORDER BY due_at LIMIT 1) m)) AS next`,
        [now],
      );
      return rows[0]?.next ?? undefined;
    },

    async countUnsettled(now) {
      const { rows } = await pool.query<{ count: number }>(
        `SELECT (SELECT count(*) FROM leases l JOIN messages m ON m.id = ANY (l.message_ids) AND m.lease_id = l.id)
              + (SELECT count(*) FROM messages m JOIN steps s ON s.key = m.step_key
                 WHERE m.due_at <= $1 AND hold_of(s, $1) IS NULL) AS count`,
        [now],
      );
      return rows[0]?.count ?? 0;
    },
  };
}
