/** Anything but printable characters that need no care; nearly every cell passes this one test. */
const plain = /^[\u0021-\u007e\u00a1-\u00ac\u00ae-\u02ff]+(?: [\u0021-\u007e\u00a1-\u00ac\u00ae-\u02ff]+)*$/;
const spaces = /[\s\u0085]+/g;
// Controls, bidirectional marks, overrides and isolates, zero-width space, soft hyphen, word joiner, byte order mark,
// halves of surrogate pairs. The zero-width joiners stay: Persian names and emoji need them.
const unwanted = /[\p{Cc}\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\p{Cs}]+/gu;

/** One line without characters that nobody sees or that turn the direction of text; NFC, single spaces. */
export function cleanText(text: string): string {
  if (text === '' || plain.test(text)) return text;
  return text.replace(spaces, ' ').replace(unwanted, '').replace(/ {2,}/g, ' ').trim().normalize('NFC');
}
