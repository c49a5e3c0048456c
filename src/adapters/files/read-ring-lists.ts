import { readFile, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import type { Campaign } from '../../campaign/campaign.js';
import { BadInput, type Problem } from '../../campaign/problem.js';

/** A ring of more people than that is no list any more: `where` or `share` says it better. */
const mostLines = 200_000;
/** So many lines of the longest addresses (320 characters) have 64 MB; nobody's are that long. */
const mostBytes = 32 * 1024 * 1024;
const problemsTold = 20;

/** An address or a sign-in name (`anna_x.test#EXT#@contoso.onmicrosoft.com`), with nothing around it. */
const identity = /^[^\s\p{Cf}@<>"(),:;[\]\\]+@[^\s\p{Cf}@<>"(),:;[\]\\]+\.[^\s\p{Cf}@<>"(),:;[\]\\.]+$/u;
const objectId = /^\{?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\}?$/;

/**
 * Who the lists of a campaign's rings name, by ring: mail addresses, sign-in names and object ids, in lower case, each
 * once. A list is a text or CSV file beside the campaign file, of which the first column counts; a header line, blank
 * lines and those that begin with # say nothing.
 * @throws BadInput with every list that is missing or names nobody, and every line that is none of the three
 */
export async function readRingLists(
  campaignFile: string,
  { rings }: Pick<Campaign, 'rings'>,
): Promise<Record<string, string[]>> {
  const lists: Record<string, string[]> = {};
  const problems: Problem[] = [];
  for (const [index, { id, list }] of rings.entries()) {
    if (list === undefined) continue;
    const field = `rings[${index}].list`;
    const file = isAbsolute(list) ? list : join(dirname(campaignFile), list);
    const text = await readList(file, list);
    if (typeof text !== 'string') {
      problems.push({ file: campaignFile, field, ...text });
      continue;
    }
    const { keys, wrong } = readKeys(text);
    lists[id] = [...keys];
    problems.push(...wrong.slice(0, problemsTold).map((problem) => ({ file, field, ...problem })));
    if (wrong.length > problemsTold) {
      problems.push({ file, field, message: `has ${wrong.length - problemsTold} more such lines` });
    }
    if (keys.size === 0 && wrong.length === 0) {
      const hint = 'write one mail address, sign-in name or object id on each line';
      problems.push({ file: campaignFile, field, message: `"${list}" names nobody`, hint });
    }
  }
  if (problems.length > 0) throw new BadInput(problems);
  return lists;
}

async function readList(file: string, shown: string): Promise<string | Pick<Problem, 'message' | 'hint'>> {
  const facts = await stat(file).catch(() => undefined);
  if (!facts?.isFile()) {
    return { message: `there is no file "${shown}"`, hint: 'the path is relative to the campaign file' };
  }
  if (facts.size > mostBytes) return { message: `"${shown}" has ${facts.size} bytes, ${mostBytes} are allowed` };
  const bytes = await readFile(file).catch(() => undefined);
  if (!bytes) return { message: `"${shown}" may not be read by this user` };
  if (bytes.includes(0)) {
    return { message: `"${shown}" is not text in UTF-8`, hint: 'save it as plain text or "CSV UTF-8"' };
  }
  const text = bytes.toString('utf8').replace(/^\ufeff/, '');
  const lines = text.split('\n', mostLines + 2);
  // The line end of the last line begins no line of its own.
  if (lines.length > mostLines + (lines.at(-1) === '' ? 1 : 0)) {
    return { message: `"${shown}" has more than ${mostLines} lines`, hint: 'take the ring by a column or a share' };
  }
  return text;
}

function readKeys(text: string): { keys: Set<string>; wrong: Pick<Problem, 'line' | 'message' | 'hint'>[] } {
  const keys = new Set<string>();
  const wrong: Pick<Problem, 'line' | 'message' | 'hint'>[] = [];
  let header: string | undefined;
  for (const [index, whole] of text.split(/\r\n|\r|\n/).entries()) {
    const line = whole.trim();
    if (line === '' || line.startsWith('#')) continue;
    const cells = line.split(/[,;\t]/).map((cell) => cell.replaceAll('"', '').trim().toLowerCase());
    const [first = ''] = cells;
    const key = objectId.exec(first)?.[1] ?? (identity.test(first) ? first : undefined);
    const isFirst = header === undefined;
    header ??= key === undefined && !line.includes('@') ? line : '';
    if (isFirst && header !== '') continue;
    const filled = cells.filter((cell) => cell !== '');
    if (key === undefined) {
      wrong.push({ line: index + 1, message: 'does not begin with a mail address, a sign-in name or an object id' });
    } else if (header === '' && filled.length > 1 && filled.every((cell) => identity.test(cell))) {
      // What mail programs copy: `anna@x.test; ben@x.test`. With a header it is a table, of which one column counts.
      wrong.push({ line: index + 1, message: `holds ${filled.length} addresses: give each a line of its own` });
    } else keys.add(key);
  }
  return { keys, wrong };
}
