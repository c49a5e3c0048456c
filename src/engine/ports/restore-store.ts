/** How far a database has come: the newest lease whose claim it has committed. It only grows, so a smaller one is an older database. */
export interface Position {
  /** Tells installations apart; no secret. */
  installation: string;
  lease: number;
}

/** What somebody remembers of a database, outside it. */
export interface Remembered {
  lease: number;
  /** When that lease was given out: mails went out until about then. */
  at: Date;
}

/** Remembers how far a database has come, in a place that is not restored along with it. */
export interface Witness {
  recall(installation: string): Promise<Remembered | undefined>;
  remember(installation: string, remembered: Remembered): Promise<void>;
  close(): Promise<void>;
}

/** A database that was restored from a backup, and knows nothing of what was sent since. */
export interface RestoredDatabase {
  /** Mails went out until then. */
  until: Date;
  /** Messages that are due by then and unsent, if one believes the database. */
  messages: number;
}

export interface RestoreStore {
  position(): Promise<Position>;
  /** Nothing is sent any more until a person decides. False where that is so already. */
  hold(remembered: Remembered): Promise<boolean>;
  find(): Promise<RestoredDatabase | undefined>;
  /** What was due by then becomes uncertain, with the reason `restored`; the rest goes on. Returns how many. */
  park(now: Date): Promise<number>;
  /** The database is right: go on as it says. */
  accept(): Promise<void>;
}
