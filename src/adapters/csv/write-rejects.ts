import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { BadInput, type Problem, Unavailable } from '../../campaign/problem.js';
import { formatCsvRow } from './format-csv-row.js';

/** A row that was not imported, with its cells as they stood in the file. */
export interface RejectedRow {
  line: number;
  cells: readonly string[];
  reject: Problem;
}

/** They stand first, so that a row with a cell too many or too few is written as it was. */
const rejectColumns = ['rejected at line', 'rejected because'] as const;

/**
 * Writes rejected rows as a CSV that a person can mend in Excel and import: line, reason, then the original columns.
 * `openCsv` takes the first two columns off again. UTF-8 with a byte order mark, without which Excel guesses wrong.
 *
 * Cells are guarded against spreadsheets, see `formatCsvRow`; `openCsv` takes the guard off again.
 *
 * @param delimiter that of the original file: the Excel which wrote it opens it in columns.
 * @throws BadInput where the folder is missing or closed to us; Unavailable where the disk fails.
 */
export async function writeRejects(
  path: string,
  header: readonly string[],
  rejects: Iterable<RejectedRow> | AsyncIterable<RejectedRow>,
  delimiter = ',',
): Promise<void> {
  async function* writeRows(): AsyncGenerator<string> {
    yield `\ufeff${formatCsvRow([...rejectColumns, ...header], delimiter)}\r\n`;
    for await (const { line, cells, reject } of rejects) {
      const { field, message, hint } = reject;
      const reason = [field, hint === undefined ? message : `${message} (${hint})`].filter(Boolean).join(': ');
      yield `${formatCsvRow([String(line), reason, ...cells], delimiter)}\r\n`;
    }
  }
  try {
    await pipeline(Readable.from(writeRows()), createWriteStream(path));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === undefined) throw error;
    if (code === 'ENOENT' || code === 'ENOTDIR')
      throw new BadInput([{ file: path, message: 'there is no such folder' }]);
    if (code === 'EISDIR') throw new BadInput([{ file: path, message: 'this is a folder' }]);
    if (code === 'EACCES') throw new BadInput([{ file: path, message: 'this file may not be written' }]);
    throw new Unavailable(`${path}: cannot be written (${code})`, { cause: error });
  }
}

/** Whether a header is that of a file which `writeRejects` wrote. */
export function isRejectsHeader(header: readonly string[]): boolean {
  return header.length > rejectColumns.length && rejectColumns.every((name, index) => header[index] === name);
}

/** The original row: without the two columns, and without the apostrophes that guarded its cells. */
export function restoreRow(cells: readonly string[]): string[] {
  return cells.slice(rejectColumns.length).map((cell) => (/^'+[=+\-@\t\r]/.test(cell) ? cell.slice(1) : cell));
}
