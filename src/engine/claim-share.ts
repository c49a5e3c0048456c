/**
 * How many messages a worker takes at once: as many as it can begin in a while, by what it began lately. With a server
 * that is slow to answer, the last claims of a step would otherwise keep one worker busy for seconds while the others
 * have nothing left: with four workers and answers after 50 ms that was a fifth of the time.
 */
export class ClaimShare {
  readonly #least: number;
  readonly #most: number;
  readonly #worthMs: number;
  #size: number;

  constructor({ least, most, worthMs }: { least: number; most: number; worthMs: number }) {
    this.#least = Math.min(least, most);
    this.#most = most;
    this.#worthMs = worthMs;
    // Nothing is known of the server yet: a small one tells.
    this.#size = Math.min(most, least * 2);
  }

  size(): number {
    return this.#size;
  }

  /** So many were taken, and all of them begun after so long. */
  note(count: number, tookMs: number): void {
    const worth = Math.round((count * this.#worthMs) / Math.max(tookMs, 1));
    this.#size = Math.max(this.#least, Math.min(this.#most, worth));
  }
}
