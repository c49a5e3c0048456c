import type { OpenedStep } from '../../engine/ports/message-ledger.js';
import { createMessages } from './create-messages.js';
import { inTransaction, type Pool, type Queryable } from './pool.js';

/**
 * Open every group of a step whose instant has come: create its message rows. Its own row is the lock, so that any
 * number of schedulers open it once.
 * A group without people is not opened: somebody may still import some. Nor is one whose time passed hours ago while
 * nothing was running: somebody decides. Nor is one whose ring waits at its gate.
 */
export async function openDueSteps(pool: Pool, now: Date): Promise<OpenedStep[]> {
  const opened: OpenedStep[] = [];
  const failures = new Map<number, Error>();
  for (;;) {
    const step = await inTransaction(pool, async (client) => {
      const due = await findNext(client, now, [...failures.keys()]);
      return (
        due &&
        openGroups(client, due, now).catch((error: Error) => {
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

type StepToOpen = Pick<OpenedStep, 'key' | 'campaignId' | 'stepId'> & {
  groupKeys: number[];
  beginsWithCanary: boolean;
};

/** Of the step whose group is due first all groups that are due: the list of people is read once for them. */
async function findNext(client: Queryable, now: Date, except: number[]): Promise<StepToOpen | undefined> {
  const { rows } = await client.query<StepToOpen>({
    name: 'groups-to-open',
    text: `WITH due AS MATERIALIZED (
             SELECT g.key, g.step_key, g.send_at, g.ring, s.campaign_id, is_gated(s.kind) AS gated
             FROM step_groups g JOIN steps s ON s.key = g.step_key
             WHERE g.opened_at IS NULL AND g.skipped_because IS NULL AND g.send_at <= $1 AND g.people > 0 AND NOT g.step_key = ANY ($2)
               AND NOT EXISTS (SELECT FROM installation WHERE restored_until IS NOT NULL)
               -- A step's other groups wait for its canary as everybody else does.
               AND s.cancelled_at IS NULL AND s.canary_until IS NULL AND s.reconfirm_after IS NULL AND NOT is_missed(g, s, $1)),
           -- Once a ring, not once a group: a gate counts the mails of the ring before it.
           gates AS MATERIALIZED (
             SELECT campaign_id, ring, gate_of(campaign_id, ring) AS closed FROM (
               SELECT DISTINCT campaign_id, ring FROM due WHERE gated) r),
           open AS MATERIALIZED (
             SELECT due.* FROM due LEFT JOIN gates USING (campaign_id, ring) WHERE NOT gated OR closed IS NULL),
           next AS (
             SELECT s.key, s.campaign_id, s.step_id, s.canary IS NOT NULL AND s.opened_at IS NULL AS canary FROM steps s
             WHERE s.key IN (SELECT step_key FROM open)
             ORDER BY (SELECT min(send_at) FROM open WHERE step_key = s.key), s.key LIMIT 1 FOR UPDATE SKIP LOCKED)
           SELECT key, campaign_id AS "campaignId", step_id AS "stepId", canary AS "beginsWithCanary",
             ARRAY(SELECT g.key FROM step_groups g
                   WHERE g.key IN (SELECT key FROM open WHERE step_key = next.key) AND g.opened_at IS NULL ORDER BY g.send_at, g.key FOR UPDATE) AS "groupKeys"
           FROM next`,
    values: [now, except],
  });
  return rows[0];
}

async function openGroups(client: Queryable, due: StepToOpen, now: Date): Promise<OpenedStep | undefined> {
  const { beginsWithCanary, groupKeys, ...step } = due;
  // A canary is of the first group; the others follow when it is through.
  const keys = beginsWithCanary ? groupKeys.slice(0, 1) : groupKeys;
  // Another scheduler has opened them meanwhile.
  if (keys.length === 0) return undefined;
  const created = await createMessages(client, keys, now, beginsWithCanary ? 'canary' : 'everybody');
  await client.query('UPDATE step_groups SET opened_at = $2 WHERE key = ANY ($1)', [keys, now]);
  // The others wait; where the canary is everybody, there are none.
  await client.query(
    `UPDATE steps s SET opened_at = coalesce(s.opened_at, $2),
       canary_group = CASE WHEN $4 THEN g.key ELSE s.canary_group END,
       canary_until = CASE WHEN $4 AND $3 < g.people
         THEN $2::timestamptz + (canary->>'waitMs')::float8 * interval '1 ms' END
     FROM step_groups g WHERE g.key = $5 AND s.key = $1`,
    [due.key, now, created.audience, beginsWithCanary, keys[0]],
  );
  return { ...step, groups: keys.length, ...created };
}
