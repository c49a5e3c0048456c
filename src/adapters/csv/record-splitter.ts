import { maxCellChars, splitQuoted } from './split-quoted.js';

/** A record as it stands in the file. `line` is the physical line where it begins. */
export interface SplitRecord {
  line: number;
  cells: string[];
  /** Why the record is no row. */
  fault?: string;
}

/** What a record may hold before it counts as broken; it is also the most that is kept in memory. */
const maxRecordChars = 4 * maxCellChars;
/** Of a record that is too long, so much is kept to show. */
const shownChars = 1_000;

/**
 * Cuts pushed text into records of `width` cells.
 *
 * After a broken record it goes on with the very next physical line: a quote that somebody forgot costs the line it
 * stands in, and never the good rows below it. (csv-parse either stops at such a quote or swallows the rows up to the
 * next one, which is why the records are cut here; the tests hold both against each other.)
 * Lines may end in CRLF, LF or CR. Rows without any text are not records. Empty cells beyond `width` are dropped.
 */
export class RecordSplitter {
  readonly #delimiter: string;
  readonly #width: number;
  #text = '';
  #at = 0;
  #line: number;
  #complete = false;
  #skipping = false;
  // The next LF and CR at or behind #at; Infinity where there is none. Looking for the rarer of the two anew for every
  // line would read each chunk hundreds of times.
  #lf = -1;
  #cr = -1;

  constructor(options: { delimiter: string; width: number; line: number }) {
    this.#delimiter = options.delimiter;
    this.#width = options.width;
    this.#line = options.line;
  }

  push(text: string): void {
    this.#text = this.#text.slice(this.#at) + text;
    this.#at = 0;
    this.#lf = -1;
    this.#cr = -1;
  }

  /** No text follows: what is left is the last record. */
  end(): void {
    this.#complete = true;
  }

  /** The next record, or `undefined` until more text is pushed. */
  take(): SplitRecord | undefined {
    for (;;) {
      if (this.#skipping && !this.#skipLine()) return undefined;
      if (this.#at >= this.#text.length) return undefined;
      const end = this.#findLineEnd();
      if (end === undefined && this.#text.length - this.#at <= maxRecordChars) return undefined;
      const record = end === undefined ? this.#giveUpLine() : this.#takeAt(end);
      if (record === undefined) return undefined;
      if (record.fault !== undefined || record.cells.some((cell) => cell.trim() !== '')) return record;
    }
  }

  #takeAt(end: number): SplitRecord | undefined {
    const text = this.#text.slice(this.#at, end);
    if (text.length > maxRecordChars) return this.#giveUpLine();
    const line = this.#line;
    if (!text.includes('"')) {
      this.#moveBehind(end);
      return this.#checkCells(line, text.split(this.#delimiter), text.length);
    }
    const record = splitQuoted(this.#text, this.#at, this.#delimiter, this.#complete, end);
    if (record === 'more') {
      if (this.#text.length - this.#at <= maxRecordChars) return undefined;
      return this.#rejectLine(end, 'the row is longer than 256 kB');
    }
    if ('fault' in record) return this.#rejectLine(end, record.fault);
    const checked = this.#checkCells(line, record.cells, record.end - this.#at);
    if (checked.fault !== undefined && record.breaks > 0) {
      return this.#rejectLine(
        end,
        `a quote opened here is closed ${record.breaks} lines further, and ${checked.fault}`,
      );
    }
    this.#moveBehind(record.end);
    this.#line += record.breaks;
    return checked;
  }

  #checkCells(line: number, cells: string[], chars: number): SplitRecord {
    while (cells.length > this.#width && cells.at(-1)?.trim() === '') cells.pop();
    if (cells.length !== this.#width && (cells.length > 1 || cells[0]?.trim() !== '')) {
      return { line, cells, fault: `the row has ${countCells(cells.length)}, the header has ${this.#width}` };
    }
    if (chars > maxCellChars && cells.some((cell) => cell.length > maxCellChars)) {
      return { line, cells: cells.map(shorten), fault: 'a cell holds more than 64 kB (it is cut off here)' };
    }
    return { line, cells };
  }

  /** Rejects the physical line at hand, whatever its quotes say, and goes on behind it. */
  #rejectLine(end: number, fault: string): SplitRecord {
    const line = this.#line;
    const cells = this.#text.slice(this.#at, end).split(this.#delimiter).map(shorten);
    this.#moveBehind(end);
    return { line, cells, fault };
  }

  #giveUpLine(): SplitRecord {
    this.#skipping = true;
    return {
      line: this.#line,
      cells: [shorten(this.#text.slice(this.#at, this.#at + maxRecordChars))],
      fault: 'the row is longer than 256 kB (it is cut off here)',
    };
  }

  /** Whether the end of the line to skip has been found. What was skipped is let go of. */
  #skipLine(): boolean {
    const end = this.#findLineEnd();
    if (end === undefined) {
      this.#at = this.#text.endsWith('\r') ? this.#text.length - 1 : this.#text.length;
      return false;
    }
    this.#moveBehind(end);
    this.#skipping = false;
    return true;
  }

  #moveBehind(end: number): void {
    this.#at = end + (this.#text[end] === '\r' && this.#text[end + 1] === '\n' ? 2 : 1);
    this.#line++;
  }

  /** Where the line at hand ends; `undefined` while that is not known. */
  #findLineEnd(): number | undefined {
    if (this.#lf < this.#at) this.#lf = findFrom(this.#text, '\n', this.#at);
    if (this.#cr < this.#at) this.#cr = findFrom(this.#text, '\r', this.#at);
    const end = Math.min(this.#lf, this.#cr);
    if (this.#complete) return Math.min(end, this.#text.length);
    // A CR that ends the text may be half of a CRLF.
    return end >= this.#text.length - 1 && this.#text[end] !== '\n' ? undefined : end;
  }
}

function findFrom(text: string, wanted: string, from: number): number {
  const found = text.indexOf(wanted, from);
  return found === -1 ? Number.POSITIVE_INFINITY : found;
}

function countCells(count: number): string {
  return count === 1 ? '1 cell' : `${count} cells`;
}

function shorten(text: string): string {
  return text.length > shownChars ? `${text.slice(0, shownChars)}…` : text;
}
