/** A clean minute gives one connection back. */
const shortestCleanMs = 60_000;
const longestCleanMs = 16 * shortestCleanMs;

/**
 * How many connections a server bears: halved when it says that we are too fast, one more for every minute in which
 * it says nothing of the kind, up to what was configured. Where one that was given back was too many, the next try
 * waits twice as long: so it settles at what the server bears.
 */
export class Throttle {
  readonly #most: number;
  readonly #monotonicMs: () => number;
  #allowed: number;
  #since: number;
  #cleanMs = shortestCleanMs;
  #hasGivenBack = false;
  #refusedAt = Number.NEGATIVE_INFINITY;

  /** `monotonicMs`: a clock that no NTP step moves. */
  constructor(most: number, monotonicMs: () => number = () => performance.now()) {
    this.#most = most;
    this.#allowed = most;
    this.#monotonicMs = monotonicMs;
    this.#since = monotonicMs();
  }

  /** Connections that may be open now. */
  allowed(): number {
    const times = Math.floor((this.#monotonicMs() - this.#since) / this.#cleanMs);
    if (times > 0) {
      this.#since += times * this.#cleanMs;
      this.#hasGivenBack = this.#allowed < this.#most;
      this.#allowed = Math.min(this.#most, this.#allowed + times);
      if (this.#allowed === this.#most) this.#cleanMs = shortestCleanMs;
    }
    return this.#allowed;
  }

  /** Whether the server bears all that was configured, as far as it has said. */
  isEased(): boolean {
    return this.allowed() === this.#most;
  }

  /** Take note of an answer. Mails that were under way together and are refused together count once. */
  note(tooFast: boolean): void {
    if (!tooFast) return;
    const now = this.#monotonicMs();
    const allowed = this.allowed();
    if (now - this.#refusedAt < 1_000) return;
    this.#refusedAt = now;
    this.#allowed = Math.max(1, Math.floor(allowed / 2));
    if (this.#hasGivenBack) this.#cleanMs = Math.min(longestCleanMs, 2 * this.#cleanMs);
    this.#hasGivenBack = false;
    this.#since = now;
  }
}
