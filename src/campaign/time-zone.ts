/** Whether this Node knows the zone: an IANA name or a link to one. Abbreviations and bare offsets are refused. */
export function isTimeZone(name: string): boolean {
  if (!/^(UTC|[A-Za-z_]+(\/[A-Za-z0-9_+-]+)+)$/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** The zones this Node knows, by their main names; for guessing what a misspelt one was meant to be. */
export function listTimeZones(): string[] {
  return [...Intl.supportedValuesOf('timeZone'), 'UTC'];
}
