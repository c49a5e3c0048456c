import type { Holidays } from '../../campaign/plan.js';

/** Public holidays of places such as `NL` and `DE-BY`, for whole years, both included. */
export type ListHolidays = (places: readonly string[], years: { from: number; to: number }) => Promise<Holidays>;
