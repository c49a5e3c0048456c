/** A clean minute gives one connection back. */
const cleanMs = 60_000;

/**
 * How many connections a server bears: halved when it says that we are too fast, one more for every minute in which
 * it says nothing of the kind, up to what was configured.
 */
export class Throttle {
  readonly #most: number;
  readonly #monotonicMs: () => number;
  #allowed: number;
  #since: number;

  /** `monotonicMs`: a clock that no NTP step moves. */
  constructor(most: number, monotonicMs: () => number = () => performance.now()) {
    this.#most = most;
    this.#allowed = most;
    this.#monotonicMs = monotonicMs;
    this.#since = monotonicMs();
  }

  /** Connections that may be open now. */
  allowed(): number {
    const cleanMinutes = Math.floor((this.#monotonicMs() - this.#since) / cleanMs);
    if (cleanMinutes > 0) {
      this.#allowed = Math.min(this.#most, this.#allowed + cleanMinutes);
      this.#since += cleanMinutes * cleanMs;
    }
    return this.#allowed;
  }

  /** Take note of an answer. Mails that were under way together and are refused together count once. */
  note(tooFast: boolean): void {
    if (!tooFast) return;
    const now = this.#monotonicMs();
    const allowed = this.allowed();
    if (this.#allowed < this.#most && now - this.#since < 1_000) return;
    this.#allowed = Math.max(1, Math.floor(allowed / 2));
    this.#since = now;
  }
}
