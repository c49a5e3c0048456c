import type { Problem } from '../campaign/problem.js';

/** A list as its reader hands it over: a header, and rows that come some at a time. */
export interface Table {
  /** As the person named it; it stands in every problem. */
  file: string;
  header: readonly string[];
  /** 1-based. */
  headerLine: number;
  /** In pieces: waiting for each row of a million costs more than reading it. */
  pieces: AsyncIterable<Iterable<TableRow>>;
}

/** With a `problem` the row could not be read, and its cells may be more or fewer than the header's. */
export interface TableRow {
  /** 1-based line where the row begins. */
  line: number;
  cells: string[];
  problem?: Problem;
}

/** A row that cannot be used, with what it held, so that a person can mend it. */
export interface RejectedRow {
  line: number;
  cells: string[];
  reject: Problem;
}
