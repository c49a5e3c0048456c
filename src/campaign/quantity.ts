/** Quantities as campaign files write them. Both expect what the schema let through. */

const unitMs: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `90m`, `24h` or `7d` in milliseconds. */
export function parseAge(text: string): number {
  return Number.parseInt(text, 10) * (unitMs[text.slice(-1)] ?? Number.NaN);
}

/** `2.5%` as 0.025. */
export function parseShare(text: string): number {
  return Number(text.slice(0, -1)) / 100;
}
