import type { Problem } from '../campaign/problem.js';
import { locateOffset, type Source } from './source-text.js';

/**
 * MJML 5.4.1, even under `strict`, accepts an unclosed tag and text where none may stand, and drops content
 * without a word. So balance is checked before it runs, and every text of the source carries a mark through it:
 * a mark that does not come out again names the line whose content was lost.
 */

const token =
  /<!--[\s\S]*?-->|<(style|mj-style)\b[\s\S]*?<\/\1>|<!doctype[^>]*>|<(\/?)([A-Za-z][\w-]*)((?:"[^"]*"|'[^']*'|[^<>"'])*?)(\/?)>|[^<]+|</gi;
const emptyElements = new Set(['area', 'br', 'col', 'hr', 'img', 'input', 'link', 'meta', 'source', 'wbr']);

function problemAt(source: Source, offset: number, message: string, hint?: string): Problem {
  const { line, column } = locateOffset(source.text, offset);
  return { ...source.placeAt(line, column), message, ...(hint === undefined ? {} : { hint }) };
}

/** Blanks comments, except those Outlook reads (`<!--[if mso]>`), and keeps every line where it was. */
export function blankComments(text: string): string {
  return text.replace(/<!--(?!\[if|<!\[)[\s\S]*?-->|\{\{!--[\s\S]*?--\}\}|\{\{![^}]*\}\}/gi, (comment) =>
    comment.replace(/[^\n]/g, ' '),
  );
}

/** Tags that are not closed, closed twice or not written to their end. */
export function findUnbalanced(source: Source): Problem[] {
  const problems: Problem[] = [];
  const open: { name: string; offset: number }[] = [];
  for (const match of source.text.matchAll(token)) {
    if (match[0] === '<')
      problems.push(
        problemAt(source, match.index, 'a "<" that begins no complete tag', 'write &lt; for the sign itself'),
      );
    const [, , closing, name, , selfClosing] = match;
    if (name === undefined || selfClosing || emptyElements.has(name.toLowerCase())) continue;
    if (!closing) {
      open.push({ name, offset: match.index });
      continue;
    }
    const at = open.findLastIndex((tag) => tag.name === name);
    if (at < 0) problems.push(problemAt(source, match.index, `</${name}> closes nothing`));
    for (const tag of at < 0 ? [] : open.splice(at).slice(1)) {
      problems.push(problemAt(source, tag.offset, `<${tag.name}> is not closed`));
    }
  }
  for (const tag of open) problems.push(problemAt(source, tag.offset, `<${tag.name}> is not closed`));
  return problems;
}

const markStart = '\ue000';
const markEnd = '\ue001';
const marks = /\ue000\d+\ue001/g;

export interface MarkedSource {
  text: string;
  /** What each mark stands behind. */
  marked: { offset: number; content: string }[];
}

/** Puts a mark behind every text between tags and every variable inside one. */
export function markContent(source: Source): MarkedSource {
  const marked: MarkedSource['marked'] = [];
  const mark = (content: string, offset: number) => {
    marked.push({ offset, content });
    return `${content}${markStart}${marked.length - 1}${markEnd}`;
  };
  const text = source.text.replace(token, (whole: string, ...rest: unknown[]) => {
    const offset = rest.find((each): each is number => typeof each === 'number') ?? 0;
    if (/^<(?:!|style|mj-style)/i.test(whole)) return whole;
    if (whole.startsWith('<'))
      return whole.replace(/\{\{[^}]*\}\}/g, (variable, at: number) => mark(variable, offset + at));
    const content = whole.trimEnd();
    if (content.trim() === '') return whole;
    return mark(content, offset + content.length - content.trimStart().length) + whole.slice(content.length);
  });
  return { text, marked };
}

export function removeMarks(html: string): string {
  return html.replace(marks, '');
}

/** The content whose mark did not come out. */
export function findLost(source: Source, { marked }: MarkedSource, html: string): Problem[] {
  return marked.flatMap(({ offset, content }, index) => {
    if (html.includes(`${markStart}${index}${markEnd}`)) return [];
    const shown = content.trim().replace(/\s+/g, ' ');
    return [
      problemAt(
        source,
        offset,
        `this content is lost in the mail: ${shown.length > 60 ? `${shown.slice(0, 60)}...` : shown}`,
        'text stands inside mj-text, mj-button, mj-table or mj-raw',
      ),
    ];
  });
}
