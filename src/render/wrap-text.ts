import { extendRun, type Run, type Slot, usualWidth } from './piece.js';

/** Plain text is read in a window of 80; replies quote it with "> ". */
const widestLine = 74;

interface Word {
  parts: (string | Slot)[];
  width: number;
}

function splitLines(run: Run): Run[] {
  const lines: Run[] = [[]];
  for (const part of run) {
    if (typeof part !== 'string') {
      lines.at(-1)?.push(part);
      continue;
    }
    for (const [index, piece] of part.split('\n').entries()) {
      if (index > 0) lines.push([]);
      if (piece !== '') lines.at(-1)?.push(piece);
    }
  }
  return lines;
}

function splitWords(line: Run): Word[] {
  const words: Word[] = [{ parts: [], width: 0 }];
  for (const part of line) {
    if (typeof part !== 'string') {
      const word = words.at(-1);
      word?.parts.push(part);
      if (word) word.width += usualWidth(part.slot);
      continue;
    }
    for (const [index, piece] of part.split(/ +/).entries()) {
      if (index > 0) words.push({ parts: [], width: 0 });
      const word = words.at(-1);
      if (word && piece !== '') {
        word.parts.push(piece);
        word.width += piece.length;
      }
    }
  }
  return words.filter(({ parts }) => parts.length > 0);
}

/** The continuation of a numbered or dashed line stands under its text. */
function indentOf(line: Run): { lead: string; rest: Run } {
  const [first, ...others] = line;
  if (typeof first !== 'string') return { lead: '', rest: line };
  const lead = /^ *(?:\d+\. +|- +)?/.exec(first)?.[0] ?? '';
  return { lead, rest: [first.slice(lead.length), ...others] };
}

function wrapLine(line: Run, out: Run): void {
  const { lead, rest } = indentOf(line);
  let column = 0;
  for (const { parts, width } of splitWords(rest)) {
    if (column === 0) extendRun(out, lead);
    if (column > 0 && column + 1 + width > widestLine) {
      extendRun(out, `\n${' '.repeat(lead.length)}`);
      column = lead.length + width;
    } else {
      if (column > 0) extendRun(out, ' ');
      column = (column === 0 ? lead.length : column + 1) + width;
    }
    for (const part of parts) extendRun(out, part);
  }
}

/**
 * Breaks lines at 74 columns around the slots, which count at their usual width. Values come later and are one
 * line each, so a long name makes its own line longer and moves nothing else.
 * At most two blank lines stay together; the text ends in one line break.
 */
export function wrapText(run: Run): Run {
  const out: Run = [];
  let blank = 0;
  let started = false;
  for (const line of splitLines(run)) {
    const isBlank = line.every((part) => typeof part === 'string' && part.trim() === '');
    if (isBlank) {
      blank += 1;
      continue;
    }
    if (started) extendRun(out, '\n'.repeat(Math.min(blank, 2) + 1));
    wrapLine(line, out);
    started = true;
    blank = 0;
  }
  extendRun(out, '\n');
  return out;
}
