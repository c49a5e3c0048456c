import { type Document, isCollection, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import type { Problem } from '../../campaign/problem.js';
import { showText } from './show-value.js';
import { findDoubleKeys, findLostAliases } from './yaml-slips.js';

export interface ParsedYaml {
  document: Document.Parsed;
  /** 1-based line and column of an offset into the text. */
  placeOf: (offset: number) => { line: number; column: number };
  /** What makes the whole file unreadable: nothing can be said of its content. */
  syntaxProblems: Problem[];
  /** What is wrong although every key and value could be read. */
  contentProblems: Problem[];
}

/**
 * YAML 1.2 core schema whatever the file's own `%YAML` line says: dates and times of day stay text (1.1 makes a Date
 * of 2027-01-12 and 540 of 09:00), and "no" stays a word.
 */
export function parseYaml(text: string): ParsedYaml {
  const lineCounter = new LineCounter();
  const placeOf = (offset: number): { line: number; column: number } => {
    const { line, col } = lineCounter.linePos(offset);
    return { line, column: col };
  };
  const document = parseDocument(text, {
    schema: 'core',
    version: '1.2',
    merge: false,
    resolveKnownTags: false,
    prettyErrors: false,
    // Else odd keys are told to the process, past our own messages.
    logLevel: 'error',
    // Found by `findDoubleKeys`, which can name the first place as well.
    uniqueKeys: false,
    lineCounter,
  });
  // Once the parser has lost the thread it stumbles over every line that follows: those say nothing.
  const lost = document.errors.findIndex(({ code }) => code === 'UNEXPECTED_TOKEN');
  const telling = lost === -1 ? document.errors.slice(0, maxStumbles) : document.errors.slice(0, Math.max(lost, 1));
  const stumbles = telling.map(({ code, message, pos: [offset] }) => ({
    code,
    ...placeOf(findOpening(document.contents, offset) ?? offset),
    ...describeSyntaxError(code, message, text.slice(offset)),
  }));
  const hasTab = stumbles.some(({ code }) => code === 'TAB_AS_INDENT');
  const tags = document.warnings.map(({ message, pos: [offset] }) => {
    const tag = message.replace(/^Unresolved tag: /, '').replace(/^tag:yaml\.org,2002:/, '!!');
    return { ...placeOf(offset), message: `the tag ${showText(tag)} has no meaning here`, hint: 'leave it out' };
  });
  return {
    document,
    placeOf,
    syntaxProblems: [
      // One slip makes the parser stumble several times on its line; the first says what it is.
      ...stumbles
        .filter(({ line }, at) => stumbles.findIndex((each) => each.line === line) === at)
        // What looks indented wrong after a tab is the tab's doing.
        .filter(({ code }) => !hasTab || code !== 'BAD_INDENT')
        .map(({ code, ...problem }) => problem),
      ...findLostAliases(document.contents, placeOf),
    ],
    contentProblems: [...tags, ...findDoubleKeys(document.contents, placeOf)],
  };
}

/** More mistakes of form than anybody mends in one go; a file that is no YAML has thousands. */
const maxStumbles = 50;

const quoteIt = 'put the text in quotes';
const syntaxErrors: [pattern: RegExp, message: string, hint: string][] = [
  [/^TAB_AS_INDENT/, 'a tab stands where the line is indented', 'use two spaces'],
  [/^MULTIPLE_DOCS/, 'a second document begins here', 'one campaign a file: remove the line "---"'],
  [/^BLOCK_AS_IMPLICIT_KEY/, 'a second ": " stands in one line', quoteIt],
  [/^BAD_SCALAR_START/, 'a value cannot begin with this character', quoteIt],
  [/^MULTILINE_IMPLICIT_KEY/, 'this is neither a key nor a value', 'write "key: value", with a space after the colon'],
  [/Implicit map keys need/, 'this line has no colon', 'write "key: value"'],
  [/Missing closing "/, 'a text in double quotes is never closed', 'add the second "'],
  [/Missing closing '/, 'a text in single quotes is never closed', "add the second '; inside the text write ''"],
  [/end with a \]/, 'a list in brackets is never closed', 'add the ]'],
  [/end with a \}/, 'a section in braces is never closed', 'add the }'],
  [/^UNEXPECTED_TOKEN/, 'what stands here does not belong to the value before it', quoteIt],
  [/Maximum call stack/, 'lists or sections are nested too deeply', 'look for brackets that are never closed'],
  [
    /^BLOCK_IN_FLOW/,
    'a comma is missing here inside { } or [ ], or a line begins with "- "',
    'part them by commas, as in { en: Monday, nl: maandag }; a text with ": " in it goes in quotes',
  ],
  [/^BAD_INDENT/, 'this line is indented by other than its neighbours', 'count the spaces at its start'],
];

function describeSyntaxError(code: string, text: string, rest: string): Pick<Problem, 'message' | 'hint'> {
  const [line = ''] = rest.split(/\r?\n/, 1);
  if (code === 'BLOCK_AS_IMPLICIT_KEY' && !/:(\s|$)/.test(line)) {
    return { message: 'the line after this one is indented too far', hint: 'start both in the same column' };
  }
  const [, message, hint] = syntaxErrors.find(([pattern]) => pattern.test(code) || pattern.test(text)) ?? [];
  return message === undefined ? { message: `is not YAML: ${text}` } : { message, hint };
}

/** Of a quote or bracket that is never closed the parser tells the end; a person looks for its beginning. */
function findOpening(contents: Document.Parsed['contents'], end: number): number | undefined {
  let opening: number | undefined;
  visit(contents, (_, node) => {
    const isQuoted = isScalar(node) && (node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE');
    if ((isQuoted || (isCollection(node) && node.flow)) && node.range?.slice(1).includes(end)) opening = node.range[0];
  });
  return opening;
}
