import type { Log } from './ports/log.js';
import type { MessageLedger } from './ports/message-ledger.js';

/**
 * Keeps this worker's leases alive, and knows without asking whether one may have run out: on the monotonic clock,
 * which no NTP step and no simulated time moves.
 */
export class LeaseKeeper {
  readonly #ledger: MessageLedger;
  readonly #leaseMs: number;
  readonly #log: Log;
  /** Lease -> when it was last known to be ours, by `performance.now()`, taken before the database was asked. */
  readonly #since = new Map<number, number>();
  readonly #timer: NodeJS.Timeout;
  #lastBeat = performance.now();

  constructor(ledger: MessageLedger, leaseMs: number, log: Log) {
    this.#ledger = ledger;
    this.#leaseMs = leaseMs;
    this.#log = log;
    this.#timer = setInterval(() => this.#beat(), leaseMs / 3).unref();
  }

  keep(leaseId: number, since: number): void {
    this.#since.set(leaseId, since);
  }

  drop(leaseId: number): void {
    this.#since.delete(leaseId);
  }

  /** Whether the lease is certainly still ours. A tenth is kept as a margin for the hand-over itself. */
  holds(leaseId: number): boolean {
    const since = this.#since.get(leaseId);
    return since !== undefined && performance.now() - since < this.#leaseMs * 0.9;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #beat(): void {
    const silentMs = performance.now() - this.#lastBeat;
    this.#lastBeat += silentMs;
    // Stopped, or busy with one thing: what this worker held is somebody else's now, and people should learn why.
    if (silentMs > this.#leaseMs) this.#log.warn('worker.stalled', { seconds: Math.round(silentMs / 1000) });
    this.#extend();
  }

  async #extend(): Promise<void> {
    const ids = [...this.#since.keys()];
    if (ids.length === 0) return;
    const askedAt = performance.now();
    try {
      const ours = new Set(await this.#ledger.extendLeases(ids, this.#leaseMs));
      for (const id of ids) {
        if (!this.#since.has(id)) continue;
        if (ours.has(id)) this.#since.set(id, askedAt);
        else this.#since.delete(id);
      }
      const lost = ids.length - ours.size;
      if (lost > 0) this.#log.warn('leases.lost', { count: lost });
    } catch (error) {
      // Not extended: `holds` turns false by itself when the time is up.
      this.#log.warn('leases.not-extended', { reason: (error as Error).message });
    }
  }
}
