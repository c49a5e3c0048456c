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
        openGroup(client, due, now).catch((error: Error) => {
          failures.set(due.groupKey, error);
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

type GroupToOpen = Pick<OpenedStep, 'key' | 'campaignId' | 'stepId' | 'ring'> & {
  groupKey: number;
  beginsWithCanary: boolean;
};

async function findNext(client: Queryable, now: Date, except: number[]): Promise<GroupToOpen | undefined> {
  const { rows } = await client.query<GroupToOpen>({
    name: 'group-to-open',
    text: `SELECT s.key, s.campaign_id AS "campaignId", s.step_id AS "stepId", g.ring, g.key AS "groupKey",
                  s.canary IS NOT NULL AND s.opened_at IS NULL AS "beginsWithCanary"
           FROM step_groups g JOIN steps s ON s.key = g.step_key
           WHERE g.opened_at IS NULL AND g.skipped_because IS NULL AND g.send_at <= $1 AND g.people > 0 AND NOT g.key = ANY ($2)
             AND NOT EXISTS (SELECT FROM installation WHERE restored_until IS NOT NULL)
             -- A step's other groups wait for its canary as everybody else does.
             AND s.cancelled_at IS NULL AND s.canary_until IS NULL AND s.reconfirm_after IS NULL AND NOT is_missed(g, s, $1)
             AND (NOT is_gated(s.kind) OR gate_of(s.campaign_id, g.ring) IS NULL)
           ORDER BY g.send_at, g.key LIMIT 1 FOR UPDATE OF g, s SKIP LOCKED`,
    values: [now, except],
  });
  return rows[0];
}

async function openGroup(client: Queryable, due: GroupToOpen, now: Date): Promise<OpenedStep> {
  const { beginsWithCanary, groupKey, ...step } = due;
  const created = await createMessages(client, groupKey, now, beginsWithCanary ? 'canary' : 'everybody');
  await client.query('UPDATE step_groups SET opened_at = $2 WHERE key = $1', [groupKey, now]);
  // The others wait; where the canary is everybody, there are none.
  await client.query(
    `UPDATE steps s SET opened_at = coalesce(s.opened_at, $2),
       canary_group = CASE WHEN $4 THEN g.key ELSE s.canary_group END,
       canary_until = CASE WHEN $4 AND $3 < g.people
         THEN $2::timestamptz + (canary->>'waitMs')::float8 * interval '1 ms' END
     FROM step_groups g WHERE g.key = $5 AND s.key = $1`,
    [due.key, now, created.audience, beginsWithCanary, groupKey],
  );
  return { ...step, ...created };
}
