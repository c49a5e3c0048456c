/** Distinct texts that are remembered; a list of people has a few hundred. */
const maxRemembered = 10_000;

/** The same answers, worked out once for each text: a million people have few distinct zones and countries. */
export function remember<Found>(find: (text: string) => Found): (text: string) => Found {
  const known = new Map<string, Found>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined || known.has(text)) return before as Found;
    const found = find(text);
    if (known.size < maxRemembered) known.set(text, found);
    return found;
  };
}
