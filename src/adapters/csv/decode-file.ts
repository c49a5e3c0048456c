import { isAscii } from 'node:buffer';
import { open } from 'node:fs/promises';
import iconv from 'iconv-lite';
import type { Encoding } from './detect-encoding.js';

/** Of a million rows 270 calls; with a stream's 64 kB each, the calls take as long as all else here. */
const readBytes = 512 * 1024;
/**
 * Large enough that a piece is cheap to carry over, small enough that other work gets its turn between two. From 128 kB
 * on, V8 gives each text pages of its own, and takes three times as long for it.
 */
const pieceBytes = 64 * 1024;

/** The text of a file in pieces, without its byte order mark. Leaving the loop early closes the file. */
export async function* decodeFile(path: string, encoding: Encoding): AsyncGenerator<string> {
  const decode = createDecoder(encoding);
  const file = await open(path);
  try {
    const buffer = Buffer.allocUnsafeSlow(readBytes);
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, readBytes, null);
      if (bytesRead === 0) break;
      for (let at = 0; at < bytesRead; at += pieceBytes) {
        const text = decode(buffer.subarray(at, Math.min(at + pieceBytes, bytesRead)));
        if (text !== '') yield text;
      }
    }
  } finally {
    await file.close();
  }
  const rest = decode(undefined);
  if (rest !== '') yield rest;
}

/** `undefined` ends the text. */
function createDecoder(encoding: Encoding): (bytes: Buffer | undefined) => string {
  // Node's TextDecoder reads windows-1252 as Latin-1 in some releases of 20 and 22 (the euro sign and curly quotes are
  // lost: nodejs/node#56542), so iconv-lite decodes. It strips the byte order mark.
  const decoder = iconv.getDecoder(encoding);
  const isByteWise = encoding === 'utf-8' || encoding === 'windows-1252';
  // Whether the decoder has seen the beginning of the file, and waits for no second half of a character.
  let isIdle = false;
  return (bytes) => {
    if (!bytes) return decoder.end() ?? '';
    // Most pieces of most lists: copied and not decoded, they take a fifth of the time.
    if (isIdle && isAscii(bytes)) return bytes.toString('latin1');
    const text = decoder.write(bytes);
    isIdle = isByteWise && text !== '' && (bytes.at(-1) ?? 0) < 0x80;
    return text;
  };
}
