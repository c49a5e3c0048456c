import type { Problem } from '../campaign/problem.js';
import { type LeftOutReason, leftOutReasons, type Recipient } from '../campaign/recipient.js';
import type { RecipientRow } from './read-recipients.js';
import type { RejectedRow } from './table.js';

/** A whole list, in memory. Rows read = recipients + left out + merged + rejects. */
export interface Audience {
  /** In the audience, in the order of the list. */
  recipients: Recipient[];
  /** How many are not, by reason. */
  leftOut: Record<LeftOutReason, number>;
  /** Rows about a person who stands in an earlier one. */
  merged: { line: number; sameAs: number }[];
  rejects: RejectedRow[];
  /** What is worth telling and kept nobody out. */
  remarks: Problem[];
}

/**
 * Gathers the rows of a list for a command that has no database. Two rows with the same person key or the same object
 * id are one person, and the first row says who that is; also where it left the person out.
 */
export async function gatherAudience(rows: AsyncIterable<RecipientRow | RejectedRow>): Promise<Audience> {
  const audience: Audience = {
    recipients: [],
    leftOut: Object.fromEntries(leftOutReasons.map((reason) => [reason, 0])) as Record<LeftOutReason, number>,
    merged: [],
    rejects: [],
    remarks: [],
  };
  const findEarlier = rememberPersons();
  for await (const row of rows) {
    if ('reject' in row) {
      audience.rejects.push(row);
      continue;
    }
    const { line, recipient, remark } = row;
    if (remark) audience.remarks.push(remark);
    const sameAs = findEarlier(recipient, line);
    if (sameAs !== undefined) audience.merged.push({ line, sameAs });
    else if (recipient.leftOut === undefined) audience.recipients.push(recipient);
    else audience.leftOut[recipient.leftOut]++;
  }
  return audience;
}

/** The line on which a person first stood; each one asked for is remembered. */
function rememberPersons(): (recipient: Recipient, line: number) => number | undefined {
  const lines = new Map<string, number>();
  return ({ personKey, objectId }, line) => {
    const keys = objectId === undefined ? [personKey] : [personKey, `id:${objectId}`];
    const earlier = keys.map((key) => lines.get(key)).find((found) => found !== undefined);
    // Also where it is the same person: a third row may share only the other key.
    for (const key of keys) if (!lines.has(key)) lines.set(key, earlier ?? line);
    return earlier;
  };
}
