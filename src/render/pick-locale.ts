/** The tag itself and its parents, nearest first: `nl-Latn-BE`, `nl-Latn`, `nl`. */
function chainOf(tag: string): string[] {
  const parts = tag.split(/[-_]/);
  return parts.map((_, index) =>
    parts
      .slice(0, parts.length - index)
      .join('-')
      .toLowerCase(),
  );
}

/** The first of `available` that the tag or a parent of it names, in any case (BCP 47 lookup, RFC 4647, 3.4). */
export function pickLocale(tag: string, available: readonly string[]): string | undefined {
  for (const wanted of chainOf(tag)) {
    const found = available.find((each) => each.toLowerCase() === wanted);
    if (found !== undefined) return found;
  }
  return undefined;
}
