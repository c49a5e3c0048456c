import type { MailMoment, MailPerson } from './mail-content.js';

/** A person's value by its name in templates: `firstName`, `asOf`, `attributes.Department`. */
export type PersonKey = string;

const listNames = ['asOf', 'asOfDate', 'asOfTime'];

/** Names of persons' values; those that a mail may only show inside `{{#if}}`, with the names to ask for. */
export const personNames: Readonly<Record<string, readonly string[] | undefined>> = {
  firstName: undefined,
  displayName: undefined,
  address: undefined,
  ...Object.fromEntries(listNames.map((name) => [name, listNames])),
  confirmBy: ['confirmBy'],
};

/** Line and paragraph breaks and tabs part words; they become a space. */
const parting = /[\t\n\v\f\r\u0085\u2028\u2029]+/g;
/** Controls, bidirectional embeddings, overrides and isolates (UAX 9), and the byte order mark. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: removing them is the point
const unsafe = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ufeff]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: removing them is the point
const removed = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufeff]/g;
/** Half of a surrogate pair has no UTF-8. */
const halfPairs = /[\ud800-\udfff]/gu;

/** One line that is safe in a header and cannot turn the text around it. */
function cleanValue(value: string): string {
  const safe = unsafe.test(value) ? value.replace(parting, ' ').replace(removed, '') : value;
  return safe.replace(halfPairs, '\ufffd').trim();
}

const special = /[&<>"']/;
const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Safe between tags and inside a quoted attribute. */
export function escapeHtml(text: string): string {
  return special.test(text) ? text.replace(/[&<>"']/g, (character) => entities[character] ?? character) : text;
}

type MomentWords = (asOf: Date) => { date: string; time: string };

/** How the dates of a person's values are written. */
export interface ValueWords {
  asOf: MomentWords;
  /** `YYYY-MM-DD` in words. */
  date(date: string): string;
}

/** The words for an instant, kept while the instant stays the same: a claim's people share it. */
export function rememberMoment(write: MomentWords): MomentWords {
  let last = Number.NaN;
  let words = { date: '', time: '' };
  return (asOf) => {
    if (asOf.getTime() !== last) {
      words = write(asOf);
      last = asOf.getTime();
    }
    return words;
  };
}

/**
 * The reader of one value, cleaned; empty where it is not known.
 * Throws where the list has no such column: that is a mistake in the template or the list, not an empty cell.
 */
export function readerOf(
  key: PersonKey,
  template: string,
  words: ValueWords,
): (person: MailPerson, moment: MailMoment) => string {
  switch (key) {
    case 'firstName':
      return ({ firstName }) => (firstName === undefined ? '' : cleanValue(firstName));
    case 'displayName':
      return ({ displayName }) => (displayName === undefined ? '' : cleanValue(displayName));
    case 'address':
      return ({ address }) => cleanValue(address);
    case 'asOf':
      return (_, { asOf }) => {
        if (asOf === undefined) return '';
        const { date, time } = words.asOf(asOf);
        return `${date}, ${time}`;
      };
    case 'asOfDate':
      return (_, { asOf }) => (asOf === undefined ? '' : words.asOf(asOf).date);
    case 'asOfTime':
      return (_, { asOf }) => (asOf === undefined ? '' : words.asOf(asOf).time);
    case 'confirmBy':
      return (_, { confirmBy }) => (confirmBy === undefined ? '' : words.date(confirmBy));
    default: {
      const column = key.slice('attributes.'.length);
      return ({ attributes }) => {
        const value = Object.hasOwn(attributes, column) ? attributes[column] : undefined;
        if (value === undefined) throw new Error(`${template}: {{${key}}}: the list has no column "${column}"`);
        return cleanValue(value);
      };
    }
  }
}
