import { parseAddress } from '../audience/address.js';
import { readRecipients } from '../audience/read-recipients.js';
import type { Table } from '../audience/table.js';
import type { Campaign } from '../campaign/campaign.js';
import { guessWord } from '../campaign/guess-word.js';
import { BadInput } from '../campaign/problem.js';
import type { Recipient } from '../campaign/recipient.js';

/** Names compared with one that nobody has; some 10 ms. */
const namesToGuessFrom = 10_000;

/**
 * The person of a list whom an address or sign-in name means.
 * @throws BadInput naming `field`, where nobody is, or the person gets no mail
 */
export async function findPerson(
  wanted: string,
  recipients: Table,
  campaign: Campaign,
  field: string,
): Promise<Recipient> {
  const parsed = parseAddress(wanted);
  const key = 'key' in parsed ? parsed.key : undefined;
  const signIn = wanted.trim().toLowerCase();
  let rows = 0;
  const names: string[] = [];
  for await (const row of readRecipients(recipients, campaign.audience)) {
    rows += 1;
    if ('reject' in row) {
      if (!row.cells.some((cell) => cell.trim().toLowerCase() === signIn)) continue;
      throw new BadInput([row.reject]);
    }
    const { recipient } = row;
    if (recipient.personKey !== key && recipient.userPrincipalName !== signIn) {
      if (names.length < namesToGuessFrom)
        names.push(...[recipient.address, recipient.userPrincipalName].filter((name) => name !== undefined));
      continue;
    }
    if (!recipient.leftOut) return recipient;
    throw new BadInput([
      { file: recipients.file, line: row.line, message: `this person gets no mail: ${recipient.leftOut}` },
    ]);
  }
  const guess = guessWord(signIn, names);
  const among = rows === 1 ? 'the one row' : `any of the ${rows.toLocaleString('en-GB')} rows`;
  throw new BadInput([
    {
      field,
      message: `"${wanted}" is not the mail address or sign-in name of ${among} of ${recipients.file}`,
      hint: guess === undefined ? 'give one that is in the list' : `did you mean "${guess}"?`,
    },
  ]);
}
