import { describeMissingColumns } from '../audience/choose-ring.js';
import { createPlacer } from '../audience/place-person.js';
import { type RecipientRow, readRecipientPieces } from '../audience/read-recipients.js';
import { readRegistrations } from '../audience/read-registrations.js';
import type { RejectedRow, Table } from '../audience/table.js';
import type { Campaign } from '../campaign/campaign.js';
import { BadInput, type Problem } from '../campaign/problem.js';
import type { Placement, Recipient, Registration } from '../campaign/recipient.js';
import { describeNamelessPeople } from './describe-nameless-people.js';
import type { AudienceStore, ImportMode, RecipientImport, RegistrationImport } from './ports/audience-store.js';
import type { CampaignLists, Regroup } from './ports/campaign-store.js';

/** What an import did, or why it did nothing. */
export interface ImportReport<Seen> {
  kept: boolean;
  /** Why nothing was kept. */
  refusedBecause?: 'rejects' | 'empty' | 'shrunk';
  seen: Seen;
  rejects: RejectedRow[];
  rejectedCount: number;
  /** What is worth telling and kept nobody out. */
  remarks: Problem[];
  /** The same about the whole list. */
  warnings: string[];
  /** Registrations: when the data was true. */
  asOf?: Date;
}

/** What an audience meets in its campaign: its rings' lists, and its plan. */
export interface Rollout {
  lists: Pick<CampaignLists, 'rings'>;
  regroup: Regroup;
  now: Date;
}

/** Called before anything is kept: where the rejects cannot be written, nothing is imported. */
type KeepRejects = (rejects: readonly RejectedRow[]) => Promise<void>;

/** Above this share of people gone, a list is taken for a short answer and not for the truth. */
const largestShrink = 0.2;
/** Rejected rows kept for telling and for the file of rejects; all of them are counted. */
const rejectsKept = 100_000;
/** Of a list that is given up, so many rejected rows are told. */
const rejectsTold = 5;
const remarksKept = 100;
const dayMs = 86_400_000;

/**
 * Import a list of people: everything or nothing. With rejected rows nothing is kept until the person accepts that,
 * and a list that has lost more than a fifth of its people is not believed without a word either.
 */
export async function importRecipients(
  table: Table,
  options: {
    campaign: Campaign;
    mode: ImportMode;
    acceptRejects: boolean;
    acceptShrink: boolean;
    onRow?: (rows: number) => void;
    /** All rows are read; what follows is the database's work. */
    onRead?: (rows: number) => void;
    keepRejects: KeepRejects;
    /** Where each person belongs, and how people and plan meet. */
    rollout: Rollout;
  },
  store: AudienceStore,
): Promise<ImportReport<RecipientImport>> {
  const { rollout, campaign, mode, acceptRejects, acceptShrink, onRow, onRead, keepRejects } = options;
  const notes = createNotes(table.file);
  const place = createPlacer(campaign, table.header, rollout.lists.rings);
  const placeOf = ({ line, recipient }: RecipientRow): Placement => {
    const { placement, remark } = place(recipient);
    if (remark !== undefined) notes.remark({ file: table.file, line, message: remark });
    return placement;
  };
  async function* accepted(): AsyncGenerator<{ line: number; recipient: Recipient }> {
    for await (const piece of readRecipientPieces(table, campaign.audience)) {
      for (const row of piece) {
        notes.rows += 1;
        onRow?.(notes.rows);
        if ('reject' in row) notes.reject(row);
        else {
          notes.take(row);
          // In place: a million copies of people are a fifth of the memory.
          row.recipient.placement = placeOf(row);
          yield row;
        }
      }
    }
    onRead?.(notes.rows);
  }
  const listed = countListed(await store.count(campaign.id));
  let seen: RecipientImport | undefined;
  let refusedBecause: ImportReport<RecipientImport>['refusedBecause'];
  const kept = await store.importRecipients(campaign.id, accepted(), {
    ...{ mode, now: rollout.now, regroup: rollout.regroup },
    consent: async (result) => {
      seen = result;
      if (notes.rejectedCount > 0 && !acceptRejects) refusedBecause = 'rejects';
      else if (result.audience === 0) refusedBecause = 'empty';
      else if (result.gone > listed * largestShrink && !acceptShrink) refusedBecause = 'shrunk';
      if (refusedBecause !== undefined) return false;
      if (notes.rejectedCount > 0) await keepRejects(notes.rejects);
      return true;
    },
  });
  if (!seen) throw new Error('the import ended without a result');
  const { rejects, rejectedCount, remarks } = notes;
  const warnings = [
    ...describeMissingColumns(campaign, table.header),
    ...describeNamelessPeople(notes.people, notes.nameless, table),
  ];
  return {
    kept: kept !== undefined,
    ...(refusedBecause && { refusedBecause }),
    ...{ seen, rejects, rejectedCount, remarks, warnings },
  };
}

/** Import who has registered. `fileTime` is the age of the data where the file itself does not tell it. */
export async function importRegistrations(
  table: Table,
  options: {
    campaign: Campaign;
    acceptRejects: boolean;
    source: string;
    fileTime: Date;
    asOf?: Date;
    now: Date;
    onRow?: (rows: number) => void;
    /** All rows are read; what follows is the database's work. */
    onRead?: (rows: number) => void;
    keepRejects: KeepRejects;
  },
  store: AudienceStore,
): Promise<ImportReport<RegistrationImport>> {
  const { campaign, acceptRejects, source, fileTime, now, onRow, onRead, keepRejects } = options;
  const notes = createNotes(table.file);
  let newest: Date | undefined;
  async function* accepted(): AsyncGenerator<Registration> {
    for await (const row of readRegistrations(table, { goalField: campaign.goal.field, latest: now })) {
      notes.rows += 1;
      onRow?.(notes.rows);
      if ('reject' in row) notes.reject(row);
      else {
        if (row.updatedAt && !(newest && newest >= row.updatedAt)) newest = row.updatedAt;
        yield row.registration;
      }
    }
    onRead?.(notes.rows);
  }
  // The report's own time counts; no data is newer than now, whatever a clock somewhere wrote into it.
  const asOf = () => {
    const stated = options.asOf ?? newest ?? fileTime;
    return stated < now ? stated : now;
  };
  let seen: RegistrationImport | undefined;
  let refusedBecause: ImportReport<RegistrationImport>['refusedBecause'];
  const kept = await store.importRegistrations(campaign.id, accepted(), {
    asOf,
    source,
    now,
    consent: async (result) => {
      seen = result;
      if (notes.rejectedCount > 0 && !acceptRejects) refusedBecause = 'rejects';
      else if (result.rows === 0) refusedBecause = 'empty';
      if (refusedBecause !== undefined) return false;
      if (notes.rejectedCount > 0) await keepRejects(notes.rejects);
      return true;
    },
  });
  if (!seen) throw new Error('the import ended without a result');
  const { rejects, rejectedCount, remarks } = notes;
  const warnings = campaign.goal.maxAge === undefined ? describeAge(asOf(), now) : [];
  return {
    kept: kept !== undefined,
    ...(refusedBecause && { refusedBecause }),
    ...{ seen, rejects, rejectedCount, remarks, warnings, asOf: asOf() },
  };
}

/** Whoever drops the wrong file of many gigabytes learns so at once, and not when all of it has been read. */
function refuseHopeless(file: string, rows: number, rejects: readonly RejectedRow[]): never {
  const count = (number: number) => number.toLocaleString('en-GB');
  throw new BadInput([
    ...rejects.slice(0, rejectsTold).map(({ reject }) => reject),
    {
      file,
      message: `more than half of the first ${count(rows)} rows cannot be used; nothing was imported, and the others were not read`,
      hint: 'is this the right file? Mend what the lines above say, and import it again',
    },
  ]);
}

/** Everybody of the earlier list, left out or not: that is who `gone` counts. Who had gone before is no news. */
function countListed({ audience, leftOut }: Awaited<ReturnType<AudienceStore['count']>>): number {
  const outside = Object.values(leftOut).reduce((sum, count) => sum + count, 0);
  return audience + outside - (leftOut['not-in-list'] ?? 0);
}

/** Without a limit of its own a campaign sends reminders on data of any age: then a person should know the age. */
function describeAge(asOf: Date, now: Date): string[] {
  const days = Math.floor((now.getTime() - asOf.getTime()) / dayMs);
  if (days < 1) return [];
  const age = `${days} ${days === 1 ? 'day' : 'days'} old`;
  return [`this data is ${age}, and reminders rest on it; goal.maxAge would hold them`];
}

function createNotes(file: string) {
  const rejects: RejectedRow[] = [];
  const remarks: Problem[] = [];
  return {
    rows: 0,
    people: 0,
    nameless: 0,
    rejectedCount: 0,
    rejects,
    remarks,
    reject(row: RejectedRow) {
      this.rejectedCount += 1;
      if (rejects.length < rejectsKept) rejects.push(row);
      else if (this.rejectedCount * 2 > this.rows) refuseHopeless(file, this.rows, rejects);
    },
    take({ recipient: { firstName, leftOut }, remark }: RecipientRow) {
      if (remark) this.remark(remark);
      if (leftOut) return;
      this.people += 1;
      if (firstName === undefined) this.nameless += 1;
    },
    remark(problem: Problem) {
      if (remarks.length < remarksKept) remarks.push(problem);
    },
  };
}
