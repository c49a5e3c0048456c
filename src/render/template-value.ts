import type { PersonKey } from './person-values.js';
import type { Place } from './source-text.js';

/** What a name in a template stands for. */
export type Value = Constant | Claim | PersonValue | TextValue | ListValue | GroupValue;

/** The same for everybody who reads this locale. */
export interface Constant {
  kind: 'constant';
  text: string;
  /** In a text of the pack it becomes a link to itself. */
  isLink?: boolean;
}
/** True or not of this step: to ask with `{{#if}}`, not to show. */
interface Claim {
  kind: 'claim';
  isTrue: boolean;
}
/** Known only when the mail is filled. */
interface PersonValue {
  kind: 'person';
  key: PersonKey;
}
/** A text of the pack: may hold `**bold**` and names of its own. */
export interface TextValue {
  kind: 'text';
  text: string;
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

export function claim(isTrue: boolean): Value {
  return { kind: 'claim', isTrue };
}

export function group(members: Readonly<Record<string, Value>>): GroupValue {
  return { kind: 'group', members: new Map(Object.entries(members)) };
}
