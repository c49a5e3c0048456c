/** A cell may hold this many characters: 64 K. */
export const maxCellChars = 65_536;

/** The cells of one record that holds quotes, why it cannot be read, or that more of the text is needed. */
export type QuotedRecord = { cells: string[]; end: number; breaks: number } | { fault: string } | 'more';

/**
 * Splits the record that begins at `from`, after RFC 4180: a cell that begins with a quote ends with one, and two
 * quotes inside are one. A quote elsewhere in an unquoted cell is an ordinary character, as Excel reads it.
 *
 * `end` is where the record's line break (or the end of the text) stands; `breaks` counts line breaks inside cells.
 * `complete` says that no text will follow; `lineEnd` is the first line break (or the end of the text), where that is
 * known.
 */
export function splitQuoted(
  text: string,
  from: number,
  delimiter: string,
  complete: boolean,
  lineEnd = findLineEnd(text, from),
): QuotedRecord {
  const cells: string[] = [];
  let at = from;
  let stop = lineEnd;
  let breaks = 0;
  let strayQuote = false;
  for (;;) {
    if (text[at] === '"') {
      const close = findClosingQuote(text, at);
      const trouble = judgeClosingQuote({ text, open: at, close, stop, delimiter, strayQuote, complete });
      if (trouble !== undefined) return trouble;
      const inner = text.slice(at + 1, close);
      if (close > stop) {
        breaks += countLineBreaks(inner);
        stop = findLineEnd(text, close + 1);
      }
      cells.push(inner.includes('""') ? inner.replaceAll('""', '"') : inner);
      at = close + 1;
    } else {
      const next = text.indexOf(delimiter, at);
      const end = next === -1 || next > stop ? stop : next;
      const cell = text.slice(at, end);
      strayQuote ||= cell.includes('"');
      cells.push(cell);
      at = end;
    }
    if (at >= stop) break;
    at++;
  }
  return complete || isLineEnd(text, stop) ? { cells, end: stop, breaks } : 'more';
}

/** Why the cell that a quote opens cannot be taken (yet); `close` is -1 where no quote closes it. */
function judgeClosingQuote(quoted: {
  text: string;
  open: number;
  close: number;
  stop: number;
  delimiter: string;
  strayQuote: boolean;
  complete: boolean;
}): { fault: string } | 'more' | undefined {
  const { text, open, close, stop, delimiter, strayQuote, complete } = quoted;
  // Nearly every cell: closed in its own line, and followed by another one.
  if (close !== -1 && close < stop && close - open <= maxCellChars && text[close + 1] === delimiter) return undefined;
  if (close === -1 && complete) return { fault: 'a quote is opened and never closed' };
  if ((close === -1 ? text.length : close) - open > maxCellChars + 2) {
    return { fault: 'a quote is opened and not closed within 64 kB' };
  }
  // With a stray quote before it, this one is most likely stray too: looking further would swallow good rows.
  if (strayQuote && (close === -1 || close > stop)) return { fault: 'the quotes in this row do not match' };
  if (close === -1 || (close === text.length - 1 && !complete)) return 'more';
  const after = text[close + 1];
  if (after === undefined || after === delimiter || after === '\n' || after === '\r') return undefined;
  return { fault: 'text follows directly after a closing quote' };
}

/** Whether a line break stands there in full: a CR that ends the text may be half of a CRLF. */
function isLineEnd(text: string, at: number): boolean {
  return at < text.length && (text[at] === '\n' || at < text.length - 1);
}

/** Index of the first CR or LF, or the length of the text. */
function findLineEnd(text: string, from: number): number {
  const lf = text.indexOf('\n', from);
  const line = text.slice(from, lf === -1 ? text.length : lf);
  const cr = line.indexOf('\r');
  return from + (cr === -1 ? line.length : cr);
}

function findClosingQuote(text: string, open: number): number {
  let close = text.indexOf('"', open + 1);
  while (close !== -1 && text[close + 1] === '"') close = text.indexOf('"', close + 2);
  return close;
}

function countLineBreaks(text: string): number {
  return text.match(/\r\n|\r|\n/g)?.length ?? 0;
}
