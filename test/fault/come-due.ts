import type { Stage } from './stage.js';

/** The instant of every step has come. */
export async function comeDue({ stores }: Pick<Stage, 'stores'>): Promise<void> {
  await stores.pool.query('UPDATE steps SET send_at = clock_timestamp()');
}
