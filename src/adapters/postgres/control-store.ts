import type {
  ControlStore,
  MessageChoice,
  StoppedMessage,
  StopTarget,
  SuppressedAddress,
} from '../../engine/ports/control-store.js';
import { createMessages } from './create-messages.js';
import { inTransaction, type Pool } from './pool.js';
import { withoutNulls } from './without-nulls.js';

export function createControlStore(pool: Pool): ControlStore {
  return {
    async pause(target, because, now, probeAt) {
      if ('sender' in target) {
        // What only a person may lift is not turned into what lifts itself.
        const { rowCount } = await pool.query(
          `INSERT INTO paused_senders (name, because, paused_at, probe_at) VALUES ($1, $2, $3, $4)
           ON CONFLICT (name) DO UPDATE SET because = excluded.because, probe_at = excluded.probe_at
           WHERE paused_senders.probe_at IS NOT NULL AND excluded.probe_at IS NULL`,
          [target.sender, because, now, probeAt ?? null],
        );
        return rowCount === 1;
      }
      return setPaused(pool, target, because);
    },

    async resume(target, byProbe) {
      if ('sender' in target) {
        const { rowCount } = await pool.query(
          'DELETE FROM paused_senders WHERE name = $1 AND ($2 OR probe_at IS NOT NULL)',
          [...[target.sender, byProbe === undefined]],
        );
        return rowCount === 1;
      }
      return setPaused(pool, target, null);
    },

    cancel: ({ campaign, step }, now) =>
      inTransaction(pool, async (client) => {
        // Whoever waits for a canary has no message yet: what became of them is told like everybody's.
        const { rows: begun } = await client.query<{ key: number }>(
          `SELECT canary_group AS key FROM steps WHERE campaign_id = $1 AND ($2::text IS NULL OR step_id = $2)
             AND cancelled_at IS NULL AND canary_until IS NOT NULL FOR UPDATE`,
          [campaign, step ?? null],
        );
        for (const { key } of begun) await createMessages(client, [key], now, 'rest');
        const { rows } = await client.query<{ key: number }>(
          `UPDATE steps s SET cancelled_at = $3, canary_until = NULL
           WHERE campaign_id = $1 AND ($2::text IS NULL OR step_id = $2) AND cancelled_at IS NULL AND skipped_because IS NULL
             AND ${hasMoreToSend} RETURNING key`,
          [campaign, step ?? null, now],
        );
        const { rowCount } = await client.query(
          `UPDATE messages SET state = CASE WHEN resends > 0 THEN 'uncertain' ELSE 'cancelled' END::message_state,
             reason = 'step-cancelled', settled_at = $2, due_at = NULL
           WHERE step_key = ANY ($1) AND due_at IS NOT NULL`,
          [rows.map(({ key }) => key), now],
        );
        return { steps: rows.length, messages: rowCount ?? 0 };
      }),

    async release({ campaign, step }, now) {
      const canary = await pool.query(
        `UPDATE steps SET canary_watched = false
         WHERE campaign_id = $1 AND step_id = $2 AND canary_until IS NOT NULL AND canary_watched
           AND cancelled_at IS NULL AND paused_because IS NULL`,
        [campaign, step],
      );
      if (canary.rowCount === 1) return true;
      // What was missed expires from now on, not from when it should have gone; and it goes with its first window.
      const { rowCount } = await pool.query(
        `UPDATE step_groups g SET released_at = $3, skipped_because = NULL,
           expires_at = greatest(g.expires_at, $3 + (g.expires_at - g.send_at)),
           windows = CASE WHEN upper(g.windows) > $3 THEN g.windows END
         FROM steps s
         WHERE s.key = g.step_key AND s.campaign_id = $1 AND s.step_id = $2 AND s.cancelled_at IS NULL
           AND g.opened_at IS NULL AND g.people > 0 AND g.send_at < $3 AND g.released_at IS NULL`,
        [campaign, step, now],
      );
      await pool.query('UPDATE steps SET skipped_because = NULL WHERE campaign_id = $1 AND step_id = $2 AND $3', [
        ...[campaign, step, (rowCount ?? 0) > 0],
      ]);
      return (rowCount ?? 0) > 0;
    },

    async listStopped(state, choice, limit) {
      const { sql, values } = chooseMessages(state, choice);
      const { rows } = await pool.query<StoppedMessage>(
        `SELECT m.id, s.step_id AS step, r.address, coalesce(m.reason, '') AS reason, coalesce(m.reply, '') AS reply,
                m.settled_at AS "settledAt", m.attempts ${sql} ORDER BY s.send_at, m.id LIMIT ${limit}`,
        values,
      );
      return rows.map(withoutNulls);
    },

    async countStopped(state, choice) {
      const { sql, values } = chooseMessages(state, choice);
      const { rows } = await pool.query<{ count: number }>(`SELECT count(*) AS count ${sql}`, values);
      return rows[0]?.count ?? 0;
    },

    sendAgain: (state, choice, now) =>
      inTransaction(pool, async (client) => {
        const { sql, values } = chooseMessages(state, choice);
        const { rows } = await client.query<{ id: number; group_key: number }>(
          `UPDATE messages u SET state = 'waiting', due_at = $${values.length + 1}, settled_at = NULL,
                  resends = u.resends + $${values.length + 2}
           FROM (SELECT m.id ${sql} AND s.cancelled_at IS NULL FOR UPDATE OF m) chosen
           WHERE u.id = chosen.id RETURNING u.id, u.group_key`,
          [...values, now, state === 'uncertain' ? 1 : 0],
        );
        // Whoever tries again believes that there is somebody after all.
        await client.query(
          `DELETE FROM suppressed_addresses WHERE person_key IN (
             SELECT r.person_key FROM messages m JOIN recipients r ON r.id = m.recipient_id WHERE m.id = ANY ($1))`,
          [rows.map(({ id }) => id)],
        );
        // A person has decided: the step is worth another day, also where it had expired.
        await client.query(
          `UPDATE step_groups SET expires_at = greatest(expires_at, $2::timestamptz + interval '24 hours'),
             windows = CASE WHEN upper(windows) > $2::timestamptz THEN windows END
           WHERE key = ANY ($1)`,
          [[...new Set(rows.map(({ group_key: key }) => key))], now],
        );
        return rows.length;
      }),

    async dismissUncertain(choice, now) {
      const { sql, values } = chooseMessages('uncertain', choice);
      // It stays what it is, uncertain: only nobody is asked about it any more.
      const { rowCount } = await pool.query(
        `UPDATE messages u SET reason = 'dismissed', settled_at = $${values.length + 1}
         FROM (SELECT m.id ${sql} FOR UPDATE OF m) chosen WHERE u.id = chosen.id`,
        [...values, now],
      );
      return rowCount ?? 0;
    },

    async listSuppressed(limit) {
      const { rows } = await pool.query<SuppressedAddress>(
        `SELECT person_key AS address, reason, coalesce(reply, '') AS reply, since
         FROM suppressed_addresses ORDER BY since DESC, person_key LIMIT $1`,
        [limit],
      );
      return rows;
    },

    async countSuppressed() {
      const { rows } = await pool.query<{ count: number }>('SELECT count(*) AS count FROM suppressed_addresses');
      return rows[0]?.count ?? 0;
    },

    async liftSuppressed(addressKey) {
      const { rowCount } = await pool.query('DELETE FROM suppressed_addresses WHERE person_key = $1', [addressKey]);
      return rowCount === 1;
    },

    async sendersInUse() {
      const { rows } = await pool.query<{ sender: string }>(
        `SELECT DISTINCT c.sender FROM campaigns c JOIN steps s ON s.campaign_id = c.id
         WHERE s.cancelled_at IS NULL AND s.skipped_because IS NULL AND ${hasMoreToSend} ORDER BY 1`,
      );
      return rows.map(({ sender }) => sender);
    },
  };
}

/** Of `steps s`: messages on their way, groups that are still to come, or people who register in the years to come. */
const hasMoreToSend = `(s.opened_at IS NULL OR s.reconfirm_after IS NOT NULL
  OR EXISTS (SELECT FROM step_groups g WHERE g.step_key = s.key AND g.opened_at IS NULL AND g.skipped_because IS NULL AND g.people > 0)
  OR EXISTS (SELECT FROM messages m WHERE m.step_key = s.key AND m.state IN ('waiting', 'claimed', 'sending')))`;

async function setPaused(
  pool: Pool,
  { campaign, step }: Exclude<StopTarget, { sender: string }>,
  because: string | null,
): Promise<boolean> {
  const { rowCount } =
    step === undefined
      ? await pool.query(
          'UPDATE campaigns SET paused_because = $2 WHERE id = $1 AND (paused_because IS NULL) <> ($2::text IS NULL)',
          [campaign, because],
        )
      : await pool.query(
          // Whoever resumes a step that its canary stopped has seen the failures: it goes on whatever fails.
          `UPDATE steps SET paused_because = $3,
             canary_watched = canary_watched AND NOT ($3::text IS NULL AND paused_because LIKE 'canary:%')
           WHERE campaign_id = $1 AND step_id = $2 AND (paused_because IS NULL) <> ($3::text IS NULL)`,
          [campaign, step, because],
        );
  return rowCount === 1;
}

function chooseMessages(state: 'uncertain' | 'failed', { campaign, step, reason, address }: MessageChoice) {
  return {
    sql: `FROM messages m JOIN steps s ON s.key = m.step_key JOIN recipients r ON r.id = m.recipient_id
      WHERE m.state = '${state}' AND m.reason IS DISTINCT FROM 'dismissed' AND s.campaign_id = $1 AND ($2::text IS NULL OR s.step_id = $2)
        AND ($3::text IS NULL OR m.reason = $3) AND ($4::text IS NULL OR lower(r.address) = lower($4))`,
    values: [campaign, step ?? null, reason ?? null, address ?? null] as unknown[],
  };
}
