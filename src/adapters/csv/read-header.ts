import { BadInput } from '../../campaign/problem.js';
import { splitQuoted } from './split-quoted.js';

/** How the rows of a file are to be read. */
export interface CsvHeader {
  delimiter: string;
  cells: string[];
  /** Physical line of the header, 1-based. */
  line: number;
  /** Where the rows begin, in characters from the start of the text. */
  endChars: number;
  /** Physical line at `endChars`. */
  nextLine: number;
}

const delimiters = [',', ';', '\t', '|'] as const;
/** So many rows are looked at where the header alone leaves the delimiter open. */
const sampleRows = 10;

/**
 * Finds the header in the first part of a file: the first line that is not empty, not PowerShell's `#TYPE` and not
 * Excel's `sep=;`. Cells are trimmed and on one line; empty cells at its end are dropped.
 *
 * The delimiter is the one `sep=` names; else the one that cuts header and first rows into the same number of cells
 * most often; else the one that cuts the header into most cells; else the comma.
 */
export function readHeader(file: string, head: string, complete: boolean): CsvHeader {
  let at = 0;
  let line = 1;
  let delimiter: string | undefined;
  for (;;) {
    const lineEnd = /\r\n|\r|\n/g;
    lineEnd.lastIndex = at;
    const end = lineEnd.exec(head);
    const text = head.slice(at, end?.index ?? head.length).trim();
    const separator = /^"?sep=(.)"?$/i.exec(text)?.[1] ?? (/^"?sep="?$/i.test(text) ? '\t' : undefined);
    delimiter = separator ?? delimiter;
    if (text !== '' && separator === undefined && !(line === 1 && /^"?#TYPE\b/i.test(text))) break;
    if (!end) throw new BadInput([{ file, message: 'the file is empty', hint: 'it needs a header and rows' }]);
    at = lineEnd.lastIndex;
    line++;
  }
  delimiter ??= detectDelimiter(head.slice(at), complete);
  const record = splitQuoted(head, at, delimiter, complete);
  if (record === 'more' || 'fault' in record) {
    const why = record === 'more' ? 'the header is longer than 256 kB' : `the header cannot be read: ${record.fault}`;
    throw new BadInput([{ file, line, message: why }]);
  }
  const cells = record.cells.map((cell) => cell.replace(/[\s\p{Cc}\p{Cf}]+/gu, ' ').trim());
  while (cells.length > 1 && cells.at(-1) === '') cells.pop();
  refuseDuplicates(file, line, cells);
  const endChars = record.end + (head.startsWith('\r\n', record.end) ? 2 : 1);
  return { delimiter, cells, line, endChars, nextLine: line + record.breaks + 1 };
}

function detectDelimiter(head: string, complete: boolean): string {
  const rows = head.split(/\r\n|\r|\n/, sampleRows + 1).filter((row) => row.trim() !== '');
  let best: { delimiter: string; alike: number; cells: number } = { delimiter: ',', alike: -1, cells: 1 };
  for (const delimiter of delimiters) {
    const cells = countCells(head, delimiter, complete);
    if (cells < 2) continue;
    const alike = rows.slice(1).filter((row) => countCells(row, delimiter, true) === cells).length;
    if (alike > best.alike || (alike === best.alike && cells > best.cells)) best = { delimiter, alike, cells };
  }
  return best.delimiter;
}

function countCells(text: string, delimiter: string, complete: boolean): number {
  const record = splitQuoted(text, 0, delimiter, complete);
  return typeof record === 'object' && 'cells' in record ? record.cells.length : 0;
}

function refuseDuplicates(file: string, line: number, cells: string[]): void {
  const columnsByName = new Map<string, number[]>();
  for (const [index, cell] of cells.entries()) {
    if (cell === '') continue;
    const name = cell.toLowerCase();
    columnsByName.set(name, [...(columnsByName.get(name) ?? []), index + 1]);
  }
  const problems = [...columnsByName.values()]
    .filter((columns) => columns.length > 1)
    .map((columns) => ({
      file,
      line,
      message: `columns ${columns.join(' and ')} are both called "${cells[(columns[0] ?? 1) - 1]}"`,
      hint: 'rename or remove one',
    }));
  if (problems.length > 0) throw new BadInput(problems);
}
