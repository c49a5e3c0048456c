import type { MessageState } from '../../campaign/message.js';
import type { CountedStep } from '../../report/summarise-steps.js';

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
