import { isUtf8 } from 'node:buffer';
import type { FileHandle } from 'node:fs/promises';

/** What the bytes of a file are: text in one of four encodings, or no text at all with the reason. */
export type FileContent = { encoding: Encoding } | { notText: string } | { empty: true };
export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';

const scanBytes = 1 << 20;
/** Files that people take for CSV, by their first bytes. */
const signatures: readonly [bytes: string, notText: string][] = [
  ['504b0304', 'this is an Excel workbook (or another zip file): open it in Excel and save it as "CSV UTF-8"'],
  ['d0cf11e0', 'this is an old Excel workbook: open it in Excel and save it as "CSV UTF-8"'],
  ['25504446', 'this is a PDF, not a CSV file'],
  ['fffe0000', 'this file is UTF-32: save it as "CSV UTF-8"'],
  ['0000feff', 'this file is UTF-32: save it as "CSV UTF-8"'],
  ['1f8b', 'this is a gzip file: unpack it first'],
  ['89504e47', 'this is a picture, not a CSV file'],
  ['ffd8ff', 'this is a picture, not a CSV file'],
  ['7b5c727466', 'this is a rich text document: save it as plain CSV'],
];

/**
 * Reads the whole file once, in constant memory, because one `é` in row 500,000 decides.
 *
 * - A byte order mark decides at once.
 * - NULs at every second place only: UTF-16 without its mark.
 * - Valid UTF-8, also when the file breaks off inside a character: UTF-8.
 * - Invalid, but with more valid multi-byte characters than invalid bytes: UTF-8 with damaged rows, which the reader
 *   rejects one by one. In real Windows-1252 text an accented letter is almost never followed by a byte that
 *   completes a UTF-8 character.
 * - Otherwise Windows-1252, which is what Excel in western Europe writes as "CSV".
 */
export async function detectEncoding(file: FileHandle): Promise<FileContent> {
  const buffer = Buffer.alloc(scanBytes);
  const { bytesRead } = await file.read(buffer, 0, scanBytes, 0);
  const head = buffer.subarray(0, bytesRead);
  if (bytesRead === 0) return { empty: true };
  const start = head.toString('hex', 0, 8);
  const known = signatures.find(([bytes]) => start.startsWith(bytes));
  if (known) return { notText: known[1] };
  if (start.startsWith('fffe')) return { encoding: 'utf-16le' };
  if (start.startsWith('feff')) return { encoding: 'utf-16be' };
  const byNuls = detectByNuls(head.subarray(0, 65_536));
  if (byNuls) return byNuls;
  if (start.startsWith('efbbbf')) return { encoding: 'utf-8' };
  return { encoding: await weighUtf8(file, buffer) };
}

function detectByNuls(sample: Buffer): FileContent | undefined {
  let even = 0;
  let odd = 0;
  let controls = 0;
  for (const [index, byte] of sample.entries()) {
    if (byte === 0) index % 2 === 0 ? even++ : odd++;
    else if (byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d) controls++;
  }
  // A tenth of the characters is enough: Greek or Cyrillic ones have no NUL; delimiters, addresses and line ends do.
  const enough = sample.length / 20;
  if (odd > enough && even * 20 < odd) return { encoding: 'utf-16le' };
  if (even > enough && odd * 20 < even) return { encoding: 'utf-16be' };
  // Text holds hardly any control characters; a compiled or packed file is about one eighth of them.
  if (sample.length >= 32 && even + odd + controls > sample.length * 0.05) {
    return { notText: 'this is a binary file, not a CSV file' };
  }
  return undefined;
}

async function weighUtf8(file: FileHandle, buffer: Buffer): Promise<Encoding> {
  let valid = 0;
  let invalid = 0;
  let position = 0;
  let kept = 0;
  for (;;) {
    const { bytesRead } = await file.read(buffer, kept, buffer.length - kept, position);
    if (bytesRead === 0) break;
    position += bytesRead;
    const filled = buffer.subarray(0, kept + bytesRead);
    const tail = unfinishedBytes(filled);
    const whole = filled.subarray(0, filled.length - tail);
    if (!isUtf8(whole)) {
      for (const character of whole.toString('utf8')) {
        if (character === '\ufffd') invalid++;
        else if (character > '\u007f') valid++;
      }
    }
    buffer.copyWithin(0, filled.length - tail, filled.length);
    kept = tail;
  }
  return invalid === 0 || valid > invalid ? 'utf-8' : 'windows-1252';
}

/** How many bytes at the end begin a UTF-8 character that is not complete yet: 0 to 3. */
function unfinishedBytes(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? back : 0;
    if (byte < 0x80) return 0;
  }
  return 0;
}
