/**
 * The one clock. Every instant that decides something is handed in as `now`; only leases run on the database's own
 * clock, because they are about processes that live or die, also while a simulated clock runs ahead.
 * In production it is the database's, so that a machine with a wrong clock sends nothing early.
 */
export interface Clock {
  now(): Promise<Date>;
}
