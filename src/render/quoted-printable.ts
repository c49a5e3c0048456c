/**
 * Quoted-printable (RFC 2045, section 6.7) in fragments that can be joined: each begins and ends at column 0,
 * so that a mail is its fragments one after another and nothing is encoded twice.
 */

/** RFC 2045 allows 76 characters a line; the last is kept for the soft line break's "=". */
const widestLine = 75;
const softBreak = '=\r\n';

const hexOf = Array.from({ length: 256 }, (_, byte) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`);

function encodeCharacter(character: string): string {
  let encoded = '';
  for (const byte of Buffer.from(character, 'utf8')) encoded += hexOf[byte];
  return encoded;
}

/** How `character` is written, where it is not last before a line break. */
function writeCharacter(character: string): string {
  const code = character.charCodeAt(0);
  const isPlain = character.length === 1 && ((code >= 32 && code <= 126 && code !== 61) || code === 9);
  return isPlain ? character : encodeCharacter(character);
}

/**
 * A line that begins with a dot would need SMTP's dot-stuffing (RFC 5321, 4.5.2); one that begins with "From "
 * is changed by mailbox files.
 */
function needsGuard(text: string, index: number): boolean {
  return text[index] === '.' || text.startsWith('From ', index);
}

/**
 * Encodes `text` (line breaks as LF) as lines of at most 76 characters that end in CRLF.
 * What does not end in a line break ends in a soft one, which decodes to nothing.
 */
export function encodeFragment(text: string): string {
  let encoded = '';
  let column = 0;
  for (let index = 0; index < text.length; ) {
    const character = String.fromCodePoint(text.codePointAt(index) ?? 0);
    if (character === '\n') {
      encoded += '\r\n';
      column = 0;
      index += 1;
      continue;
    }
    const endsLine = text[index + 1] === '\n' && (character === ' ' || character === '\t');
    let written = endsLine ? encodeCharacter(character) : writeCharacter(character);
    if (column + written.length > widestLine) {
      encoded += softBreak;
      column = 0;
    }
    if (column === 0 && needsGuard(text, index)) written = encodeCharacter(character);
    encoded += written;
    column += written.length;
    index += character.length;
  }
  return column === 0 ? encoded : encoded + softBreak;
}

/** Most names: encoded as they stand. */
const shortAndPlain = /^(?!From )[!-\-/-<>-~][ -<>-~]{0,73}$/;

/** `encodeFragment` for one line of a person's, quick where there is nothing to encode. */
export function encodeValue(value: string): string {
  if (shortAndPlain.test(value)) return value + softBreak;
  return value === '' ? '' : encodeFragment(value);
}
