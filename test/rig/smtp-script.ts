/** What the server saw of one mail that it accepted: the judge of every delivery test. */
export interface AcceptedMail {
  from: string;
  to: string[];
  /** The message after dot-unstuffing, CRLF. */
  raw: string;
  /** By this machine's clock. */
  takenAt: number;
}

/** A mail as it stands when the script is asked what to do. */
export interface Offer {
  to: string;
  /** 1 for the first mail offered to this address. */
  attempt: number;
  /** 1 for the first mail offered to this server. */
  number: number;
  /** 1 for the first mail offered on its connection. */
  ofConnection: number;
}

/** Answer lines, or what to do instead of answering. */
export type Reaction = string | 'drop' | 'hang';

/** Reactions by stage; absent ones are friendly. `dot` with "drop-accepted" takes the mail and then breaks the line. */
export interface SmtpScript {
  banner?: () => Reaction;
  ehlo?: () => Reaction;
  auth?: (line: string) => Reaction;
  mail?: () => Reaction;
  rcpt?: (offer: Offer) => Reaction;
  data?: (offer: Offer) => Reaction;
  dot?: (offer: Offer) => Reaction | 'drop-accepted';
  rset?: () => Reaction;
  quit?: () => Reaction;
  /** The first bytes of the message have come: break the line before its end, or say these last words and close. */
  body?: (offer: Offer) => Reaction | undefined;
  /** Whether the mail is kept, where the answer to the final dot does not tell. */
  keeps?: (offer: Offer) => boolean;
  /** The final dot is answered: close the connection. */
  afterDot?: (offer: Offer) => 'close' | undefined;
  /** Answer 354 although no recipient was accepted: RFC 2920 clients must cope with it. */
  takesDataForNobody?: boolean;
  /** Send every byte of every answer on its own. */
  byteByByte?: boolean;
  /** Wait this long before the answer to the final dot. */
  dotDelayMs?: number;
}

/** What all conversations of one server share. */
export interface Ledger {
  accepted: AcceptedMail[];
  /** Mails offered to each address. */
  attempts: Map<string, number>;
  offers: number;
  heard: string[];
}
