import type { MessageState, UncertainPolicy } from '../../campaign/message.js';
import type { StepDates } from '../../campaign/plan.js';
import type { StepKind } from '../../campaign/step-kind.js';

/** A message that this worker holds under a lease. */
export interface ClaimedMessage {
  id: number;
  attempts: number;
  resends: number;
  recipient: {
    personKey: string;
    address: string;
    firstName?: string;
    displayName?: string;
    locale?: string;
    attributes: Readonly<Record<string, string>>;
  };
  /** Fixed at the first attempt, so that a repeat is identical. */
  messageId?: string;
  datedAt?: Date;
  /** Of a launch that has moved: the date this person was told. */
  toldDate?: string;
  /** Of a reconfirmation: since when the registration counts. */
  registeredAt?: Date;
}

export interface Claim {
  leaseId: number;
  claimedAt: Date;
  step: ClaimStep;
  messages: ClaimedMessage[];
  /** Rows that the claim suppressed instead of handing them out. */
  suppressed: number;
}

export interface ClaimOptions {
  now: Date;
  limit: number;
  leaseMs: number;
  worker: string;
  /** The newest lease that the caller has had; 0: none. A database that has not come that far was restored, and gives nothing. */
  newestLease: number;
}

export interface ClaimStep {
  key: number;
  stepId: string;
  kind: StepKind;
  campaignId: string;
  campaignVersion: number;
  onlyUnregistered: boolean;
  onUncertain: UncertainPolicy;
  /** Of the group whose messages these are: all of them have its dates. */
  groupKey: number;
  expiresAt: Date;
  isLimited: boolean;
  registrationsAsOf?: Date;
  /** The sender's name, and whether this claim is the one mail that tries a paused sender. */
  sender: string;
  probe: boolean;
}

/** About to be handed to the server: must be written down before the first byte leaves. */
export interface Mark {
  id: number;
  leaseId: number;
  /** Nothing of a step that is held meanwhile, or outside its window, is handed over; a probe passes a paused sender. */
  groupKey: number;
  probe: boolean;
  /** The launch date that the mail names. */
  toldDate: string;
  /** Its campaign limits what one person gets: that is looked at once more. */
  isLimited: boolean;
  messageId: string;
  datedAt: Date;
  /** Now; for a repeat `datedAt` is the first attempt's. */
  markedAt: Date;
  /** Check the registration once more: the step is only for people who have not registered. */
  onlyUnregistered: boolean;
}

/** What became of a message that this worker held. */
export interface Verdict {
  id: number;
  leaseId: number;
  state: Extract<MessageState, 'sent' | 'failed' | 'uncertain' | 'waiting'>;
  /** Not before this instant again; only for `waiting`. */
  dueAt?: Date;
  /** False where the attempt was not the recipient's fault and does not count. */
  countAttempt: boolean;
  /** True where the message goes out a second time although the first may have arrived. */
  countResend: boolean;
  reason?: string;
  /** The server's words, without addresses. */
  reply?: string;
  settledAt: Date;
}

export interface MarkAnswer {
  id: number;
  /**
   * `sending`: hand it over. `suppressed`: the person has registered meanwhile; `uncertain`: the same, of a repeat.
   * Absent ids: no lease, or a hold.
   */
  state: 'sending' | 'suppressed' | 'uncertain';
  messageId: string;
  datedAt: Date;
}

/** A step was opened for some of its groups. */
export interface OpenedStep {
  key: number;
  campaignId: string;
  stepId: string;
  groups: number;
  audience: number;
  suppressed: number;
}

/** Somebody whose registration must be confirmed again. */
export interface Reconfirmable {
  campaignId: string;
  stepId: string;
  stepKey: number;
  groupKey: number;
  recipientId: number;
  registeredAt: Date;
  /** At which wall time they are told, and where. */
  time: string;
  zone: string;
  place: string;
}

export interface DueReconfirmation extends Pick<Reconfirmable, 'stepKey' | 'groupKey' | 'recipientId'> {
  dueAt: Date;
}

/** People who joined when a step had gone out, by what became of it for them. */
export interface LateJoiners {
  campaignId: string;
  stepId: string;
  /** They get it all the same: it is the latest. */
  admitted: number;
  suppressed: number;
}

/** What a step's canary, or its failures since then, say. */
export interface CanaryVerdict {
  campaignId: string;
  stepId: string;
  /** `passed`: everybody else has a message now. `paused`: too many failed. */
  verdict: 'passed' | 'paused';
  messages: number;
  failed: number;
  /** Messages that were made for everybody else. */
  rest?: number;
}

/** The limits of a sender, over all workers, machines and restarts. Absent: none. */
export interface Pace {
  sender: string;
  /** Mails in any 60 s. */
  perMinute?: number;
  /** Mails in any 24 h. */
  perDay?: number;
  /** Mails under way at once, and so connections. */
  connections?: number;
}

export interface MessageLedger {
  /** Create the message rows of every step whose instant has come. Safe to call from many schedulers at once. */
  openDueSteps(now: Date): Promise<OpenedStep[]>;
  /** Let the steps go on whose canary did well, and pause those where too much fails. */
  judgeCanaries(now: Date): Promise<CanaryVerdict[]>;
  /** Settle the steps that are past for people who joined the audience late. */
  admitLateJoiners(now: Date): Promise<LateJoiners[]>;
  /** People whose registration must be confirmed again around `now`, and who have no message of it yet. */
  listReconfirmable(now: Date, limit: number): Promise<Reconfirmable[]>;
  /** Their messages, each due at an instant of its own. Returns how many are new. */
  createReconfirmations(due: readonly DueReconfirmation[], now: Date): Promise<number>;
  /** The dates that the mails of a group name. */
  datesOf(groupKey: number): Promise<StepDates>;
  /** Steps that have waiting messages which are due, with how many (counted up to `upTo`). */
  dueSteps(now: Date, upTo: number): Promise<Array<{ key: number; campaignId: string; stepId: string; due: number }>>;
  /** Lease up to `limit` due messages of a step; nothing where it is held, or where there are none. */
  claim(stepKey: number, options: ClaimOptions): Promise<Claim | undefined>;
  /** Marks and verdicts in one transaction; both are fenced by their lease. Returns the marks that hold. */
  exchange(marks: Mark[], verdicts: Verdict[], pace?: Pace): Promise<MarkAnswer[]>;
  /** The name of the sender that a step goes through. */
  senderOf(stepKey: number): Promise<string>;
  /** How many mails the limits of a sender leave room for now. */
  countRoom(pace: Pace, now: Date): Promise<number>;
  /** Returns the leases that are still ours. */
  extendLeases(leaseIds: number[], leaseMs: number): Promise<number[]>;
  /** Give up a lease: what was only claimed goes back to waiting, what was being handed over becomes uncertain. */
  endLease(leaseId: number, now: Date): Promise<void>;
  /** The same for every lease that ran out. */
  recoverLeases(now: Date): Promise<{ returned: number; uncertain: number }>;
  /** Messages that wait in vain: their step has expired (failed), or was cancelled while a worker held them. */
  closeWaiting(now: Date): Promise<{ expired: number; cancelled: number }>;
  /** The earliest instant after `now` at which something will be due. */
  nextDue(now: Date): Promise<Date | undefined>;
  /** Messages that are due, claimed or being sent. */
  countUnsettled(now: Date): Promise<number>;
}
