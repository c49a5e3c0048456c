import type { LeftOutReason, Recipient, Registration } from '../../campaign/recipient.js';
import type { Regroup } from './campaign-store.js';

/** How an imported list meets the one that is already there. */
export type ImportMode =
  /** The file is the whole list: people who are not in it get no further mail. */
  | 'replace'
  /** The file adds people to the list. */
  | 'add';

export interface RecipientImport {
  added: number;
  updated: number;
  unchanged: number;
  /** People of the earlier list who are not in this one. */
  gone: number;
  /** In the audience after the import. */
  audience: number;
  leftOut: Partial<Record<LeftOutReason, number>>;
  /** Rows that name a person whom an earlier row of the file names. */
  merged: Array<{ line: number; sameAs: number }>;
  mergedCount: number;
}

export interface RegistrationImport {
  rows: number;
  /** Recipients known to have registered, after the import. */
  registered: number;
  /** Recipients who became registered by it. */
  newlyRegistered: number;
  /** Rows that belong to no recipient: the first 100 lines, and the count. */
  nobody: { count: number; lines: number[] };
}

/** What an import saw, handed to the caller before anything is kept. Answer false to keep nothing. */
export type Consent<Seen> = (seen: Seen) => Promise<boolean>;

export interface AudienceStore {
  /** One transaction: everything or nothing. `consent` is asked once the whole file has been read. */
  importRecipients(
    campaignId: string,
    rows: AsyncIterable<{ line: number; recipient: Recipient }>,
    options: { mode: ImportMode; consent: Consent<RecipientImport>; now?: Date; regroup?: Regroup },
  ): Promise<RecipientImport | undefined>;
  importRegistrations(
    campaignId: string,
    rows: AsyncIterable<Registration>,
    options: { asOf: () => Date; source: string; now: Date; consent: Consent<RegistrationImport> },
  ): Promise<RegistrationImport | undefined>;
  /** How many people are in the audience, and how many of them have registered. */
  count(
    campaignId: string,
  ): Promise<{ audience: number; registered: number; leftOut: Partial<Record<LeftOutReason, number>> }>;
}
