/** What Graph, PowerShell, Excel (in six languages) and people write. */
const yes = new Set([
  'true',
  'yes',
  'y',
  '1',
  'ja',
  'j',
  'waar',
  'wahr',
  'oui',
  'vrai',
  'si',
  'sí',
  'sì',
  'verdadero',
  'vero',
]);
const no = new Set(['false', 'no', 'n', '0', 'nee', 'nein', 'onwaar', 'falsch', 'non', 'faux', 'falso']);

/** True, false, or `undefined` for any other text; in any case. */
export function parseYesNo(text: string): boolean | undefined {
  const word = text.trim().toLowerCase();
  if (yes.has(word)) return true;
  return no.has(word) ? false : undefined;
}
