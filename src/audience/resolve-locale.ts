/** Languages in which people write the names of countries and languages, beside the country's own. */
const nameLocales = ['en', 'nl', 'de', 'fr', 'es', 'it'] as const;
/** Not countries, though ISO 3166 or CLDR has names for them. */
const noCountries = new Set(['EU', 'EZ', 'UN', 'QO', 'XA', 'XB', 'ZZ']);
/** What people write and no table has. */
const otherCountryNames: Readonly<Record<string, string>> = {
  'the netherlands': 'NL',
  holland: 'NL',
  uk: 'GB',
  'great britain': 'GB',
  england: 'GB',
  scotland: 'GB',
  wales: 'GB',
  usa: 'US',
  'united states of america': 'US',
  'czech republic': 'CZ',
  turkey: 'TR',
  'russian federation': 'RU',
  'republic of korea': 'KR',
};

let countries: ReadonlyMap<string, string> | undefined;
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
  return languages.get(fold(wanted));
}

/**
 * The main language of a country, as CLDR's likely subtags have it: Belgium is `nl`, Switzerland `de`, Canada `en`.
 * The country as ISO 3166 code or as its name in English, Dutch, German, French, Spanish, Italian or its own language.
 */
export function findCountryLanguage(text: string): string | undefined {
  const wanted = text.trim();
  if (wanted === '') return undefined;
  countries ??= listCountries();
  const code = countries.get(fold(wanted));
  return code === undefined ? undefined : new Intl.Locale(`und-${code}`).maximize().language;
}

function listCountries(): Map<string, string> {
  const list = new Map<string, string>(Object.entries(otherCountryNames));
  const english = nameRegions('en');
  const others = nameLocales.map(nameRegions);
  for (const code of pairLetters()) {
    if (noCountries.has(code) || !english.of(code)) continue;
    const own = new Intl.Locale(`und-${code}`).maximize().language;
    list.set(code.toLowerCase(), code);
    for (const names of [...others, nameRegions(own)]) {
      const name = fold(names.of(code) ?? '');
      // Old codes (SU, YU) share a name with a present country: the first one with that name keeps it.
      if (name !== '' && !list.has(name)) list.set(name, code);
    }
  }
  return list;
}

function listLanguages(): Map<string, string> {
  const list = new Map<string, string>();
  const others = nameLocales.map(nameLanguages);
  for (const code of [...pairLetters()].map((letters) => letters.toLowerCase())) {
    if (!nameLanguages('en').of(code)) continue;
    for (const names of [...others, nameLanguages(code)]) {
      const name = fold(names.of(code) ?? '');
      if (name.length > 3 && !list.has(name)) list.set(name, code);
    }
  }
  return list;
}

function* pairLetters(): Generator<string> {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
  for (const first of letters) for (const second of letters) yield first + second;
}

const regionNames = new Map<string, Intl.DisplayNames>();
function nameRegions(locale: string): Intl.DisplayNames {
  return remember(regionNames, locale, () => new Intl.DisplayNames([locale], { type: 'region', fallback: 'none' }));
}

const languageNames = new Map<string, Intl.DisplayNames>();
function nameLanguages(locale: string): Intl.DisplayNames {
  return remember(languageNames, locale, () => new Intl.DisplayNames([locale], { type: 'language', fallback: 'none' }));
}

function remember<T>(known: Map<string, T>, key: string, make: () => T): T {
  const value = known.get(key) ?? make();
  known.set(key, value);
  return value;
}

function fold(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
}
