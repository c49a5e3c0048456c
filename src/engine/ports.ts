import type { Campaign, StepKind } from '../campaign/campaign.js';
import type { MessageState, UncertainPolicy } from '../campaign/message.js';
import type { Plan, PlannedStep } from '../campaign/plan.js';
import type { LeftOutReason, Recipient, Registration } from '../campaign/recipient.js';
import type { MailContent } from '../render/mail-content.js';
import type { CountedStep } from '../report/summarise-steps.js';
import type { SmtpAnswer } from '../send/smtp-answer.js';

/**
 * What the engine needs of the world. Adapters fulfil these; the engine knows no other names of theirs.
 * Every instant that decides something is handed in as `now`; only leases run on the database's own clock,
 * because they are about processes that live or die, also while a simulated clock runs ahead.
 */

/** The one clock. In production it is the database's, so that a machine with a wrong clock sends nothing early. */
export interface Clock {
  now(): Promise<Date>;
}

// ---------------------------------------------------------------- campaigns

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
export interface StepRow extends PlannedStep {
  key: number;
  campaignId: string;
  /** A message that is not sent by then has failed: a reminder that is a day late is not sent. */
  expiresAt: Date;
  openedAt?: Date;
  cancelledAt?: Date;
  skippedBecause?: string;
  /** Why its messages do not go out although they are due. */
  heldBecause?: string;
}

export interface StepSettings extends PlannedStep {
  onlyUnregistered: boolean;
  onUncertain: UncertainPolicy;
  expiresAt: Date;
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

// ---------------------------------------------------------------- audience

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
    options: { mode: ImportMode; consent: Consent<RecipientImport> },
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

// ---------------------------------------------------------------- messages

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
}

export interface Claim {
  leaseId: number;
  step: ClaimStep;
  messages: ClaimedMessage[];
  /** Rows that the claim suppressed instead of handing them out. */
  suppressed: number;
}

export interface ClaimStep {
  key: number;
  stepId: string;
  kind: StepKind;
  campaignId: string;
  campaignVersion: number;
  onlyUnregistered: boolean;
  onUncertain: UncertainPolicy;
  expiresAt: Date;
  registrationsAsOf?: Date;
  /** The sender's name, and whether this claim is the one mail that tries a paused sender. */
  sender: string;
  probe: boolean;
}

/** About to be handed to the server: must be written down before the first byte leaves. */
export interface Mark {
  id: number;
  leaseId: number;
  /** Nothing of a step that is held meanwhile is handed over; a probe passes a paused sender. */
  stepKey: number;
  probe: boolean;
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
  /** `sending`: hand it over. `suppressed`: the person has registered meanwhile. Absent ids: no lease, or a hold. */
  state: 'sending' | 'suppressed';
  messageId: string;
  datedAt: Date;
}

export interface OpenedStep {
  key: number;
  campaignId: string;
  stepId: string;
  audience: number;
  suppressed: number;
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
  /** Steps that have waiting messages which are due, with how many (counted up to `upTo`). */
  dueSteps(now: Date, upTo: number): Promise<Array<{ key: number; campaignId: string; stepId: string; due: number }>>;
  /** Lease up to `limit` due messages of a step; nothing where it is held, or where there are none. */
  claim(
    stepKey: number,
    options: { now: Date; limit: number; leaseMs: number; worker: string },
  ): Promise<Claim | undefined>;
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

/** What a person stops: a campaign, one of its steps, or a sender by its profile's name (`SMTP_URL` for the default). */
export type StopTarget = { campaign: string; step?: string | undefined } | { sender: string };

/** Which uncertain or failed messages of a campaign are meant. */
export interface MessageChoice {
  campaign: string;
  step?: string | undefined;
  reason?: string | undefined;
  address?: string | undefined;
}

export interface StoppedMessage {
  id: number;
  step: string;
  address: string;
  reason: string;
  reply: string;
  settledAt?: Date;
  attempts: number;
}

export interface ControlStore {
  /** False where nothing changed: it is paused already for that reason, or does not exist. */
  pause(target: StopTarget, because: string, now: Date, probeAt?: Date): Promise<boolean>;
  resume(target: StopTarget): Promise<boolean>;
  /** For good: what has not been handed over never will be. */
  cancel(
    target: { campaign: string; step?: string | undefined },
    now: Date,
  ): Promise<{ steps: number; messages: number }>;
  /** Let a step go whose time passed while nothing was running. */
  release(target: { campaign: string; step: string }, now: Date): Promise<boolean>;
  listStopped(state: 'uncertain' | 'failed', choice: MessageChoice, limit: number): Promise<StoppedMessage[]>;
  countStopped(state: 'uncertain' | 'failed', choice: MessageChoice): Promise<number>;
  sendAgain(state: 'uncertain' | 'failed', choice: MessageChoice, now: Date): Promise<number>;
  dismissUncertain(choice: MessageChoice, now: Date): Promise<number>;
  /** Senders of campaigns that still have something to send. */
  sendersInUse(): Promise<string[]>;
}

/** What part of the engine a process runs. */
export type EngineRole = 'scheduler' | 'worker';

/** Who runs the engine, for people to see: nothing rests on it. */
export interface PresenceStore {
  /** Say that this process is there; to be repeated every few seconds. */
  sayHere(id: string, roles: EngineRole[]): Promise<void>;
  sayGoodbye(id: string): Promise<void>;
  /** How many processes have said so within the last half minute, by role. */
  countHere(): Promise<Record<EngineRole, number>>;
}

export interface ReportStore {
  counts(campaignId: string): Promise<CountedStep[]>;
  /** One row a message, in the order of steps and people, streamed. */
  messages(campaignId: string): AsyncIterable<MessageReportRow>;
}

export interface MessageReportRow {
  step: string;
  sendAt: Date;
  address: string;
  displayName: string;
  state: MessageState;
  reason: string;
  attempts: number;
  settledAt?: Date;
  messageId: string;
  reply: string;
}

// ---------------------------------------------------------------- the world outside

/** A job is a doorbell: it names a step and carries nothing else. Losing or doubling one is harmless. */
export interface Doorbell {
  ring(stepKey: number, times: number): Promise<void>;
  /** Rings that nobody has answered yet. */
  pending(): Promise<number>;
  /** Answer rings until closed. `answer` is told which step rang. */
  listen(answer: (stepKey: number) => Promise<void>, concurrency: number): Listener;
  close(): Promise<void>;
}

export interface Listener {
  /** No further rings are taken; resolves when those being answered are done. */
  stop(): Promise<void>;
}

export interface OutgoingMail {
  /** The one recipient; asserted to be the envelope. */
  to: string;
  from: string;
  /** The whole message: ASCII, CRLF line ends. */
  raw: string;
}

export interface Transport {
  /** Never rejects for what a server or a network does: that is the answer. */
  send(mail: OutgoingMail): Promise<SmtpAnswer>;
  /** Connects and signs in once, to learn early that it works. */
  verify(): Promise<SmtpAnswer>;
  /** How many mails may usefully be under way at once, in this process. */
  readonly inFlight: number;
  /** What the sender allows; absent where it sets no limits. */
  readonly limits?: Omit<Pace, 'sender'>;
  close(): Promise<void>;
}

/** The name of the sender of campaigns that name none; also in `0002_control.sql`. */
export const defaultSender = 'SMTP_URL';

/** The senders of this installation, by the name a campaign gives them. */
export interface Senders {
  /**
   * The transport of a sender profile, or of SMTP_URL where `profile` is absent. Kept open.
   * @throws BadInput where it is not configured
   */
  find(profile: string | undefined): Promise<Transport>;
  close(): Promise<void>;
}

/** Where the engine tells what it does. Never an address, a name or a secret. */
export interface Log {
  info(event: string, facts?: Record<string, unknown>): void;
  warn(event: string, facts?: Record<string, unknown>): void;
  error(event: string, facts?: Record<string, unknown>): void;
}
