import type { StepDates } from '../../campaign/plan.js';
import type { MessageLedger } from '../../engine/ports/message-ledger.js';
import { defaultSender } from '../../engine/ports/transport.js';
import { admitLateJoiners } from './admit-late-joiners.js';
import { claim } from './claim.js';
import { exchange } from './exchange.js';
import { judgeCanaries } from './judge-canaries.js';
import { endLease, extendLeases, recoverLeases } from './leases.js';
import { openDueSteps } from './open-steps.js';
import { countRoom, exchangePaced, forgetOldUses } from './paced-exchange.js';
import { inTransaction, type Pool } from './pool.js';
import { createReconfirmations, listReconfirmable, nextReconfirmation } from './reconfirmations.js';
import { withoutTooMany } from './spaced-marks.js';
import { withoutNulls } from './without-nulls.js';

/** The ledger of messages. Every move of a row is one of `messageMoves`, and every late writer meets the fence. */
export function createMessageLedger(pool: Pool): MessageLedger {
  return {
    openDueSteps: (now) => openDueSteps(pool, now),
    judgeCanaries: (now) => judgeCanaries(pool, now),
    admitLateJoiners: (now) => admitLateJoiners(pool, now),
    listReconfirmable: (now, limit) => listReconfirmable(pool, now, limit),
    createReconfirmations: (due, now) => createReconfirmations(pool, due, now),

    async datesOf(groupKey) {
      const { rows } = await pool.query<StepDates>({
        name: 'dates-of',
        text: `SELECT local_date AS "localDate", launch_date AS "launchDate", register_by AS "registerBy", enforced_from AS "enforcedFrom"
               FROM step_groups WHERE key = $1`,
        values: [groupKey],
      });
      if (!rows[0]) throw new Error(`there is no group ${groupKey}`);
      return withoutNulls(rows[0]);
    },

    async dueSteps(now, upTo) {
      const { rows } = await pool.query<{ key: number; campaignId: string; stepId: string; due: number }>({
        name: 'due-steps',
        // Counting stops at `upTo`: with a million rows due, a tick must cost what it costs with ten.
        text: `SELECT s.key, s.campaign_id AS "campaignId", s.step_id AS "stepId", d.due
               FROM steps s CROSS JOIN LATERAL (
                 SELECT count(*) AS due FROM (
                   SELECT FROM step_groups g CROSS JOIN LATERAL (
                     SELECT FROM messages m WHERE m.group_key = g.key AND m.due_at <= $1 LIMIT $2) w
                   WHERE g.step_key = s.key AND g.opened_at IS NOT NULL AND g.expires_at > $1
                     AND (g.windows IS NULL OR g.windows @> $1::timestamptz) LIMIT $2) x) d
               WHERE s.opened_at IS NOT NULL AND d.due > 0 AND hold_of(s, $1) IS NULL
               ORDER BY s.send_at, s.key`,
        values: [now, upTo],
      });
      return rows;
    },

    claim: (stepKey, options) => claim(pool, stepKey, options),
    exchange(marks, verdicts, pace) {
      if (pace) return exchangePaced(pool, marks, verdicts, pace);
      if (!marks.some(({ isLimited }) => isLimited)) return exchange(pool, marks, verdicts);
      return inTransaction(pool, async (client) => exchange(client, await withoutTooMany(client, marks), verdicts));
    },
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
          FROM steps s JOIN step_groups g ON g.step_key = s.key
          WHERE g.key = m.group_key AND g.opened_at IS NOT NULL AND m.due_at IS NOT NULL
            AND (g.expires_at <= $1 OR s.cancelled_at IS NOT NULL)
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
           (SELECT min(g.send_at) FROM step_groups g JOIN steps s ON s.key = g.step_key
            WHERE g.opened_at IS NULL AND g.skipped_because IS NULL AND g.people > 0 AND g.send_at > $1
              AND s.reconfirm_after IS NULL AND s.cancelled_at IS NULL),
           (SELECT min(canary_until) FROM steps WHERE canary_until > $1 AND cancelled_at IS NULL),
           (SELECT min(m.due_at) FROM step_groups g CROSS JOIN LATERAL (
              SELECT due_at FROM messages WHERE group_key = g.key AND due_at > $1
              ORDER BY due_at LIMIT 1) m),
           -- What waits outside its hours goes with the next window, or expires.
           (SELECT min(least(g.expires_at, CASE WHEN lower(w) > $1 THEN lower(w) END))
            FROM step_groups g CROSS JOIN LATERAL unnest(g.windows) w
            WHERE g.expires_at > $1 AND NOT g.windows @> $1::timestamptz AND (lower(w) > $1 OR upper(g.windows) <= $1)
              AND EXISTS (SELECT FROM messages WHERE group_key = g.key AND due_at <= $1)),
           ${nextReconfirmation}) AS next`,
        [now],
      );
      return rows[0]?.next ?? undefined;
    },

    async countUnsettled(now) {
      const { rows } = await pool.query<{ count: number }>(
        `SELECT (SELECT count(*) FROM leases l JOIN messages m ON m.id = ANY (l.message_ids) AND m.lease_id = l.id)
              + (SELECT count(*) FROM messages m JOIN steps s ON s.key = m.step_key
                   JOIN step_groups g ON g.key = m.group_key
                 WHERE m.due_at <= $1 AND hold_of(s, $1) IS NULL AND (g.windows IS NULL OR g.windows @> $1::timestamptz)) AS count`,
        [now],
      );
      return rows[0]?.count ?? 0;
    },
  };
}
