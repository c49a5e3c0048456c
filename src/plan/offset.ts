/** A step's distance from the launch date, in calendar days: negative before, positive after. */
export interface Offset {
  days: number;
}

/**
 * Reads an offset of the campaign file: `-14d`, `-2w`, `0d`, `+3d`. A week is seven calendar days.
 * Throws where the text is none: the campaign schema has let only these forms through.
 */
export function parseOffset(text: string): Offset {
  const [, sign, amount, unit] = /^([+-]?)(\d{1,3})([dw])$/.exec(text) ?? [];
  if (amount === undefined || (sign === '' && text !== '0d')) throw new Error(`not an offset: ${JSON.stringify(text)}`);
  const days = Number(amount) * (unit === 'w' ? 7 : 1);
  // Adding 0 turns the -0 of "-0d" into 0.
  return { days: (sign === '-' ? -days : days) + 0 };
}
