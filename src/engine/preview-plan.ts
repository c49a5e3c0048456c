import { describeMissingColumns } from '../audience/choose-ring.js';
import { type AudienceIndex, indexAudience } from '../audience/index-audience.js';
import { createPlacer } from '../audience/place-person.js';
import { readRecipientPieces } from '../audience/read-recipients.js';
import { readRegistrations } from '../audience/read-registrations.js';
import type { RejectedRow, Table } from '../audience/table.js';
import type { Campaign } from '../campaign/campaign.js';
import type { CountedGroup } from '../campaign/plan.js';
import type { LeftOutReason } from '../campaign/recipient.js';
import type { Calendar } from '../plan/calendar.js';
import { planCampaign } from '../plan/plan-campaign.js';
import { spreadLaunches } from '../plan/spread-launches.js';
import { describeNamelessPeople } from './describe-nameless-people.js';
import { describeRemarks } from './describe-remarks.js';
import { type JudgedPlan, judgePlan, type KnownSender } from './judge-plan.js';
import type { CampaignLists } from './ports/campaign-store.js';
import { withRings } from './regroup-campaign.js';

/** A plan with the people in it, computed without a database. */
export interface PlanPreview {
  plan: JudgedPlan;
  /** Absent without a list. */
  audience?: {
    count: number;
    leftOut: Readonly<Record<LeftOutReason, number>>;
    /** Rows about somebody who stands in another row as well. */
    merged: number;
    header: readonly string[];
    /** Rings without people are not in it. */
    peopleByRing: ReadonlyMap<string, number>;
    /** How many people of the ring have a lower lot. */
    countBefore(ring: string, lot: number): number;
  };
  /** `nobody` has the lines of those that belong to nobody in the list. Absent without both lists. */
  registrations?: { count: number; registered: number; nobody: number[] };
  /** Rows of both lists that cannot be used: of each at most 100,000 ... */
  rejects: RejectedRow[];
  /** ... and all of them counted. */
  rejectedCount: number;
  /** Sentences about the lists. */
  warnings: string[];
}

type Registrations = NonNullable<PlanPreview['registrations']>;

/** Rejected rows of the registrations kept for telling; all of them are counted. */
const rejectsKept = 100_000;

/**
 * The plan of a campaign file, with the people of the lists where there are lists. Of each person some bytes are kept:
 * a million need 0.2 GB.
 *
 * @param onRow is told how many people's rows have been read
 * @throws BadInput where a list cannot be read at all
 */
export async function previewPlan(
  campaign: Campaign,
  facts: { lists: CampaignLists; calendar: Calendar; sender: KnownSender },
  tables: { recipients?: Table; registrations?: Table },
  onRow?: (rows: number) => void,
): Promise<PlanPreview> {
  const { calendar, sender } = facts;
  const { recipients } = tables;
  if (!recipients) {
    return {
      plan: judgePlan(planCampaign(campaign, { calendar }), [], sender),
      rejects: [],
      rejectedCount: 0,
      warnings: [],
    };
  }
  const place = createPlacer(campaign, recipients.header, facts.lists.rings);
  const index = await indexAudience(readRecipientPieces(recipients, campaign.audience), place, onRow);
  const { count, leftOut, merged, rejects } = index;
  const learned = tables.registrations && (await register(tables.registrations, campaign, index));
  const peopleByRing = index.peopleByRing();
  const groups = countGroups(campaign, calendar, index, peopleByRing);
  const plan = planCampaign(campaign, { calendar, groups: withRings(campaign, groups) });
  return {
    plan: judgePlan(plan, groups, sender),
    audience: {
      ...{ count, leftOut, merged: merged.count, header: recipients.header },
      ...{ peopleByRing, countBefore: index.countBefore },
    },
    ...(learned && { registrations: learned.registrations }),
    rejects: learned ? [...rejects, ...learned.rejects] : rejects,
    rejectedCount: index.rejectedCount + (learned?.rejectedCount ?? 0),
    warnings: [
      ...describeMissingColumns(campaign, recipients.header),
      ...describeEmptyRings(campaign, peopleByRing),
      ...describeNamelessPeople(count, index.nameless, recipients),
      ...describeRemarks(index.remarks),
    ],
  };
}

/** A ring that takes nobody is nearly always a slip; and the gate of the next one waits for it. */
function describeEmptyRings({ rings }: Campaign, people: ReadonlyMap<string, number>): string[] {
  return rings.flatMap(({ id, where, list, share }, index) => {
    if (people.has(id) || !(where ?? list ?? share)) return [];
    const asked = where ? `: nobody in the list has ${JSON.stringify(where)}` : '';
    const waits = rings[index + 1]?.gate ? `, and the gate of ring ${rings[index + 1]?.id} waits for it` : '';
    return [`ring ${id} has no people${asked}${waits}`];
  });
}

function countGroups(
  campaign: Campaign,
  calendar: Calendar,
  index: AudienceIndex,
  peopleByRing: ReadonlyMap<string, number>,
): CountedGroup[] {
  if (campaign.newPerDay === undefined) return index.countGroups();
  return index.countGroups(spreadLaunches(campaign, peopleByRing, calendar));
}

async function register(
  table: Table,
  { goal }: Campaign,
  index: AudienceIndex,
): Promise<{ registrations: Registrations; rejects: RejectedRow[]; rejectedCount: number }> {
  const rejects: RejectedRow[] = [];
  const nobody: number[] = [];
  let count = 0;
  let rejectedCount = 0;
  for await (const row of readRegistrations(table, { goalField: goal.field })) {
    if ('reject' in row) {
      rejectedCount += 1;
      // A copy, as of a reject of the other list: see index-audience.ts.
      if (rejects.length < rejectsKept) rejects.push(structuredClone(row));
      continue;
    }
    count += 1;
    if (!index.register(row.registration)) nobody.push(row.line);
  }
  return { registrations: { count, registered: index.countRegistered(), nobody }, rejects, rejectedCount };
}
