import { isAscii } from 'node:buffer';
import { createReadStream } from 'node:fs';
import iconv from 'iconv-lite';
import type { Encoding } from './detect-encoding.js';

/** Large enough that a piece is cheap to carry over, small enough that other work gets its turn between two. */
const chunkBytes = 128 * 1024;

/** The text of a file in pieces, without its byte order mark. Leaving the loop early closes the file. */
export async function* decodeFile(path: string, encoding: Encoding): AsyncGenerator<string> {
  // Node's TextDecoder reads windows-1252 as Latin-1 in some releases of 20 and 22 (the euro sign and curly quotes are
  // lost: nodejs/node#56542), so iconv-lite decodes. It strips the byte order mark.
  const decoder = iconv.getDecoder(encoding);
  const isByteWise = encoding === 'utf-8' || encoding === 'windows-1252';
  // Whether the decoder has seen the beginning of the file, and waits for no second half of a character.
  let isIdle = false;
  for await (const chunk of createReadStream(path, { highWaterMark: chunkBytes })) {
    const bytes = chunk as Buffer;
    // Most chunks of most lists: copied and not decoded, they take a fifth of the time.
    if (isIdle && isAscii(bytes)) {
      yield bytes.toString('latin1');
      continue;
    }
    const text = decoder.write(bytes);
    isIdle = isByteWise && text !== '' && (bytes.at(-1) ?? 0) < 0x80;
    if (text !== '') yield text;
  }
  const rest = decoder.end();
  if (rest) yield rest;
}
