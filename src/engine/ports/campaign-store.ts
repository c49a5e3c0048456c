import type { Campaign } from '../../campaign/campaign.js';
import type { UncertainPolicy } from '../../campaign/message.js';
import type { Plan, TimedStep } from '../../campaign/plan.js';
import type { MailContent } from '../../render/mail-content.js';

export interface AppliedCampaign {
  definition: Campaign;
  plan: Plan;
  content: MailContent;
  /** Grows by one with every apply. */
  version: number;
  /** When the newest registration data was true; absent before the first import. */
  registrationsAsOf?: Date;
}

/** A step as the engine knows it: planned, then opened (its message rows exist), or skipped. */
export interface StepRow extends TimedStep {
  key: number;
  campaignId: string;
  /** A message that is not sent by then has failed: a reminder that is a day late is not sent. */
  expiresAt: Date;
  openedAt?: Date;
  /** While only its canary has messages: when the others follow, at the earliest. */
  canaryUntil?: Date;
  cancelledAt?: Date;
  skippedBecause?: string;
  /** Why its messages do not go out although they are due. */
  heldBecause?: string;
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

export interface StepSettings extends TimedStep {
  onlyUnregistered: boolean;
  onUncertain: UncertainPolicy;
  expiresAt: Date;
  /** Absent: everybody at once. */
  canary?: Canary;
  skippedBecause?: string;
}

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
    steps: StepSettings[];
    expectedVersion: number;
    now: Date;
  }): Promise<boolean>;
  steps(campaignId: string): Promise<StepRow[]>;
}
