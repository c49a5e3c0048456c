/** A step's distance from the launch date: negative before, positive after. */
export interface Offset {
  amount: number;
  /** `days` of the calendar; or `workDays`, of which weekends, holidays and closures are none. */
  unit: 'days' | 'workDays';
}

/**
 * Reads an offset of the campaign file: `-14d`, `-2w`, `-3bd`, `0d`, `+3d`. A week is seven calendar days.
 * Throws where the text is none: the campaign schema has let only these forms through.
 */
export function parseOffset(text: string): Offset {
  const [, sign, digits, unit] = /^([+-]?)(\d{1,3})(d|w|bd)$/.exec(text) ?? [];
  if (digits === undefined || (sign === '' && text !== '0d')) throw new Error(`not an offset: ${JSON.stringify(text)}`);
  const amount = Number(digits) * (unit === 'w' ? 7 : 1);
  // Adding 0 turns the -0 of "-0d" into 0.
  return { amount: (sign === '-' ? -amount : amount) + 0, unit: unit === 'bd' ? 'workDays' : 'days' };
}
