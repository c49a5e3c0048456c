import type { Problem } from '../../campaign/problem.js';

/** One content line of RFC 5545 3.1, unfolded. */
export interface IcsLine {
  /** 1-based line of the file on which it begins. */
  line: number;
  /** In capitals. */
  name: string;
  /** The whole of it. */
  text: string;
}

/** The lines of one VEVENT, without those of its alarms. */
export interface IcsEventLines {
  /** Of its BEGIN. */
  line: number;
  lines: IcsLine[];
}

export interface SplitIcs {
  /** X-WR-TIMEZONE, by which most programs say what zone the calendar is meant in. */
  zone?: string;
  events: IcsEventLines[];
  problems: Problem[];
}

/** Finds the events of a calendar file and what is wrong with its form. Lines that belong to no event may be anything. */
export function splitIcs(bytes: Buffer): SplitIcs {
  const found: SplitIcs = { events: [], problems: [] };
  const lines = [...unfoldLines(bytes, found.problems)];
  if (!/^BEGIN:VCALENDAR$/i.test(lines[0]?.text.trim() ?? '')) {
    found.problems.push(describeOtherFile(lines[0]));
    return found;
  }
  const open: IcsLine[] = [];
  for (const each of lines) {
    if (each.name === 'BEGIN') {
      open.push(each);
      if (isEvent(open)) found.events.push({ line: each.line, lines: [] });
    } else if (each.name === 'END') {
      const begun = open.pop();
      if (componentOf(begun) === componentOf(each)) continue;
      // From here on nothing is where it seems to be.
      found.problems.push(describeWrongEnd(each, begun));
      return found;
    } else if (isEvent(open)) found.events.at(-1)?.lines.push(each);
    else if (open.length === 1 && each.name === 'X-WR-TIMEZONE') found.zone ??= readValue(each);
  }
  const begun = open.at(-1);
  if (begun) {
    const message = `${componentOf(begun)} begins here and never ends, so the file is not whole`;
    found.problems.push({ line: begun.line, column: 1, message, hint: 'export it again' });
  }
  return found;
}

/** In an event itself, not in an alarm of it. */
function isEvent(open: readonly IcsLine[]): boolean {
  return open.length === 2 && componentOf(open[1]) === 'VEVENT';
}

function componentOf(line: IcsLine | undefined): string | undefined {
  return line && readValue(line).toUpperCase();
}

function readValue({ text }: IcsLine): string {
  return text.slice(text.indexOf(':') + 1).trim();
}

function describeOtherFile(first: IcsLine | undefined): Problem {
  if (!first) return { message: 'is empty' };
  const isPage = /^\s*<(!doctype|html)/i.test(first.text);
  return {
    ...{ line: first.line, column: 1 },
    message: 'is not a calendar: it does not begin with BEGIN:VCALENDAR',
    hint: isPage ? 'this is a web page, perhaps one that wants a login' : 'export it as .ics (iCalendar)',
  };
}

function describeWrongEnd(end: IcsLine, begun: IcsLine | undefined): Problem {
  const hint = begun ? `line ${begun.line} has begun ${componentOf(begun)}` : 'remove the line';
  return { line: end.line, column: 1, message: `${end.text.slice(0, 20)} does not end what was begun`, hint };
}

/**
 * Lines that begin with a space or a tab continue the one before. Some programs fold between the octets of one
 * character, so lines are joined as octets and decoded afterwards, each on its own so that a wrong one has its number.
 */
function* unfoldLines(bytes: Buffer, problems: Problem[]): Generator<IcsLine> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const withoutMark = bytes.subarray(bytes.indexOf('\ufeff') === 0 ? 3 : 0);
  const folded = withoutMark.toString('latin1').split(/\r\n|\n|\r/);
  for (let at = 0; at < folded.length; ) {
    const line = at + 1;
    const parts = [folded[at] ?? ''];
    for (at += 1; /^[ \t]/.test(folded[at] ?? ''); at += 1) parts.push((folded[at] ?? '').slice(1));
    const octets = parts.join('');
    if (octets.trim() === '') continue;
    try {
      const text = decoder.decode(Buffer.from(octets, 'latin1'));
      yield { line, name: (/^[^:;]*/.exec(text)?.[0] ?? '').toUpperCase(), text };
    } catch {
      problems.push({ line, column: 1, message: 'holds a character that is not UTF-8', hint: 'export it as UTF-8' });
    }
  }
}
