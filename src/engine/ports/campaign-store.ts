import type { Campaign } from '../../campaign/campaign.js';
import type { UncertainPolicy } from '../../campaign/message.js';
import type { Closure, CountedGroup, Group, GroupDates, Plan, PlannedStep, TimedStep } from '../../campaign/plan.js';
import type { Placement, Recipient } from '../../campaign/recipient.js';
import type { MailContent } from '../../render/mail-content.js';

/** What a campaign's rings and days off rest on beside its file, as it was applied. */
export interface CampaignLists {
  closures: Closure[];
  /** Who a ring's list names, by ring: addresses, sign-in names and object ids in lower case. */
  rings: Record<string, string[]>;
}

export interface AppliedCampaign {
  definition: Campaign;
  plan: Plan;
  content: MailContent;
  lists: CampaignLists;
  /** Grows by one with every apply and every move. */
  version: number;
  /** When the newest registration data was true; absent before the first import. */
  registrationsAsOf?: Date;
}

/** A step as the engine knows it: planned, then opened (the first of its message rows exist), or skipped. */
export interface StepRow extends TimedStep {
  key: number;
  campaignId: string;
  /** A message that is not sent by then has failed: a reminder that is a day late is not sent. Of its last group. */
  expiresAt: Date;
  openedAt?: Date;
  /** While only its canary has messages: when the others follow, at the earliest. */
  canaryUntil?: Date;
  cancelledAt?: Date;
  skippedBecause?: string;
  /** Why its messages do not go out although they are due. */
  heldBecause?: string;
}

/** A step for one group, as the ledger has it. */
export interface GroupRow extends TimedStep, GroupDates {
  key: number;
  group: Group;
  expiresAt: Date;
  people: number;
  openedAt?: Date;
  releasedAt?: Date;
  skippedBecause?: string;
  /** Its step will send nothing any more. */
  cancelled: boolean;
  /** Messages of it that have not come to their end. */
  unsettled: number;
}

/** Who gets a step first, and when the others do. */
export interface Canary {
  /** So many people, or */
  count?: number;
  /** such a share of the audience, 0 to 1. */
  share?: number;
  /** How long the others wait at least. */
  waitMs: number;
  /** Share of failed and uncertain messages, 0 to 1, beyond which the step pauses itself. */
  maxFailures: number;
}

/** A planned step with the engine's settings: what the ledger keeps of it, once for each of its groups. */
export interface StepSettings extends Omit<PlannedStep, 'canary'> {
  onlyUnregistered: boolean;
  onUncertain: UncertainPolicy;
  /** Absent: everybody at once. */
  canary?: Canary;
  maxReminders?: number;
  minGapMs?: number;
  /** Of a reconfirmation: so long after a person's registration. */
  reconfirmAfterDays?: number;
}

/** People of one day of one ring and place who were told the same launch date. */
export interface ToldPeople extends Pick<Group, 'ring' | 'tranche' | 'place'> {
  toldDate: string;
  people: number;
}

export interface KnownPerson {
  group: Group;
  leftOut?: string;
  registeredAt?: Date;
  /** The launch date that the last mail named. */
  toldDate?: string;
  messages: Array<{ step: string; state: string; reason?: string; dueAt?: Date; settledAt?: Date }>;
  ringMoves: Array<{ from: string; to: string; because: string; at: Date }>;
}

export interface RingState {
  ring: string;
  people: number;
  /** What its gate waits for; absent: nothing. */
  waitsFor?: string;
  goAt?: Date;
  tickets?: number;
}

/** Why a group is skipped that nobody was in before its time had passed; its people are late joiners. */
export const pastForJoiners = 'its time had passed when these people joined';

/** How people and plan come together again where one of them has changed; asked within the store's transaction. */
export interface Regroup {
  /** The version of the campaign that it knows; where another one is there by now, nothing is kept. */
  version?: number;
  /**
   * How many people of each ring launch on each of its days. `placed` are those of rings that have begun, by day: they
   * stay, and only the others are given days, of those that are still to come. Absent: all of a ring on its first.
   */
  spread?: (
    people: ReadonlyMap<string, number>,
    placed: ReadonlyMap<string, readonly number[]>,
  ) => ReadonlyMap<string, readonly number[]>;
  plan(groups: readonly CountedGroup[], rows: readonly GroupRow[]): { plan: Plan; steps: StepSettings[] };
}

/** Where a person belongs by the campaign's rules. */
export type PlacePerson = (person: Recipient) => Placement;

export interface CampaignStore {
  find(id: string): Promise<AppliedCampaign | undefined>;
  list(): Promise<Array<{ id: string; name: string; launchDate: string; zone: string }>>;
  /**
   * Create or replace a campaign as one transaction. Steps that are already open keep their rows and their instant;
   * steps that are no longer in the plan and not open are removed.
   * Refused (`false`) if the campaign's version is no longer `expectedVersion` (0: it does not exist yet).
   */
  save(input: {
    definition: Campaign;
    plan: Plan;
    content: MailContent;
    lists?: CampaignLists;
    steps: StepSettings[];
    expectedVersion: number;
    now: Date;
    /** Told beside the version: `applied`, `launch date moved from ... to ...`. */
    because?: string;
    /** Where its people belong, if the rules for that may have changed; and how they meet the plan. */
    place?: PlacePerson;
    regroup?: Regroup;
    /** Steps that are being sent are paused, for this reason: what is in flight ends, the rest waits for a decision. */
    holdSending?: string;
  }): Promise<boolean>;
  /**
   * Put one person into another ring, for good, and tell why. Absent: there is no such person. `from` is where the
   * person was.
   */
  moveToRing(input: {
    campaign: string;
    address: string;
    ring: string;
    because: string;
    now: Date;
    regroup: Regroup;
  }): Promise<{ from: string; moved: boolean } | undefined>;
  /** A person's go for a ring; false where it was given before. */
  letRingGo(target: { campaign: string; ring: string }, because: string, now: Date): Promise<boolean>;
  /** What the help desk counted of a ring. */
  countTickets(target: { campaign: string; ring: string }, tickets: number, now: Date): Promise<void>;
  /** Rings with what keeps them from launching, and what was told of them. */
  rings(campaignId: string): Promise<RingState[]>;
  steps(campaignId: string): Promise<StepRow[]>;
  /** `counted`: with how many of their messages have not come to their end, which takes a while. */
  groups(campaignId: string, counted?: 'counted'): Promise<GroupRow[]>;
  /** The audience by group. */
  countGroups(campaignId: string): Promise<CountedGroup[]>;
  /** The launch dates that people were told last; nobody who was told none. */
  countTold(campaignId: string): Promise<ToldPeople[]>;
  /** A person by address or sign-in name, with what became of each step; absent: there is nobody of that name. */
  findPerson(campaignId: string, address: string): Promise<KnownPerson | undefined>;
  /** Every version, oldest first. */
  versions(
    campaignId: string,
  ): Promise<Array<{ version: number; because: string; appliedAt: Date; launchDate: string }>>;
}
