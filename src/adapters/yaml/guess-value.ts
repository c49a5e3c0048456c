import { guessWord } from '../../campaign/guess-word.js';

/** Beyond this a value is a text and no slip. */
const maxLength = 80;

/**
 * What a value of the wrong form was probably meant to be: the first rewriting that the field allows, or none.
 * `accepts` is the field's own rule, so a guess is never wrong in form; `words` are the words the field knows.
 */
export function guessValue(
  found: string,
  { accepts, words = [] }: { accepts: (text: string) => boolean; words?: readonly string[] },
): string[] {
  const text = found.trim();
  if (text.length > maxLength || /\p{Cc}|\p{Cf}/u.test(text)) return [];
  if (words.length > 0) {
    const word = guessWord(text, words) ?? guessCity(text, words);
    return word === undefined ? [] : [word];
  }
  for (const group of rewrite(text)) {
    const guesses = group.filter(accepts);
    if (guesses.length > 0) return guesses;
  }
  return [];
}

/** "Amsterdam" for "Europe/Amsterdam". */
function guessCity(text: string, words: readonly string[]): string | undefined {
  const city = text.toLowerCase().replaceAll(' ', '_');
  const zone = words.find((word) => word.toLowerCase().endsWith(`/${city}`));
  if (zone !== undefined) return zone;
  const cities = words.filter((word) => word.includes('/')).map((word) => word.slice(word.lastIndexOf('/') + 1));
  const guess = guessWord(text.slice(text.lastIndexOf('/') + 1), cities);
  return guess === undefined ? undefined : words.find((word) => word.endsWith(`/${guess}`));
}

/** Rewritings in order of likelihood; those of one group are equally likely. */
function rewrite(text: string): string[][] {
  const lower = text.toLowerCase();
  return [
    [text],
    [lower],
    rewriteBoolean(lower),
    rewriteTime(lower),
    rewriteDate(text),
    rewriteOffset(lower),
    rewriteColour(lower),
    ...rewriteUrl(text),
    // "relay.contoso.com:25" for a host alone
    /^(?:[a-z]+:\/\/)?([\w-]+(?:\.[\w-]+)+)(?:[:/].*)?$/i.exec(text)?.slice(1) ?? [],
    // "IT service <it@contoso.com>", "mailto:it@contoso.com"
    /(?:<|^mailto:)([^<>\s]+)/i.exec(text)?.slice(1) ?? [],
    [text.replaceAll('_', '-')],
    [lower.replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '')],
    // "24 hours", "120 px"
    [shortenUnit(lower)],
    [lower.replace(/(?<=\d)\s*[a-z]+$/, '')],
    rewriteLanguage(lower),
  ];
}

function rewriteBoolean(text: string): string[] {
  if (['yes', 'y', 'on'].includes(text)) return ['true'];
  return ['no', 'n', 'off'].includes(text) ? ['false'] : [];
}

let languages: ReadonlyMap<string, string> | undefined;

/** "Dutch", "Nederlands": the tag of a language by its name in English or in itself. */
function rewriteLanguage(name: string): string[] {
  languages ??= listLanguages();
  const tag = languages.get(name);
  return tag === undefined ? [] : [tag];
}

function listLanguages(): Map<string, string> {
  const list = new Map<string, string>();
  const letters = [...'abcdefghijklmnopqrstuvwxyz'];
  for (const tag of letters.flatMap((first) => letters.map((second) => first + second))) {
    for (const locale of ['en', tag]) {
      const name = new Intl.DisplayNames([locale], { type: 'language', fallback: 'none' }).of(tag)?.toLowerCase();
      if (name !== undefined && !list.has(name)) list.set(name, tag);
    }
  }
  return list;
}

/** "14 days" to "14d". */
function shortenUnit(text: string): string {
  return text.replace(/\s+/g, '').replace(/(?<=\d[a-z])[a-z]+$/, '');
}

/** "14 days", "-14", and the dashes that word processors make of a minus sign. */
function rewriteOffset(text: string): string[] {
  const [, sign, amount, unit = 'd'] =
    /^([+-]?)(\d{1,3})([dw])?$/.exec(shortenUnit(text.replace(/[\u2010-\u2015\u2212]/g, '-'))) ?? [];
  if (amount === undefined) return [];
  const distance = `${Number(amount)}${unit}`;
  if (Number(amount) === 0) return ['0d'];
  return sign ? [sign + distance] : [`-${distance}`, `+${distance}`];
}

/** "9:00", "9.00", "0900", "9am", "9:30 pm", "09:00:00"; not "540", which may be 05:40 or minutes. */
function rewriteTime(text: string): string[] {
  const [, hour, minute = '00', half] = /^(\d{1,2})(?:[:.h]?(\d{2}))?(?::\d{2})?\s*(am|pm)?$/.exec(text) ?? [];
  if (hour === undefined || /^\d{3}$/.test(text)) return [];
  const hours = half === undefined ? Number(hour) : (Number(hour) % 12) + (half === 'pm' ? 12 : 0);
  return [`${String(hours).padStart(2, '0')}:${minute}`];
}

/** Year first only: 12-01-2027 is a different day to different people, so it gets no guess. */
function rewriteDate(text: string): string[] {
  const [, year, month, day] =
    /^(\d{4})[-/. ](\d{1,2})[-/. ](\d{1,2})$/.exec(text) ?? /^(\d{4})(\d{2})(\d{2})$/.exec(text) ?? [];
  if (year === undefined || month === undefined || day === undefined) return [];
  const lastDay = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  const days = Math.min(Number(day), lastDay);
  return [`${year}-${month.padStart(2, '0')}-${String(days).padStart(2, '0')}`];
}

/** "0b5a5e", "#abc". */
function rewriteColour(text: string): string[] {
  const digits = text.replace(/^#/, '');
  return [`#${digits}`, `#${[...digits].map((digit) => digit + digit).join('')}`];
}

/** "http://", no scheme at all, or more than the host where only the host is allowed. */
function rewriteUrl(text: string): string[][] {
  const address = text.replace(/^http:\/\//i, 'https://');
  const withScheme = /^[a-z]+:\/\//i.test(address) ? address : `https://${address}`;
  if (!URL.canParse(withScheme) || !withScheme.includes('.')) return [];
  return [[withScheme], [`https://${new URL(withScheme).hostname}`]];
}
