import { BadInput } from '../campaign/problem.js';
import { locateOffset } from './source-text.js';

/** JSON whose every part knows its place: JSON.parse tells none. */
export type JsonNode = JsonText | JsonList | JsonObject | JsonOther;
interface JsonText {
  kind: 'text';
  value: string;
  offset: number;
  /** Offset in the file of a character of `value`. */
  offsetOf(index: number): number;
}
interface JsonList {
  kind: 'list';
  items: JsonNode[];
  offset: number;
}
export interface JsonObject {
  kind: 'object';
  entries: Map<string, { keyOffset: number; value: JsonNode }>;
  offset: number;
}
interface JsonOther {
  kind: 'other';
  written: string;
  offset: number;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON refuses them in a text (RFC 8259, 7)
const string = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const other = /true|false|null|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const escapeSequence = /\\(?:u[0-9a-fA-F]{4}|.)|[\s\S]/g;

/** Reads JSON; throws BadInput with the place of what is wrong. */
export function readJson(file: string, text: string): JsonNode {
  let at = 0;
  const fail = (message: string, offset = at): never => {
    throw new BadInput([{ file, ...locateOffset(text, offset), message }]);
  };
  const skipSpace = () => {
    while (at < text.length && /[ \t\n\r]/.test(text[at] ?? '')) at += 1;
  };
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) at += found.length;
    return found;
  };
  const expect = (sign: string, where: string) => {
    skipSpace();
    if (text[at] !== sign)
      fail(`not JSON: expected "${sign}" ${where}, found ${text[at] ? `"${text[at]}"` : 'the end of the file'}`);
    at += 1;
  };
  const readText = (): JsonText => {
    const offset = at;
    const raw = take(string) ?? fail('not JSON: expected a text in double quotes, complete and on one line');
    const offsets: number[] = [];
    for (const { index } of raw.slice(1, -1).matchAll(escapeSequence)) offsets.push(offset + 1 + index);
    return { kind: 'text', value: JSON.parse(raw), offset, offsetOf: (index) => offsets[index] ?? offset };
  };
  const readSeries = (close: string, readOne: () => void) => {
    at += 1;
    skipSpace();
    if (text[at] === close) {
      at += 1;
      return;
    }
    for (;;) {
      readOne();
      skipSpace();
      if (text[at] === close) break;
      expect(',', `or "${close}"`);
      skipSpace();
    }
    at += 1;
  };
  const readObject = (): JsonObject => {
    const node: JsonObject = { kind: 'object', entries: new Map(), offset: at };
    readSeries('}', () => {
      const key = readText();
      if (node.entries.has(key.value)) fail(`"${key.value}" is here twice`, key.offset);
      expect(':', `after "${key.value}"`);
      node.entries.set(key.value, { keyOffset: key.offset, value: readNode() });
    });
    return node;
  };
  const readNode = (): JsonNode => {
    skipSpace();
    const offset = at;
    if (text[at] === '{') return readObject();
    if (text[at] === '[') {
      const items: JsonNode[] = [];
      readSeries(']', () => items.push(readNode()));
      return { kind: 'list', items, offset };
    }
    if (text[at] === '"') return readText();
    const written = take(other) ?? fail(`not JSON: found ${text[at] ? `"${text[at]}"` : 'the end of the file'}`);
    return { kind: 'other', written, offset };
  };
  const node = readNode();
  skipSpace();
  if (at < text.length) fail('not JSON: more text after the end');
  return node;
}
