import type { OpenedStep } from '../../engine/ports/message-ledger.js';
import { inTransaction, type Pool, type Queryable } from './pool.js';

/**
 * Open every step whose instant has come: create its message rows. The step's own row is the lock, so that any number
 * of schedulers open it once.
 * A step without an audience is not opened: somebody may still import one. Nor is one whose time passed hours ago while
 * nothing was running: somebody decides.
 */
export async function openDueSteps(pool: Pool, now: Date): Promise<OpenedStep[]> {
  const opened: OpenedStep[] = [];
  const failures = new Map<number, Error>();
  for (;;) {
    const step = await inTransaction(pool, async (client) => {
      const due = await findNext(client, now, [...failures.keys()]);
      return (
        due &&
        openStep(client, due, now).catch((error: Error) => {
          failures.set(due.key, error);
          throw error;
        })
      );
    }).catch((error: Error) => {
      // One step that cannot be opened keeps no other from it.
      if ([...failures.values()].includes(error)) return 'failed' as const;
      throw error;
    });
    if (step === undefined) break;
    if (step !== 'failed') opened.push(step);
  }
  const [failure] = failures.values();
  if (failure) throw failure;
  return opened;
}

type StepToOpen = Pick<OpenedStep, 'key' | 'campaignId' | 'stepId'> & { hasCanary: boolean };

async function findNext(client: Queryable, now: Date, except: number[]): Promise<StepToOpen | undefined> {
  const { rows } = await client.query<StepToOpen>({
    name: 'step-to-open',
    text: `SELECT key, campaign_id AS "campaignId", step_id AS "stepId", canary IS NOT NULL AS "hasCanary" FROM steps s
           WHERE opened_at IS NULL AND skipped_because IS NULL AND send_at <= $1 AND NOT key = ANY ($2)
             AND NOT EXISTS (SELECT FROM installation WHERE restored_until IS NOT NULL)
             AND cancelled_at IS NULL AND (send_at >= $1 - missed_grace() OR released_at IS NOT NULL)
             AND EXISTS (SELECT FROM recipients r WHERE r.campaign_id = s.campaign_id AND r.left_out IS NULL)
           ORDER BY send_at, key LIMIT 1 FOR UPDATE SKIP LOCKED`,
    values: [now, except],
  });
  return rows[0];
}

async function openStep(client: Queryable, due: StepToOpen, now: Date): Promise<OpenedStep> {
  const { hasCanary, ...step } = due;
  const created = await createMessages(client, due.key, now, hasCanary ? 'canary' : 'everybody');
  // The others wait; where the canary is everybody, there are none.
  await client.query(
    `UPDATE steps s SET opened_at = $2, canary_until = CASE WHEN canary IS NOT NULL AND $3 < (
         SELECT count(*) FROM recipients r WHERE r.campaign_id = s.campaign_id AND r.left_out IS NULL)
       THEN $2::timestamptz + (canary->>'waitMs')::float8 * interval '1 ms' END
     WHERE key = $1`,
    [due.key, now, created.audience],
  );
  return { ...step, ...created };
}

/** People that a step is not for are suppressed at once, with the reason. */
const judged = `CROSS JOIN LATERAL (SELECT CASE
      WHEN s.only_unregistered AND r.registered_at IS NOT NULL THEN 'registered'
      WHEN EXISTS (SELECT FROM suppressed_addresses x WHERE x.person_key = r.person_key) THEN 'address-gone' END AS stop) j`;

const whose = {
  everybody: '',
  // Drawn by lot, so that it is not the first department of the list; the same people when it is drawn again.
  canary: `AND r.id IN (
      SELECT o.id FROM recipients o JOIN steps t ON t.campaign_id = o.campaign_id
      WHERE t.key = $1 AND o.left_out IS NULL AND NOT (t.only_unregistered AND o.registered_at IS NOT NULL)
        AND NOT EXISTS (SELECT FROM suppressed_addresses x WHERE x.person_key = o.person_key)
      ORDER BY hashint8extended(o.id, t.key), o.id
      LIMIT (SELECT coalesce((t.canary->>'count')::bigint, ceil((t.canary->>'share')::float8 * (
               SELECT count(*) FROM recipients a WHERE a.campaign_id = t.campaign_id AND a.left_out IS NULL))::bigint)
             FROM steps t WHERE t.key = $1))`,
  rest: 'AND NOT EXISTS (SELECT FROM messages m WHERE m.step_key = s.key AND m.recipient_id = r.id)',
};

/** Create message rows: one a person of the audience, all of them or a part. */
export async function createMessages(
  client: Queryable,
  stepKey: number,
  now: Date,
  who: keyof typeof whose,
): Promise<{ audience: number; suppressed: number }> {
  const { rows } = await client.query<{ audience: number; suppressed: number }>(
    `WITH created AS (
       INSERT INTO messages (step_key, recipient_id, state, due_at, reason, settled_at, evidence_as_of)
       SELECT s.key, r.id, CASE WHEN j.stop IS NULL THEN 'waiting' ELSE 'suppressed' END::message_state,
              CASE WHEN j.stop IS NULL THEN s.send_at END,
              j.stop, CASE WHEN j.stop IS NOT NULL THEN $2::timestamptz END,
              CASE WHEN j.stop = 'registered' THEN c.registrations_as_of END
       FROM steps s JOIN campaigns c ON c.id = s.campaign_id
         JOIN recipients r ON r.campaign_id = c.id AND r.left_out IS NULL
         ${judged}
       WHERE s.key = $1 ${whose[who]} ORDER BY r.id
       RETURNING state)
     SELECT count(*) AS audience, count(*) FILTER (WHERE state = 'suppressed') AS suppressed FROM created`,
    [stepKey, now],
  );
  return rows[0] ?? { audience: 0, suppressed: 0 };
}
