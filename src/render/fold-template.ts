import Handlebars from 'handlebars';
import { explainParseError } from './explain-parse-error.js';
import { findValue } from './find-value.js';
import { guessName } from './guess-name.js';
import { MarkupPosition } from './markup-position.js';
import { escapeHtml, type PersonKey } from './person-values.js';
import type { Choice, Piece } from './piece.js';
import type { Place } from './source-text.js';
import type { GroupValue, Guard, Template, TextValue, Value } from './template-value.js';

/**
 * Handlebars' language without its runtime: its parser reads the template, and everything that does not depend on
 * the person is worked out here, once a locale. What remains is texts, slots and choices. Nothing is ever compiled
 * to code, so there are no helpers, prototypes or template injections to guard.
 *
 * Known: `{{name}}`, `{{#if}}`, `{{#unless}}`, `{{else}}`, `{{#each}}` with `{{this}}`, `{{@index}}` and `{{@number}}`.
 */
export interface FoldOptions {
  names: GroupValue;
  /** `html` escapes values and makes bold and links of a text; `text` does neither. */
  form: 'html' | 'text';
  /** Inline style of a link inside a text. */
  linkStyle: string;
  placeAt(line: number, column: number): Place;
  report(place: Place, message: string, hint?: string): void;
}

interface Frame extends FoldOptions {
  item?: Value;
  index: number;
  markup: MarkupPosition;
  /** Names that a surrounding `{{#if}}` has found not to be empty. */
  filled: ReadonlySet<string>;
  /** Inside a text of the pack: whether bold is on. Absent in a template. */
  bold?: { isOn: boolean };
}

type Located = { loc: hbs.AST.SourceLocation };

function placeOf(node: Located, frame: FoldOptions): Place {
  return frame.placeAt(node.loc.start.line, node.loc.start.column + 1);
}

function complain(node: Located, frame: FoldOptions, message: string, hint?: string): Piece[] {
  frame.report(placeOf(node, frame), message, hint);
  return [];
}

/** Parses and folds a template. */
export function foldTemplate(template: Template, options: FoldOptions): Piece[] {
  const frame: Frame = { ...options, index: 0, markup: new MarkupPosition(), filled: new Set() };
  return foldSource(template, frame);
}

function foldSource(template: Template, frame: Frame): Piece[] {
  try {
    template.program ??= Handlebars.parse(template.text);
  } catch (error) {
    const { line, column, message, hint } = explainParseError(template.text, error);
    frame.report(frame.placeAt(line, column), message, hint);
    return [];
  }
  return foldProgram(template.program, frame);
}

function foldProgram(program: hbs.AST.Program | undefined, frame: Frame): Piece[] {
  return (program?.body ?? []).flatMap((statement) => foldStatement(statement, frame));
}

function foldStatement(statement: hbs.AST.Statement, frame: Frame): Piece[] {
  switch (statement.type) {
    case 'ContentStatement':
      return [foldContent((statement as hbs.AST.ContentStatement).value, frame)];
    case 'CommentStatement':
      return [];
    case 'MustacheStatement':
      return foldMustache(statement as hbs.AST.MustacheStatement, frame);
    case 'BlockStatement':
      return foldBlock(statement as hbs.AST.BlockStatement, frame);
    default:
      return complain(statement, frame, 'partials and decorators are not known here');
  }
}

function foldContent(content: string, frame: Frame): string {
  const { bold, form, markup } = frame;
  if (bold === undefined) {
    if (form === 'html') markup.pass(content);
    return content;
  }
  const isRich = form === 'html' && !markup.isPlain;
  return content
    .split('**')
    .map((part, index) => {
      const text = form === 'html' ? escapeHtml(part) : part;
      if (index === 0) return text;
      bold.isOn = !bold.isOn;
      return `${isRich ? (bold.isOn ? '<strong>' : '</strong>') : ''}${text}`;
    })
    .join('');
}

function foldMustache(statement: hbs.AST.MustacheStatement, frame: Frame): Piece[] {
  if (!statement.escaped) return complain(statement, frame, 'raw output is refused', 'write {{name}} with two braces');
  if (statement.path.type !== 'PathExpression' || statement.params.length > 0 || statement.hash?.pairs.length) {
    const { original } = statement.path as hbs.AST.PathExpression;
    return complain(
      statement,
      frame,
      `{{${original} ...}}: there are no helpers`,
      'known: {{name}}, {{#if}}, {{#unless}}, {{#each}}',
    );
  }
  const path = statement.path as hbs.AST.PathExpression;
  if (path.data) {
    if (frame.item === undefined) return complain(statement, frame, `{{${path.original}}} stands outside {{#each}}`);
    if (path.original === '@index') return [String(frame.index)];
    if (path.original === '@number') return [String(frame.index + 1)];
    return complain(
      statement,
      frame,
      `{{${path.original}}} is not known`,
      guessName(path.original, ['@index', '@number']),
    );
  }
  const found = findValue(path, frame.names, frame.item);
  if ('message' in found) return complain(statement, frame, found.message, found.hint);
  return showValue(found, statement, frame);
}

function showValue(value: Value, statement: hbs.AST.MustacheStatement, frame: Frame): Piece[] {
  const { form, markup } = frame;
  const { original } = statement.path as hbs.AST.PathExpression;
  const { guardedBy } = value as Guard;
  if (guardedBy && !guardedBy.some((name) => frame.filled.has(name))) {
    const hint = `put the sentence inside {{#if ${guardedBy[0]}}} ... {{/if}}`;
    return complain(statement, frame, `{{${original}}} may not be known`, hint);
  }
  switch (value.kind) {
    case 'constant': {
      const text = form === 'html' ? escapeHtml(value.text) : value.text;
      const isLink = value.isLink && frame.bold !== undefined && form === 'html' && !markup.isPlain;
      return [isLink ? `<a href="${text}" style="${escapeHtml(frame.linkStyle)}">${text}</a>` : text];
    }
    case 'person':
      return showPerson(value.key, statement, frame);
    case 'text':
      return foldText(value, frame);
    default:
      return complain(
        statement,
        frame,
        `{{${original}}} is a ${value.kind}, not a text`,
        { list: `write {{#each ${original}}}`, claim: `write {{#if ${original}}} ... {{/if}}`, group: undefined }[
          value.kind
        ],
      );
  }
}

function showPerson(key: PersonKey, statement: Located, frame: Frame): Piece[] {
  const refusal = frame.form === 'html' ? frame.markup.refusePerson() : undefined;
  return refusal === undefined ? [{ slot: key }] : complain(statement, frame, `{{${key}}} ${refusal}`);
}

/** A text of the pack where it is shown: the same names, except other texts. */
function foldText(value: TextValue, frame: Frame): Piece[] {
  const members = new Map(frame.names.members);
  members.delete('t');
  const lineStarts = [0];
  for (const { index } of value.text.matchAll(/\n/g)) lineStarts.push(index + 1);
  const inner: Frame = {
    ...frame,
    names: { kind: 'group', members },
    item: undefined,
    bold: { isOn: false },
    placeAt: (line, column) => value.placeOf((lineStarts[line - 1] ?? 0) + column - 1),
  };
  const pieces = foldSource(value, inner);
  if (inner.bold?.isOn) frame.report(value.placeOf(0), 'a ** is not closed');
  return pieces;
}

function isFilled(value: Value): boolean {
  if (value.kind === 'constant' || value.kind === 'text') return value.text !== '';
  if (value.kind === 'claim') return value.isTrue ?? false;
  return value.kind !== 'list' || value.items.length > 0;
}

function foldBlock(statement: hbs.AST.BlockStatement, frame: Frame): Piece[] {
  const name = statement.path.original as string;
  if (!['if', 'unless', 'each'].includes(name)) {
    return complain(statement, frame, `{{#${name}}} is not known`, guessName(name, ['if', 'unless', 'each']));
  }
  const [subject] = statement.params;
  if (subject?.type !== 'PathExpression' || statement.params.length !== 1 || statement.hash?.pairs.length) {
    return complain(statement, frame, `{{#${name}}} takes one name`, `write {{#${name} firstName}}`);
  }
  const found = findValue(subject as hbs.AST.PathExpression, frame.names, frame.item);
  if ('message' in found) return complain(subject, frame, found.message, found.hint);
  const { program, inverse } = statement;
  if (name === 'each') {
    if (found.kind !== 'list') return complain(subject, frame, `{{#each}} needs a list; this is a ${found.kind}`);
    if (found.items.length === 0) return foldProgram(inverse, frame);
    return found.items.flatMap((item, index) => foldProgram(program, { ...frame, item, index }));
  }
  const asked = (subject as hbs.AST.PathExpression).original;
  const [whenFilled, whenEmpty] = name === 'if' ? [program, inverse] : [inverse, program];
  // What is not shown today is checked all the same: it is shown when the launch date moves.
  const choice = foldChoice(whenOf(found, asked), { asked, whenFilled, whenEmpty }, frame);
  const isOpen = found.kind === 'person' || (found.kind === 'claim' && found.isTrue === undefined);
  if (isOpen) return [choice];
  return isFilled(found) ? choice.filled : choice.empty;
}

/** The parts of an instant are known together, or not at all. */
function whenOf(value: Value, asked: string): string {
  if (value.kind !== 'person') return asked;
  return value.key.startsWith('asOf') ? 'asOf' : value.key;
}

/** The same place of the markup and the same bold, moving on by itself. */
function branchOff(frame: Frame): Frame {
  return { ...frame, markup: frame.markup.copy(), ...(frame.bold && { bold: { isOn: frame.bold.isOn } }) };
}

interface Sides {
  /** The name as it is written in `{{#if}}`. */
  asked: string;
  whenFilled: hbs.AST.Program | undefined;
  whenEmpty: hbs.AST.Program | undefined;
}

/** Both sides begin in the same place of the markup and with the same bold. */
function foldChoice(when: string, { asked, whenFilled, whenEmpty }: Sides, frame: Frame): Choice {
  const start = branchOff(frame);
  const filled = foldProgram(whenFilled, { ...frame, filled: new Set([...frame.filled, asked]) });
  const empty = foldProgram(whenEmpty, start);
  return { when, filled, empty };
}
