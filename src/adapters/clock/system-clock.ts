import type { Clock } from '../../engine/ports/clock.js';

/** The machine's own clock: for what a person sees before anything is sent. */
export const systemClock: Clock = {
  now: async () => new Date(),
};
