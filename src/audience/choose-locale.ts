import type { RecipientColumns } from './recipient-columns.js';
import { findCountryLanguage, parseLocale } from './resolve-locale.js';

/** The locale of a row, and the first text in a language column that names no language. */
export type ChooseLocale = (cells: readonly string[]) => {
  locale?: string;
  unknown?: { text: string; column: number };
};

/** Distinct texts that are remembered; a list has a few dozen. */
const maxRemembered = 1_000;

/**
 * The locale column decides, else the preferred language, else the main language of the country, else that of the
 * usage location; text that says nothing known passes the question on.
 */
export function createLocaleChooser(columns: RecipientColumns): ChooseLocale {
  const all = [
    { column: columns.locale, find: remember(parseLocale), isLanguage: true },
    { column: columns.preferredLanguage, find: remember(parseLocale), isLanguage: true },
    { column: columns.country, find: remember(findCountryLanguage), isLanguage: false },
    { column: columns.usageLocation, find: remember(findCountryLanguage), isLanguage: false },
  ];
  const sources = all.flatMap(({ column, ...source }) => (column === undefined ? [] : [{ column, ...source }]));
  return (cells) => {
    let unknown: { text: string; column: number } | undefined;
    for (const { column, find, isLanguage } of sources) {
      const text = cells[column]?.trim() ?? '';
      if (text === '') continue;
      const locale = find(text);
      if (locale !== undefined) return { locale, unknown };
      if (isLanguage) unknown ??= { text, column };
    }
    return { unknown };
  };
}

function remember(find: (text: string) => string | undefined): (text: string) => string | undefined {
  const known = new Map<string, string | undefined>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined || known.has(text)) return before;
    const found = find(text);
    if (known.size < maxRemembered) known.set(text, found);
    return found;
  };
}
