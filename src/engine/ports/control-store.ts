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

export interface SuppressedAddress {
  address: string;
  reason: string;
  reply: string;
  since: Date;
}

export interface ControlStore {
  /** False where nothing changed: it is paused already for that reason, or does not exist. */
  pause(target: StopTarget, because: string, now: Date, probeAt?: Date): Promise<boolean>;
  /** `byProbe`: only what is tried again by itself; a person's pause stays. */
  resume(target: StopTarget, byProbe?: 'by probe'): Promise<boolean>;
  /** For good: what has not been handed over never will be. */
  cancel(
    target: { campaign: string; step?: string | undefined },
    now: Date,
  ): Promise<{ steps: number; messages: number }>;
  /** Let a step go whose time passed while nothing was running, or whose others wait for its canary. */
  release(target: { campaign: string; step: string }, now: Date): Promise<boolean>;
  listStopped(state: 'uncertain' | 'failed', choice: MessageChoice, limit: number): Promise<StoppedMessage[]>;
  countStopped(state: 'uncertain' | 'failed', choice: MessageChoice): Promise<number>;
  sendAgain(state: 'uncertain' | 'failed', choice: MessageChoice, now: Date): Promise<number>;
  dismissUncertain(choice: MessageChoice, now: Date): Promise<number>;
  /** Mailboxes that do not exist, newest first: no campaign writes to them. */
  listSuppressed(limit: number): Promise<SuppressedAddress[]>;
  countSuppressed(): Promise<number>;
  /** Campaigns may write there again. False where it was not suppressed. */
  liftSuppressed(addressKey: string): Promise<boolean>;
  /** Senders of campaigns that still have something to send. */
  sendersInUse(): Promise<string[]>;
}
