import { findCountryCode, foldName, nameLocales, pairLetters } from './resolve-country.js';

let languages: ReadonlyMap<string, string> | undefined;

/**
 * A language tag (BCP 47) from what a list says: `nl`, `nl_BE`, `EN-us`, or a language's name (`Dutch`,
 * `Nederlands`, `néerlandais`). `undefined` for anything else, also for a well-formed tag of no language.
 */
export function parseLocale(text: string): string | undefined {
  const wanted = text.trim();
  if (/^[a-z]{2,3}([-_][a-z0-9]{2,8})*$/i.test(wanted)) {
    try {
      const tag = new Intl.Locale(wanted.replaceAll('_', '-'));
      if (nameLanguages('en').of(tag.language)) return tag.baseName;
    } catch {
      // Not a tag after all (`nl-12`): perhaps a name.
    }
  }
  languages ??= listLanguages();
  return languages.get(foldName(wanted));
}

/**
 * The main language of a country, as CLDR's likely subtags have it: Belgium is `nl`, Switzerland `de`, Canada `en`.
 * The country by its code or by its name: see `findCountryCode`.
 */
export function findCountryLanguage(text: string): string | undefined {
  const code = findCountryCode(text);
  return code === undefined ? undefined : new Intl.Locale(`und-${code}`).maximize().language;
}

function listLanguages(): Map<string, string> {
  const list = new Map<string, string>();
  const others = nameLocales.map(nameLanguages);
  for (const code of [...pairLetters()].map((letters) => letters.toLowerCase())) {
    if (!nameLanguages('en').of(code)) continue;
    for (const names of [...others, nameLanguages(code)]) {
      const name = foldName(names.of(code) ?? '');
      if (name.length > 3 && !list.has(name)) list.set(name, code);
    }
  }
  return list;
}

const languageNames = new Map<string, Intl.DisplayNames>();
function nameLanguages(locale: string): Intl.DisplayNames {
  const known = languageNames.get(locale) ?? new Intl.DisplayNames([locale], { type: 'language', fallback: 'none' });
  languageNames.set(locale, known);
  return known;
}
