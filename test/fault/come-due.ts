import type { Stage } from './stage.js';

/** The instant of every step has come. */
export async function comeDue({ stores }: Pick<Stage, 'stores'>): Promise<void> {
  await stores.pool.query('UPDATE step_groups SET send_at = clock_timestamp()');
}
