import { open, readdir } from 'node:fs/promises';
import path from 'node:path';
import { guessWord } from '../../campaign/guess-word.js';
import { BadInput, type Problem } from '../../campaign/problem.js';

/** Files that people write by hand: the example campaign, comments and all, has 5 kB. */
const maxBytes = 256 * 1024;

/**
 * The text of a UTF-8 file that a person wrote, without its byte order mark.
 * Throws `BadInput` where it is missing, a folder, may not be read, is too large, is empty or is not text.
 */
export async function readTextFile(file: string): Promise<string> {
  const bytes = await readBytes(file);
  const fail = (problem: Problem): never => {
    throw new BadInput([{ file, ...problem }]);
  };
  if (bytes.length > maxBytes) {
    fail({ message: `is larger than ${maxBytes / 1024} kB, so it is not a file that a person wrote` });
  }
  const saveAsUtf8 = 'save it as UTF-8, which every editor offers';
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    fail({ message: 'is text in UTF-16', hint: saveAsUtf8 });
  }
  if (bytes.includes(0)) fail({ message: 'is not a text file' });
  const text = bytes.toString('utf8');
  const badLine = findLineThatIsNotUtf8(bytes);
  if (badLine !== undefined) {
    fail({ line: badLine, column: 1, message: 'holds a character that is not UTF-8', hint: saveAsUtf8 });
  }
  const withoutMark = text.replace(/^\uFEFF/, '');
  if (withoutMark.trim() === '') fail({ message: 'is empty' });
  return withoutMark;
}

async function readBytes(file: string): Promise<Buffer> {
  let handle: Awaited<ReturnType<typeof open>> | undefined;
  try {
    handle = await open(file, 'r');
    // A pipe or a device has no size to ask for first: read up to one byte more than is allowed.
    const bytes = Buffer.alloc(maxBytes + 1);
    let length = 0;
    while (length < bytes.length) {
      const { bytesRead } = await handle.read(bytes, length, bytes.length - length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return bytes.subarray(0, length);
  } catch (error) {
    throw new BadInput([await describeReadError(file, error)]);
  } finally {
    await handle?.close();
  }
}

async function describeReadError(file: string, error: unknown): Promise<Problem> {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ENOENT': {
      const guess = guessWord(path.basename(file), await listFiles(path.dirname(file)));
      return {
        file,
        message: 'there is no such file',
        ...(guess !== undefined && { hint: `did you mean "${path.join(path.dirname(file), guess)}"?` }),
      };
    }
    case 'ENOTDIR':
      return { file, message: 'there is no such file' };
    case 'EISDIR': {
      const [first] = (await listFiles(file)).filter((name) => /\.ya?ml$/.test(name)).sort();
      const hint = first === undefined ? 'name a file' : `name a file in it, such as "${path.join(file, first)}"`;
      return { file, message: 'is a folder', hint };
    }
    case 'EACCES':
    case 'EPERM':
      return { file, message: 'may not be read by this user' };
    default:
      return { file, message: `cannot be read: ${(error as Error).message}` };
  }
}

/** For hints only, so a folder that cannot be listed has no files. */
async function listFiles(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  } catch {
    return [];
  }
}

/** UTF-8 never uses the byte 0x0A inside a character, so the lines can be judged one by one. */
function findLineThatIsNotUtf8(bytes: Buffer): number | undefined {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let line = 1;
  for (let start = 0; start < bytes.length; line += 1) {
    const end = bytes.indexOf(0x0a, start);
    const stop = end === -1 ? bytes.length : end;
    try {
      decoder.decode(bytes.subarray(start, stop));
    } catch {
      return line;
    }
    start = stop + 1;
  }
  return undefined;
}
