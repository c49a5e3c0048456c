import type { Step, StepKind } from './campaign.js';

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

/** One step of the plan, with what its campaign says of it. */
export interface PlannedStep extends TimedStep {
  /** As written: the people who get it first. */
  canary?: NonNullable<Step['canary']>;
  onUncertain?: NonNullable<Step['onUncertain']>;
  /** As written: `24h`. */
  expiresAfter?: string;
}

/** The campaign's steps with their instants: computed, never typed. In order of `sendAt`. */
export interface Plan {
  campaign: string;
  launch: { date: string; time: string; zone: string };
  /** `YYYY-MM-DD`: until when the mails ask people to register. */
  registerBy: string;
  steps: PlannedStep[];
  /** Sentences for a person: an hour that does not exist, two steps at one instant, ... */
  warnings: string[];
}
