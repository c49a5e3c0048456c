import type { Clock } from '../../engine/ports/clock.js';

interface Asks {
  query<Row>(text: string): Promise<{ rows: Row[] }>;
}

/** Between two looks at the database's clock the monotonic clock of this process runs on from it. */
const lookEveryMs = 5_000;

/** Two clocks and an NTP that trims one of them part by less than this between two looks. */
const driftMs = 100;

/**
 * The database's clock: one for all machines, so that a worker whose own clock is hours off sends nothing early.
 * Asking costs a round trip, which a mail cannot afford: the monotonic clock fills in between.
 */
export function createDatabaseClock(database: Asks): Clock {
  let base = 0;
  let baseAt = Number.NEGATIVE_INFINITY;
  let looking: Promise<void> | undefined;
  let told = Number.NEGATIVE_INFINITY;
  let doubtMs = 0;

  const look = async () => {
    const askedAt = performance.now();
    const { rows } = await database.query<{ now: Date }>('SELECT clock_timestamp() AS now');
    if (!rows[0]) throw new Error('the database does not tell the time');
    base = rows[0].now.getTime();
    // The answer was true somewhere after we asked: counting from there is late by a round trip, never early.
    baseAt = performance.now();
    doubtMs = driftMs + baseAt - askedAt;
  };

  return {
    async now() {
      if (performance.now() - baseAt > lookEveryMs) {
        looking ??= look().finally(() => {
          looking = undefined;
        });
        await looking;
      }
      const estimate = base + (performance.now() - baseAt);
      // A slow look is later than the last one by its round trip: what was told stays told until it is caught up with.
      // Only a clock of the database's that was set back is followed back.
      told = estimate < told && told - estimate <= doubtMs ? told : estimate;
      return new Date(told);
    },
  };
}
