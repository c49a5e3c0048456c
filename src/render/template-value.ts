import type { PersonKey } from './person-values.js';
import type { Place } from './source-text.js';

/** What a name in a template stands for. */
export type Value = Constant | Claim | PersonValue | TextValue | ListValue | GroupValue;

/** A value that may not be known: shown only where one of these names has been asked for with `{{#if}}`. */
export interface Guard {
  guardedBy?: readonly string[];
}

/** The same for everybody who reads this locale. */
export interface Constant extends Guard {
  kind: 'constant';
  text: string;
  /** In a text of the pack it becomes a link to itself. */
  isLink?: boolean;
}
/** True or not of this step: to ask with `{{#if}}`, not to show. */
interface Claim {
  kind: 'claim';
  /** Absent where the dates are not known yet: then both sides stay, to be checked. */
  isTrue?: boolean;
}
/** Known only when the mail is filled. */
interface PersonValue extends Guard {
  kind: 'person';
  key: PersonKey;
}
/** What Handlebars reads; parsed once, when it is first folded. */
export interface Template {
  readonly text: string;
  program?: hbs.AST.Program;
}
/** A text of the pack: may hold `**bold**` and names of its own. */
export interface TextValue extends Template {
  kind: 'text';
  placeOf(index: number): Place;
}
interface ListValue {
  kind: 'list';
  items: readonly Value[];
}
export interface GroupValue {
  kind: 'group';
  members: ReadonlyMap<string, Value>;
  /** For a group without a fixed list of names. */
  open?: (name: string) => Value;
  /** The message about a name that is not there. */
  missing?: (name: string) => string;
}

export function constant(text: string): Constant {
  return { kind: 'constant', text };
}

/** Empty where the text is absent; then, or where it `mayBeAbsent`, it may only be shown behind a guard. */
export function guarded(text: string | undefined, guardedBy: readonly string[], mayBeAbsent = false): Constant {
  return { ...constant(text ?? ''), ...((text === undefined || mayBeAbsent) && { guardedBy }) };
}

export function claim(isTrue: boolean | undefined): Value {
  return { kind: 'claim', ...(isTrue !== undefined && { isTrue }) };
}

export function group(members: Readonly<Record<string, Value>>): GroupValue {
  return { kind: 'group', members: new Map(Object.entries(members)) };
}
