import type { SmtpAnswer } from '../../send/smtp-answer.js';
import type { Pace } from './message-ledger.js';

export interface OutgoingMail {
  /** The one recipient; asserted to be the envelope. */
  to: string;
  from: string;
  /** The whole message: ASCII, CRLF line ends. */
  raw: string;
}

export interface Transport {
  /**
   * Never rejects for what a server or a network does: that is the answer. `mayBegin` is asked once a connection is
   * there; where it says no, nothing is offered and there is no answer.
   */
  send(mail: OutgoingMail): Promise<SmtpAnswer>;
  send(mail: OutgoingMail, mayBegin: () => boolean): Promise<SmtpAnswer | undefined>;
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
