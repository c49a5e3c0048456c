import { createHash } from 'node:crypto';
import type { Position, RestoreStore } from '../../engine/ports/restore-store.js';
import { createMessages } from './create-messages.js';
import { inTransaction, type Pool, type Queryable } from './pool.js';
import { isSameGroup } from './step-groups.js';

export function createRestoreStore(pool: Pool): RestoreStore {
  return {
    async position(): Promise<Position> {
      const { rows } = await pool.query<{ secret: Buffer; lease: number }>(
        'SELECT secret, (SELECT coalesce(max(id), 0) FROM leases) AS lease FROM installation',
      );
      const { secret, lease } = rows[0] ?? { secret: Buffer.alloc(0), lease: 0 };
      return { installation: createHash('sha256').update(secret).digest('hex').slice(0, 16), lease };
    },

    async hold({ at, lease }) {
      const { rowCount } = await pool.query(
        `UPDATE installation SET restored_until = $1, restored_lease = greatest(restored_lease, $2)
         WHERE restored_until IS NULL OR restored_until < $1`,
        [at, lease],
      );
      return rowCount === 1;
    },

    async find() {
      const { rows } = await pool.query<{ until: Date; messages: number }>(
        `SELECT i.restored_until AS until,
           (SELECT count(*) FROM messages m JOIN steps s ON s.key = m.step_key
            WHERE (m.state IN ('claimed', 'sending') OR m.due_at <= i.restored_until) AND s.cancelled_at IS NULL)
           + (SELECT count(*) FROM step_groups g JOIN steps s ON s.key = g.step_key
                JOIN recipients r ON r.campaign_id = s.campaign_id AND r.left_out IS NULL AND ${isSameGroup('r', 'g')}
              WHERE ${mayLackRows('i.restored_until')}
                AND NOT EXISTS (SELECT FROM messages m WHERE m.step_key = s.key AND m.recipient_id = r.id)) AS messages
         FROM installation i WHERE i.restored_until IS NOT NULL`,
      );
      return rows[0];
    },

    park: (now) =>
      inTransaction(pool, async (client) => {
        const { rows } = await client.query<{ key: number; step_key: number }>(
          `SELECT g.key, g.step_key FROM step_groups g JOIN steps s ON s.key = g.step_key, installation i
           WHERE ${mayLackRows('i.restored_until')} FOR UPDATE OF g, s`,
        );
        // Steps that the lost time had opened, or let go after their canary: who got them is just as unknown.
        for (const { key, step_key: stepKey } of rows) {
          await createMessages(client, [key], now, 'rest');
          await client.query('UPDATE step_groups SET opened_at = coalesce(opened_at, $2) WHERE key = $1', [key, now]);
          await client.query(
            `UPDATE steps SET opened_at = coalesce(opened_at, $2), canary_until = NULL, canary_watched = false WHERE key = $1`,
            [stepKey, now],
          );
        }
        const { rowCount } = await client.query(
          `UPDATE messages m SET state = 'uncertain', reason = 'restored', settled_at = $1, lease_id = NULL, due_at = NULL
           FROM installation i, steps s
           WHERE s.key = m.step_key AND s.cancelled_at IS NULL
             AND (m.state IN ('claimed', 'sending') OR m.due_at <= i.restored_until)`,
          [now],
        );
        await goOn(client);
        return rowCount ?? 0;
      }),

    accept: () => inTransaction(pool, goOn),
  };
}

/** Groups that were due in the time that is lost, and that the database has not opened, or only for their canary. */
function mayLackRows(until: string): string {
  return `(g.opened_at IS NULL OR s.canary_until IS NOT NULL AND s.canary_group = g.key) AND g.skipped_because IS NULL
    AND s.cancelled_at IS NULL AND g.people > 0 AND g.send_at <= ${until}`;
}

/** Leases go on where they had been: one that is given out twice would let a late writer through. */
async function goOn(client: Queryable): Promise<void> {
  await client.query(
    `INSERT INTO leases (id, worker, until) OVERRIDING SYSTEM VALUE
     SELECT setval('leases_id_seq', greatest(l.last_value, i.restored_lease) + 1), 'restored', clock_timestamp()
     FROM installation i, leases_id_seq l WHERE i.restored_until IS NOT NULL`,
  );
  await client.query('UPDATE installation SET restored_until = NULL, restored_lease = NULL');
}
