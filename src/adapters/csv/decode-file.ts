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
  for await (const bytes of createReadStream(path, { highWaterMark: chunkBytes })) {
    const text = decoder.write(bytes as Buffer);
    if (text !== '') yield text;
  }
  const rest = decoder.end();
  if (rest) yield rest;
}
