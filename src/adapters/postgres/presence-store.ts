import type { EngineRole, PresenceStore } from '../../engine/ports/presence-store.js';
import type { Pool } from './pool.js';

export function createPresenceStore(pool: Pool): PresenceStore {
  return {
    async sayHere(id, roles) {
      await pool.query(
        `INSERT INTO engine_processes (id, roles) VALUES ($1, $2)
         ON CONFLICT (id) DO UPDATE SET seen_at = clock_timestamp()`,
        [id, roles],
      );
      await pool.query(`DELETE FROM engine_processes WHERE seen_at < clock_timestamp() - interval '1 day'`);
    },

    async sayGoodbye(id) {
      await pool.query('DELETE FROM engine_processes WHERE id = $1', [id]);
    },

    async countHere() {
      const { rows } = await pool.query<Record<EngineRole, number>>(
        `SELECT count(*) FILTER (WHERE 'scheduler' = ANY (roles)) AS scheduler,
                count(*) FILTER (WHERE 'worker' = ANY (roles)) AS worker
         FROM engine_processes WHERE seen_at > clock_timestamp() - interval '30 seconds'`,
      );
      return rows[0] ?? { scheduler: 0, worker: 0 };
    },
  };
}
