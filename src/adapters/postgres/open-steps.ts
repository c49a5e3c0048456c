import type { OpenedStep } from '../../engine/ports/message-ledger.js';
import { inTransaction, type Pool } from './pool.js';

/**
 * Create the message rows of every step whose instant has come: one row a person of the audience, suppressed at once
 * where the step is not for them. The step's own row is the lock, so that any number of schedulers open it once.
 * A step without an audience is not opened: somebody may still import one. Nor is one whose time passed hours ago while
 * nothing was running: somebody decides.
 */
export async function openDueSteps(pool: Pool, now: Date): Promise<OpenedStep[]> {
  const opened: OpenedStep[] = [];
  for (;;) {
    const step = await inTransaction(pool, async (client) => {
      const { rows } = await client.query<OpenedStep>({
        name: 'step-to-open',
        text: `SELECT key, campaign_id AS "campaignId", step_id AS "stepId", 0 AS audience, 0 AS suppressed FROM steps s
               WHERE opened_at IS NULL AND skipped_because IS NULL AND send_at <= $1
                 AND cancelled_at IS NULL AND (send_at >= $1 - missed_grace() OR released_at IS NOT NULL)
                 AND EXISTS (SELECT FROM recipients r WHERE r.campaign_id = s.campaign_id AND r.left_out IS NULL)
               ORDER BY send_at, key LIMIT 1 FOR UPDATE SKIP LOCKED`,
        values: [now],
      });
      const due = rows[0];
      if (!due) return undefined;
      const created = await client.query<{ audience: number; suppressed: number }>(
        `WITH created AS (
           INSERT INTO messages (step_key, recipient_id, state, due_at, reason, settled_at, evidence_as_of)
           SELECT s.key, r.id, CASE WHEN j.stop THEN 'suppressed' ELSE 'waiting' END::message_state, s.send_at,
                  CASE WHEN j.stop THEN 'registered' END, CASE WHEN j.stop THEN $2::timestamptz END,
                  CASE WHEN j.stop THEN c.registrations_as_of END
           FROM steps s JOIN campaigns c ON c.id = s.campaign_id
             JOIN recipients r ON r.campaign_id = c.id AND r.left_out IS NULL
             CROSS JOIN LATERAL (SELECT s.only_unregistered AND r.registered_at IS NOT NULL AS stop) j
           WHERE s.key = $1 ORDER BY r.id
           RETURNING state)
         SELECT count(*) AS audience, count(*) FILTER (WHERE state = 'suppressed') AS suppressed FROM created`,
        [due.key, now],
      );
      await client.query('UPDATE steps SET opened_at = $2 WHERE key = $1', [due.key, now]);
      return { ...due, ...created.rows[0] };
    });
    if (!step) return opened;
    opened.push(step);
  }
}
