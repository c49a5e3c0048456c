import { type MessageState, messageStates } from '../../campaign/message.js';
import type { StepRow } from '../../engine/ports/campaign-store.js';
import type { MessageReportRow, ReportStore } from '../../engine/ports/report-store.js';
import type { CountedStep } from '../../report/summarise-steps.js';
import { stepColumns } from './campaign-store.js';
import type { Pool } from './pool.js';
import { isSameGroup } from './step-groups.js';
import { withoutNulls } from './without-nulls.js';

const pageSize = 5_000;

export function createReportStore(pool: Pool): ReportStore {
  return {
    async counts(campaignId) {
      const { rows: steps } = await pool.query<StepRow>(
        `SELECT ${stepColumns}, shown_hold_of(s, clock_timestamp()) AS "heldBecause"
         FROM steps s WHERE campaign_id = $1 ORDER BY send_at, key`,
        [campaignId],
      );
      const { rows } = await pool.query<{
        key: number;
        state: MessageState;
        reason: string | null;
        count: number;
        resent: number;
        next: Date | null;
      }>(
        `SELECT step_key AS key, state, CASE WHEN state IN ('suppressed', 'failed', 'uncertain', 'waiting') THEN reason END AS reason,
                count(*) AS count, count(*) FILTER (WHERE resends > 0) AS resent, min(due_at) AS next
         FROM messages WHERE step_key = ANY ($1) GROUP BY 1, 2, 3`,
        [steps.map(({ key }) => key)],
      );
      const [late, others] = await Promise.all([
        countLateRegistrations(pool, campaignId),
        countOthers(pool, campaignId),
      ]);
      return steps.map((step): CountedStep => {
        const mine = rows.filter(({ key }) => key === step.key);
        const sum = (state: MessageState) =>
          mine.filter((row) => row.state === state).reduce((total, { count }) => total + count, 0);
        const byReason = (state: MessageState) =>
          Object.fromEntries(
            mine.filter((row) => row.state === state).map(({ reason, count }) => [reason ?? 'unknown', count]),
          );
        return {
          ...withoutNulls(step),
          states: Object.fromEntries(messageStates.map((state) => [state, sum(state)])) as Record<MessageState, number>,
          suppressed: byReason('suppressed'),
          failed: byReason('failed'),
          retrying: mine.flatMap(({ state, reason, count, next }) =>
            state === 'waiting' && reason && next ? [{ reason, count, next }] : [],
          ),
          dismissed: byReason('uncertain').dismissed ?? 0,
          resent: mine.reduce((total, row) => total + row.resent, 0),
          lateRegistrations: late.get(step.key) ?? 0,
          others: others.get(step.key)?.count ?? 0,
          ...(others.get(step.key)?.nextAt && { nextAt: others.get(step.key)?.nextAt as Date }),
        };
      });
    },

    async *messages(campaignId) {
      const { rows: steps } = await pool.query<{ key: number }>(
        'SELECT key FROM steps WHERE campaign_id = $1 ORDER BY send_at, key',
        [campaignId],
      );
      for (const { key } of steps) yield* readMessages(pool, key);
    },
  };
}

/** By step: people who wait for its canary, or whose group is still to come, and when the next of them are due. */
async function countOthers(
  pool: Pool,
  campaignId: string,
): Promise<ReadonlyMap<number, { count: number; nextAt: Date | null }>> {
  const { rows } = await pool.query<{ key: number; count: number; nextAt: Date | null }>(
    `SELECT s.key, sum(o.count) AS count, min(o.at) AS "nextAt"
     FROM steps s CROSS JOIN LATERAL (
       SELECT (SELECT count(*) FROM recipients r WHERE r.campaign_id = s.campaign_id AND r.left_out IS NULL AND ${isSameGroup('r', 'g')}
                 AND NOT EXISTS (SELECT FROM messages m WHERE m.step_key = s.key AND m.recipient_id = r.id)) AS count,
              s.canary_until AS at
       FROM step_groups g WHERE g.key = s.canary_group AND s.canary_until IS NOT NULL
       UNION ALL
       SELECT g.people, g.send_at FROM step_groups g
       WHERE g.step_key = s.key AND s.opened_at IS NOT NULL AND g.opened_at IS NULL AND g.skipped_because IS NULL AND g.people > 0) o
     WHERE s.campaign_id = $1 AND s.cancelled_at IS NULL AND s.reconfirm_after IS NULL GROUP BY s.key`,
    [campaignId],
  );
  return new Map(rows.map(({ key, ...rest }) => [key, { ...rest, count: Number(rest.count) }]));
}

/** By step: reminders to people whose registration came in after the claim looked, and before the mail was answered. */
async function countLateRegistrations(pool: Pool, campaignId: string): Promise<ReadonlyMap<number, number>> {
  const { rows } = await pool.query<{ key: number; count: number }>(
    `SELECT s.key, count(DISTINCT m.id) AS count
     FROM steps s JOIN registrations g ON g.campaign_id = s.campaign_id AND g.registered AND g.learned_at >= s.opened_at
       JOIN messages m ON m.step_key = s.key AND m.recipient_id = g.recipient_id AND m.state = 'sent'
     WHERE s.campaign_id = $1 AND s.only_unregistered AND g.learned_at <= m.settled_at
     GROUP BY s.key`,
    [campaignId],
  );
  return new Map(rows.map(({ key, count }) => [key, count]));
}

/**
 * The messages of a step, page after page along the index (step, recipient): the last page of a million costs what the
 * first one does, nothing fills the memory, and no transaction stays open.
 */
async function* readMessages(pool: Pool, stepKey: number): AsyncGenerator<MessageReportRow> {
  for (let after = 0; ; ) {
    const { rows } = await pool.query<MessageReportRow & { recipientId: number }>({
      name: 'report-messages',
      text: `SELECT s.step_id AS step, s.send_at AS "sendAt", r.address, coalesce(r.display_name, '') AS "displayName",
               m.state, coalesce(m.reason, '') AS reason, m.attempts, m.settled_at AS "settledAt",
               coalesce(m.message_id, '') AS "messageId", coalesce(m.reply, '') AS reply,
               m.recipient_id AS "recipientId"
             FROM (SELECT * FROM messages WHERE step_key = $1 AND recipient_id > $2 ORDER BY recipient_id LIMIT $3) m
               JOIN steps s ON s.key = m.step_key JOIN recipients r ON r.id = m.recipient_id
             ORDER BY m.recipient_id`,
      values: [stepKey, after, pageSize],
    });
    for (const { recipientId, ...row } of rows) {
      after = recipientId;
      yield withoutNulls(row);
    }
    if (rows.length < pageSize) return;
  }
}
