import type { Clock } from '../../engine/ports.js';

interface Asks {
  query<Row>(text: string): Promise<{ rows: Row[] }>;
}

/** Between two looks at the database's clock the monotonic clock of this process runs on from it. */
const lookEveryMs = 5_000;

/**
 * The database's clock: one for all machines, so that a worker whose own clock is hours off sends nothing early.
 * Asking costs a round trip, which a mail cannot afford: the monotonic clock fills in between.
 */
export function createDatabaseClock(database: Asks): Clock {
  let base = 0;
  let baseAt = Number.NEGATIVE_INFINITY;
  let looking: Promise<void> | undefined;

  const look = async () => {
    const { rows } = await database.query<{ now: Date }>('SELECT clock_timestamp() AS now');
    base = rows[0]?.now.getTime() ?? 0;
    // The answer was true somewhere after we asked: counting from there is late by a round trip, never early.
    baseAt = performance.now();
  };

  return {
    async now() {
      if (performance.now() - baseAt > lookEveryMs) {
        looking ??= look().finally(() => {
          looking = undefined;
        });
        await looking;
      }
      return new Date(base + (performance.now() - baseAt));
    },
  };
}
