import type { CanaryVerdict } from '../../engine/ports/message-ledger.js';
import { createMessages } from './create-messages.js';
import { inTransaction, type Pool, type Queryable } from './pool.js';

interface WatchedStep {
  key: number;
  /** Whose canary it is. */
  groupKey: number;
  campaignId: string;
  stepId: string;
  maxFailures: number;
  /** Only its canary has messages. */
  isFirst: boolean;
  /** When the others may follow: so long after the canary's last answer. */
  waitsUntil: Date | null;
  expired: boolean;
  /** A person has let it go. */
  released: boolean;
  messages: number;
  settled: number;
  failed: number;
}

/** A step under way is counted so often: with a million rows counting takes a while. */
const countEvery = `interval '10 seconds'`;

/**
 * Look at every step that began with a canary: too many failures pause it; once the canary has waited and few enough
 * failed or are open, everybody else gets their messages. What is paused stays as it is until a person decides.
 */
export async function judgeCanaries(pool: Pool, now: Date): Promise<CanaryVerdict[]> {
  const { rows: due } = await pool.query<{ key: number }>({
    name: 'canaries-due',
    text: `SELECT key FROM steps s
           WHERE canary IS NOT NULL AND opened_at IS NOT NULL AND (canary_watched OR canary_until IS NOT NULL)
             AND cancelled_at IS NULL AND (paused_because IS NULL OR expires_at <= $1)
             AND NOT EXISTS (SELECT FROM installation WHERE restored_until IS NOT NULL)
             AND (canary_until IS NOT NULL OR canary_judged_at IS NULL OR canary_judged_at <= $1 - ${countEvery})
           ORDER BY key`,
    values: [now],
  });
  const verdicts: CanaryVerdict[] = [];
  for (const { key } of due) {
    const verdict = await inTransaction(pool, (client) => judgeStep(client, key, now));
    if (verdict) verdicts.push(verdict);
  }
  return verdicts;
}

async function judgeStep(client: Queryable, key: number, now: Date): Promise<CanaryVerdict | undefined> {
  const step = await countStep(client, key, now);
  // Another scheduler has it.
  if (!step) return undefined;
  const { campaignId, stepId, messages, settled, failed, maxFailures, isFirst } = step;
  const about = { campaignId, stepId, messages, failed };
  // A share of what has its answer, but never of less than the canary: one failure of the first three is no tenth.
  const most = maxFailures * (isFirst ? messages : settled);
  if (!step.released && !step.expired && failed > most) {
    const share = `${failed} of ${isFirst ? messages : settled} failed or are uncertain, more than ${formatShare(maxFailures)}`;
    await client.query('UPDATE steps SET paused_because = $2, canary_judged_at = $3 WHERE key = $1', [
      ...[key, `canary: ${share}`, now],
    ]);
    return { ...about, verdict: 'paused' };
  }
  // A canary that was held went out later than it was opened.
  const isWaiting = step.waitsUntil !== null && step.waitsUntil > now;
  const mayGo = step.released || step.expired || (!isWaiting && failed + messages - settled <= most);
  if (!isFirst || !mayGo) {
    await client.query(
      `UPDATE steps SET canary_judged_at = $2, canary_until = CASE WHEN canary_until IS NOT NULL THEN $4::timestamptz END,
         canary_watched = canary_watched AND ($3 OR canary_until IS NOT NULL) WHERE key = $1`,
      [key, now, messages > settled, step.waitsUntil],
    );
    return undefined;
  }
  const { audience } = await createMessages(client, [step.groupKey], now, 'rest');
  await client.query('UPDATE steps SET canary_until = NULL, canary_judged_at = $2 WHERE key = $1', [key, now]);
  return { ...about, verdict: 'passed', rest: audience };
}

async function countStep(client: Queryable, key: number, now: Date): Promise<WatchedStep | undefined> {
  const { rows } = await client.query<WatchedStep>(
    `SELECT s.key, canary_group AS "groupKey", campaign_id AS "campaignId", step_id AS "stepId", (canary->>'maxFailures')::float8 AS "maxFailures",
            canary_until IS NOT NULL AS "isFirst",
            greatest(canary_until, n.last + (canary->>'waitMs')::float8 * interval '1 ms') AS "waitsUntil",
            expires_at <= $2 AS expired, NOT canary_watched AS released, n.*
     FROM steps s CROSS JOIN LATERAL (
       SELECT count(*) AS messages, count(*) FILTER (WHERE state NOT IN ('waiting', 'claimed', 'sending')) AS settled,
              count(*) FILTER (WHERE state IN ('failed', 'uncertain')) AS failed, max(settled_at) AS last
       FROM messages WHERE step_key = s.key AND state <> 'suppressed') n
     WHERE s.key = $1 FOR UPDATE OF s SKIP LOCKED`,
    [key, now],
  );
  return rows[0];
}

function formatShare(share: number): string {
  return `${Number((share * 100).toFixed(2))} %`;
}
