import type { AudienceIndex, Remarks } from '../audience/index-audience.js';

const linesTold = 5;

/** What a list says of people and nobody knows, as one sentence for all of a kind. */
export function describeRemarks({ zone, language }: AudienceIndex['remarks']): string[] {
  return [...describe(zone, 'a time zone'), ...describe(language, 'a language')];
}

function describe({ count, first }: Remarks, what: string): string[] {
  const [example] = first;
  if (!example) return [];
  const who = count === 1 ? '1 person has' : `${count.toLocaleString('en-GB')} people have`;
  const where = count === 1 ? '' : ` (${tellLines(count, first)})`;
  return [`${who} ${what} that nobody knows${where}; line ${example.line}: ${example.message}`];
}

function tellLines(count: number, first: Remarks['first']): string {
  const lines = first.slice(0, linesTold).map(({ line }) => line);
  if (count > lines.length)
    return `lines ${lines.join(', ')} and ${(count - lines.length).toLocaleString('en-GB')} more`;
  return `lines ${lines.slice(0, -1).join(', ')} and ${lines.at(-1)}`;
}
