import type { RecipientRow } from '../../src/audience/read-recipients.js';
import type { RejectedRow } from '../../src/audience/table.js';
import type { Problem } from '../../src/campaign/problem.js';
import { type LeftOutReason, leftOutReasons, type Recipient } from '../../src/campaign/recipient.js';

/** A whole list, in memory. Rows read = recipients + left out + merged + rejects. */
export interface Audience {
  /** In the audience, each at the place of the first row about them. */
  recipients: Recipient[];
  /** Those who are not: they get no mail, and registrations may be theirs all the same. */
  outside: Recipient[];
  /** How many are not, by reason. */
  leftOut: Record<LeftOutReason, number>;
  /** Rows about a person who stands in an earlier one. */
  merged: { line: number; sameAs: number }[];
  rejects: RejectedRow[];
  /** What is worth telling and kept nobody out. */
  remarks: Problem[];
}

/**
 * Who is who in a list, told from the people themselves: what `indexAudience` and the ledger's SQL are held against.
 * The rules stand in src/audience/person-rows.ts.
 */
export async function gatherAudience(rows: AsyncIterable<RecipientRow | RejectedRow>): Promise<Audience> {
  const byIdentity = new Map<string, Person>();
  const people = new Set<Person>();
  const rejects: RejectedRow[] = [];
  const remarks: Problem[] = [];
  for await (const row of rows) {
    if ('reject' in row) {
      rejects.push(row);
      continue;
    }
    if (row.remark) remarks.push(row.remark);
    people.add(joinPerson(byIdentity, people, { line: row.line, recipient: row.recipient }));
  }
  const recipients: Recipient[] = [];
  const outside: Recipient[] = [];
  const leftOut = Object.fromEntries(leftOutReasons.map((reason) => [reason, 0])) as Record<LeftOutReason, number>;
  const merged: Audience['merged'] = [];
  for (const { rows: same } of people) {
    const best = same.find(({ recipient }) => recipient.leftOut === undefined) ?? (same[0] as Row);
    for (const { line } of same) if (line !== best.line) merged.push({ line, sameAs: best.line });
    if (best.recipient.leftOut === undefined) {
      recipients.push(best.recipient);
    } else {
      outside.push(best.recipient);
      leftOut[best.recipient.leftOut]++;
    }
  }
  merged.sort((a, b) => a.line - b.line);
  return { recipients, outside, leftOut, merged, rejects, remarks };
}

interface Row {
  line: number;
  recipient: Recipient;
}

/** All rows about one person, in the order of the list. */
interface Person {
  rows: Row[];
}

/** The person whom the row is about, joining people whom only this row shows to be the same. */
function joinPerson(byIdentity: Map<string, Person>, people: Set<Person>, row: Row): Person {
  const { personKey, objectId } = row.recipient;
  const identities = objectId === undefined ? [personKey] : [personKey, `id:${objectId}`];
  const known = new Set(identities.flatMap((identity) => byIdentity.get(identity) ?? []));
  const [person = { rows: [] }, other] = [...known].sort((a, b) => firstLine(a) - firstLine(b));
  person.rows.push(row);
  if (other) {
    people.delete(other);
    person.rows.push(...other.rows);
    person.rows.sort((a, b) => a.line - b.line);
    for (const { recipient } of other.rows) {
      byIdentity.set(recipient.personKey, person);
      if (recipient.objectId !== undefined) byIdentity.set(`id:${recipient.objectId}`, person);
    }
  }
  for (const identity of identities) byIdentity.set(identity, person);
  return person;
}

function firstLine({ rows }: Person): number {
  return rows[0]?.line ?? 0;
}
