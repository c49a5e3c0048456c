import { type FileHandle, open, stat } from 'node:fs/promises';
import { BadInput, type Problem, Unavailable } from '../../campaign/problem.js';
import { decodeFile } from './decode-file.js';
import { detectEncoding, type Encoding } from './detect-encoding.js';
import { type CsvHeader, readHeader } from './read-header.js';
import { RecordSplitter } from './record-splitter.js';
import { isRejectsHeader, restoreRow } from './write-rejects.js';

/** A row as it stands in the file. With a `problem` it cannot be used, and `cells` is as much of it as could be read. */
export interface CsvRow {
  /** Physical line where the row begins, 1-based. */
  line: number;
  /** As many as the header has, unless there is a problem. */
  cells: string[];
  problem?: Problem;
}

export interface CsvTable {
  /** As the person named it. */
  file: string;
  /** `utf-8`, `utf-16le`, `utf-16be` or `windows-1252`. */
  encoding: string;
  delimiter: string;
  /** Trimmed; no two non-empty names are alike, whatever their case. */
  header: string[];
  headerLine: number;
  /** A file of rejected rows that `writeRejects` wrote: it is never a whole list. */
  mended: boolean;
  /** Reads the file anew each time it is iterated, in constant memory. No piece is empty. */
  pieces: AsyncIterable<CsvRow[]>;
}

/** A header must lie within so many characters. */
const headChars = 262_144;

/**
 * Opens a CSV file as people have it: any of four encodings and four delimiters, found out from the file itself.
 *
 * Rows that hold nothing but empty cells are not rows. A file that `writeRejects` wrote and a person mended is read
 * as if its two columns about the rejection were not there.
 *
 * @throws BadInput where the file is missing, no file, empty, no text, has a header that cannot be used, or no rows.
 * @throws Unavailable where the disk does not let us read it.
 */
export async function openCsv(path: string): Promise<CsvTable> {
  const encoding = await findEncoding(path);
  const header = await findHeader(path, encoding);
  // One address alone is a list of one without a header; the readers of lists know what to do with it.
  const isList = header.cells.length === 1 && header.cells[0]?.includes('@');
  const pieces = { [Symbol.asyncIterator]: () => readPieces(path, encoding, header) };
  if (!isList && !(await hasRows(readPieces(path, encoding, header)))) {
    throw new BadInput([{ file: path, line: header.line, message: 'the file has a header and no rows' }]);
  }
  const mended = isRejectsHeader(header.cells);
  return {
    file: path,
    encoding,
    delimiter: header.delimiter,
    header: mended ? header.cells.slice(2) : header.cells,
    headerLine: header.line,
    mended,
    pieces,
  };
}

async function hasRows(pieces: AsyncIterable<CsvRow[]>): Promise<boolean> {
  // Leaving the loop closes the file, which asking for one piece alone does not.
  for await (const _ of pieces) return true;
  return false;
}

async function findEncoding(path: string): Promise<Encoding> {
  const refuse = (message: string): never => {
    throw new BadInput([{ file: path, message }]);
  };
  let file: FileHandle | undefined;
  try {
    const found = await stat(path);
    if (found.isDirectory()) refuse('this is a folder, not a CSV file');
    if (!found.isFile()) refuse('this is not an ordinary file: it is read more than once, so save it to disk first');
    file = await open(path);
    const content = await detectEncoding(file);
    if ('empty' in content) return refuse('the file is empty');
    if ('notText' in content) return refuse(content.notText);
    return content.encoding;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === undefined) throw error;
    if (code === 'ENOENT' || code === 'ENOTDIR') return refuse('there is no such file');
    if (code === 'EACCES' || code === 'EPERM') return refuse('this file may not be read: check its permissions');
    throw new Unavailable(`${path}: cannot be read (${code})`, { cause: error });
  } finally {
    await file?.close();
  }
}

async function findHeader(path: string, encoding: Encoding): Promise<CsvHeader> {
  let head = '';
  for await (const text of decodeFile(path, encoding)) {
    head += text;
    if (head.length > headChars) return readHeader(path, head, false);
  }
  return readHeader(path, head, true);
}

async function* readPieces(path: string, encoding: Encoding, header: CsvHeader): AsyncGenerator<CsvRow[], undefined> {
  const mended = isRejectsHeader(header.cells);
  const splitter = new RecordSplitter({
    delimiter: header.delimiter,
    width: header.cells.length,
    line: header.nextLine,
  });
  let headLeft = header.endChars;
  let damaged = false;
  const takeRows = (): CsvRow[] => {
    const rows: CsvRow[] = [];
    for (let record = splitter.take(); record !== undefined; record = splitter.take()) {
      const { line, fault } = record;
      const cells = mended ? restoreRow(record.cells) : record.cells;
      if (fault !== undefined) rows.push({ line, cells, problem: { file: path, line, message: fault } });
      else if (damaged && cells.some((cell) => cell.includes('\ufffd'))) {
        const message = `a character is damaged: it is not valid ${encoding.toUpperCase()}, and shows as "\ufffd"`;
        rows.push({ line, cells, problem: { file: path, line, message, hint: 'type it anew' } });
      } else rows.push({ line, cells });
    }
    return rows;
  };
  for await (const text of decodeFile(path, encoding)) {
    const skipped = Math.min(headLeft, text.length);
    headLeft -= skipped;
    // Looked for once a piece, since hardly any file holds one.
    damaged ||= text.includes('\ufffd');
    splitter.push(text.slice(skipped));
    const rows = takeRows();
    if (rows.length > 0) yield rows;
  }
  splitter.end();
  const last = takeRows();
  if (last.length > 0) yield last;
}
