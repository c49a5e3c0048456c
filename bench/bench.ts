/** What a person can set for a run. */
export interface BenchOptions {
  /** Mails of one run of a sending bench. */
  messages: number;
  /** People of one run of a database bench. */
  rows: number;
  /** Every contender runs this often, in alternating order. */
  pairs: number;
  connections: number;
  /** Mails of one worker under way at once, those waiting for a connection included. */
  inFlight: number;
  /** Where CPU profiles of the engine's workers are written; absent: none are taken. */
  profileDir?: string;
}

/** One run of one contender. */
export interface Measurement {
  /** In the bench's unit. */
  value: number;
  /** CPU time an item, user and system, in milliseconds. */
  cpuMs?: number;
  /** The same with the database and the queue. */
  cpuWithServersMs?: number;
  /** Most memory a process of it held. */
  peakRssMb?: number;
}

export interface Contender {
  name: string;
  run(): Promise<Measurement>;
}

/** A comparison: the first contender against each other one. */
export interface Comparison {
  title: string;
  /** `messages/s`, `s`, `ms`: what `value` is. */
  unit: string;
  /** What the figures rest on: sizes, connections, counts. */
  facts: string[];
  contenders: Contender[];
}

export interface Bench {
  name: string;
  describes: string;
  /** Prepares the comparison, has it run, and returns what came out. */
  run(options: BenchOptions, compare: (comparison: Comparison) => Promise<void>): Promise<void>;
}
