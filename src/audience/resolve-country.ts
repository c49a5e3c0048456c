/** Languages in which people write the names of countries and languages, beside the country's own. */
export const nameLocales = ['en', 'nl', 'de', 'fr', 'es', 'it'] as const;
/** Not countries, though ISO 3166 or CLDR has names for them. */
const noCountries = new Set(['EU', 'EZ', 'UN', 'QO', 'XA', 'XB', 'ZZ']);
/**
 * Codes that ISO 3166-3 has withdrawn (and UK, which it reserves), with those of today: CLDR names both alike, and
 * nobody has holidays or time zones for the old ones.
 */
const oldCodes: Readonly<Record<string, string>> = {
  ...{ AN: 'CW', BU: 'MM', CS: 'RS', DD: 'DE', DY: 'BJ', FX: 'FR', HV: 'BF', NH: 'VU' },
  ...{ RH: 'ZW', SU: 'RU', TP: 'TL', UK: 'GB', VD: 'VN', YD: 'YE', YU: 'RS', ZR: 'CD' },
};
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

/**
 * The ISO 3166 code of a country, from that code or from its name in English, Dutch, German, French, Spanish, Italian
 * or its own language; case and accents play no role. `undefined` for anything else.
 */
export function findCountryCode(text: string): string | undefined {
  const wanted = text.trim();
  if (wanted === '') return undefined;
  countries ??= listCountries();
  return countries.get(foldName(wanted));
}

function listCountries(): Map<string, string> {
  const list = new Map<string, string>(Object.entries(otherCountryNames));
  const english = nameRegions('en');
  const others = nameLocales.map(nameRegions);
  for (const code of pairLetters()) {
    if (noCountries.has(code) || !english.of(code)) continue;
    const own = new Intl.Locale(`und-${code}`).maximize().language;
    list.set(code.toLowerCase(), oldCodes[code] ?? code);
    if (code in oldCodes) continue;
    for (const names of [...others, nameRegions(own)]) {
      const name = foldName(names.of(code) ?? '');
      if (name !== '' && !list.has(name)) list.set(name, code);
    }
  }
  return list;
}

/** Every code of two letters that there could be, in order. */
export function* pairLetters(): Generator<string> {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
  for (const first of letters) for (const second of letters) yield first + second;
}

const regionNames = new Map<string, Intl.DisplayNames>();
function nameRegions(locale: string): Intl.DisplayNames {
  const known = regionNames.get(locale) ?? new Intl.DisplayNames([locale], { type: 'region', fallback: 'none' });
  regionNames.set(locale, known);
  return known;
}

/** A name as it is compared: without case and accents. */
export function foldName(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
}
