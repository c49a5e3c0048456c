/** Why a person of the list is not in the audience at all. */
export const leftOutReasons = ['disabled', 'guest', 'no-address', 'not-in-list'] as const;
export type LeftOutReason = (typeof leftOutReasons)[number];

/** A person of the audience, as read from a list. Every text is one line without control characters. */
export interface Recipient {
  /** What two rows about the same person have in common: see `audience/person-key.ts`. */
  personKey: string;
  /** The mailbox as RCPT TO gets it, domain in A-labels; absent only where `leftOut` is `no-address`. */
  address?: string;
  /** Entra object id, lower case. */
  objectId?: string;
  /** Sign-in name, lower case; often not the mail address. */
  userPrincipalName?: string;
  displayName?: string;
  /** Empty where it is not known: greetings then go without a name. */
  firstName?: string;
  /** Language tag (BCP 47), already resolved: own column, else the country's, else absent (the campaign's applies). */
  locale?: string;
  leftOut?: LeftOutReason;
  /** Absent: of a campaign without rings and zones, in the one group that there is. */
  placement?: Placement;
  /** Every further column of the list, by its header as it was written; for templates. */
  attributes: Readonly<Record<string, string>>;
}

/** A person's place in the rollout: with these the plan knows when anything goes to them. */
export interface Placement {
  ring: string;
  /** IANA name; empty: the campaign's. */
  zone: string;
  /** One of `calendar.holidays`; empty: the first. */
  place: string;
  /** 0 to 2^31 - 1: whose turn it is where only so many people launch on one day. 0 where that plays no role. */
  lot: number;
}

/** What a registrations file says of one person. At least one of the three identities is there. */
export interface Registration {
  objectId?: string;
  userPrincipalName?: string;
  /** Comparable form of the address: see `audience/address.ts`. */
  addressKey?: string;
  /** False where the newest data says that the person has not reached the goal. */
  registered: boolean;
  /** When the person registered, where the file says so. */
  registeredAt?: Date;
  /** Line of the file, for messages about this row. */
  line: number;
}
