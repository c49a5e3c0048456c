import type { Campaign, Step } from './campaign.js';
import type { ConcernCode } from './rollout-field.js';
import type { StepKind } from './step-kind.js';

/**
 * Part of the audience for which every step has one instant. People are told apart by these four and nothing else, so
 * a plan is as long as its groups are many, and not as the audience is large.
 */
export interface Group {
  ring: string;
  /** 0, 1, 2 ...: the ring's first day, its second ... where `newPerDay` spreads it. */
  tranche: number;
  /** IANA name; empty: the campaign's. */
  zone: string;
  /** Whose holidays count, one of `calendar.holidays`; empty: the first of them. */
  place: string;
}

/** One text a group, for telling groups apart. */
export function nameGroup({ ring, tranche, zone, place }: Group): string {
  return `${ring}|${tranche}|${zone}|${place}`;
}

/** A group with the people in it, as an audience is counted. */
export interface CountedGroup extends Group {
  people: number;
  registered: number;
}

/** A step with its instant. Dates and times are wall time in `zone`; `sendAt` is the instant they name. */
export interface TimedStep {
  id: string;
  kind: StepKind;
  /** As written: `-14d`. */
  offset: string;
  /** `YYYY-MM-DD`. */
  localDate: string;
  /** `HH:MM`: as asked for, also where that hour does not exist on that day. */
  localTime: string;
  zone: string;
  sendAt: Date;
}

/** Instants between which a step may be sent; `until` is the first moment outside. */
export interface OpenSpan {
  from: Date;
  until: Date;
}

/** The dates that the mails of a group name, all `YYYY-MM-DD`. */
export interface GroupDates {
  /** The group's own launch. */
  launchDate: string;
  /** Until when the mails ask people to register. */
  registerBy: string;
  /** From when on registering is enforced. */
  enforcedFrom?: string;
}

/** The dates that one mail names, all `YYYY-MM-DD`. */
export interface StepDates extends GroupDates {
  /** The day on which it is sent. */
  localDate: string;
  /** launch-moved: the launch date that its reader was told before. */
  toldDate?: string;
}

/** One step of the plan for one group, with what its campaign says of it. */
export interface PlannedStep extends TimedStep, GroupDates {
  group: Group;
  /** Where a day off moved it: the day it would have gone, and why. */
  shiftedFrom?: string;
  shiftReason?: string;
  /** Why this group never gets it. */
  skippedBecause?: string;
  /** What is not sent by then has failed, or was left out. */
  expiresAt: Date;
  /** Where the step has sending windows: those until it expires, in order. */
  windows?: OpenSpan[];
  canary?: NonNullable<Step['canary']>;
  onUncertain?: NonNullable<Step['onUncertain']>;
}

/** Something that a person must accept, or change, before the plan is carried out. */
export interface Concern {
  code: ConcernCode;
  message: string;
  /** The ways out. */
  hint: string;
}

/** The campaign's steps with their instants: computed, never typed. In order of `sendAt`; a step comes once a group. */
export interface Plan {
  campaign: string;
  launch: Pick<Campaign['launch'], 'date' | 'time' | 'zone'>;
  /** `YYYY-MM-DD`: until when the mails ask people to register. */
  registerBy: string;
  steps: PlannedStep[];
  /** Sentences for a person: an hour that does not exist, two steps at one instant, ... */
  warnings: string[];
  concerns: Concern[];
}

/** Public holidays by place and date: `{ NL: { '2027-04-27': 'Koningsdag' } }`. */
export type Holidays = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** A day, or a run of days, on which the organisation itself is closed. */
export interface Closure {
  /** `YYYY-MM-DD`, both included. */
  from: string;
  to: string;
  name: string;
}
