const isoInstant = /^(\d{4}-\d{2}-(\d{2}))[T ]((?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?)(Z|[+-]\d{2}:?\d{2})$/i;

/** An instant in ISO 8601 with its offset or `Z`; `undefined` for any other text, also for a day that does not exist. */
export function parseInstant(text: string): Date | undefined {
  const [, date, day, time, offset] = isoInstant.exec(text.trim()) ?? [];
  if (date === undefined || time === undefined || offset === undefined) return undefined;
  // Date.parse takes 30 February for 2 March.
  const midnight = new Date(`${date}T00:00:00Z`);
  if (Number.isNaN(midnight.getTime()) || midnight.getUTCDate() !== Number(day)) return undefined;
  const zone = offset.length === 5 ? `${offset.slice(0, 3)}:${offset.slice(3)}` : offset.toUpperCase();
  const instant = new Date(`${date}T${time}${zone}`);
  return Number.isNaN(instant.getTime()) ? undefined : instant;
}
