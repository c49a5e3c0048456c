import { type MessageState, messageStates } from '../../campaign/message.js';
import type { MessageReportRow, ReportStore, StepRow } from '../../engine/ports.js';
import type { CountedStep } from '../../report/summarise-steps.js';
import { stepColumns, withoutNulls } from './campaign-store.js';
import type { Pool } from './pool.js';

const pageSize = 5_000;

export function createReportStore(pool: Pool): ReportStore {
  return {
    async counts(campaignId) {
      const { rows: steps } = await pool.query<StepRow>(
        `SELECT ${stepColumns}, shown_hold_of(s, clock_timestamp()) AS "heldBecause"
         FROM steps s WHERE campaign_id = $1 ORDER BY send_at, key`,
        [campaignId],
      );
      const { rows } = await pool.query<{ key: number; state: MessageState; reason: string | null; count: number }>(
        `SELECT step_key AS key, state, CASE WHEN state IN ('suppressed', 'failed') THEN reason END AS reason, count(*) AS count
         FROM messages WHERE step_key = ANY ($1) GROUP BY 1, 2, 3`,
        [steps.map(({ key }) => key)],
      );
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
        };
      });
    },

    async *messages(campaignId) {
      // Pages by key, so that a million rows neither fill the memory nor hold a transaction open.
      let after = { sendAt: new Date(0), key: 0, id: 0 };
      for (;;) {
        const { rows } = await pool.query<MessageReportRow & { key: number; id: number }>(
          `SELECT s.step_id AS step, s.send_at AS "sendAt", s.key, m.id, r.address, coalesce(r.display_name, '') AS "displayName",
                  m.state, coalesce(m.reason, '') AS reason, m.attempts, m.settled_at AS "settledAt",
                  coalesce(m.message_id, '') AS "messageId", coalesce(m.reply, '') AS reply
           FROM messages m JOIN steps s ON s.key = m.step_key JOIN recipients r ON r.id = m.recipient_id
           WHERE s.campaign_id = $1 AND (s.send_at, s.key, m.id) > ($2, $3, $4)
           ORDER BY s.send_at, s.key, m.id LIMIT $5`,
          [campaignId, after.sendAt, after.key, after.id, pageSize],
        );
        for (const { key: _key, id: _id, ...row } of rows) yield withoutNulls(row);
        const last = rows.at(-1);
        if (!last || rows.length < pageSize) return;
        after = { sendAt: last.sendAt, key: last.key, id: last.id };
      }
    },
  };
}
