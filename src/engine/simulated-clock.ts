import type { Clock } from './ports/clock.js';

/** A clock that stands still until it is moved, and only moves forward. */
export class SimulatedClock implements Clock {
  #now: Date;

  constructor(start: Date) {
    this.#now = start;
  }

  async now(): Promise<Date> {
    return this.#now;
  }

  moveTo(instant: Date): void {
    if (instant < this.#now) throw new Error('a simulated clock only moves forward');
    this.#now = instant;
  }
}
