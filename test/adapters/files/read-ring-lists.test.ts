import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readRingLists } from '../../../src/adapters/files/read-ring-lists.js';
import { BadInput } from '../../../src/campaign/problem.js';
import { makeCampaign } from '../../rig/make-campaign.js';

const guid = '0F3C7A10-0000-4000-8000-000000000001';
let folder: string;
let campaignFile: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fanfare-rings-'));
  campaignFile = path.join(folder, 'campaign.yaml');
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** A campaign whose second ring has the list. */
function campaignWith(list: string) {
  return makeCampaign({ rings: [{ id: 'it', where: { department: 'IT' } }, { id: 'pilot', list }, { id: 'others' }] });
}

async function readOne(content: string | Uint8Array, list = './pilot.txt'): Promise<string[] | undefined> {
  await writeFile(path.join(folder, 'pilot.txt'), content);
  const lists = await readRingLists(campaignFile, campaignWith(list));
  expect(Object.keys(lists)).toEqual(['pilot']);
  return lists.pilot;
}

/** What is said, without the folder. */
async function readMistakes(content: string | Uint8Array, list?: string): Promise<string[]> {
  const error = await readOne(content, list).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof BadInput)) throw new Error('it was read');
  return error.message.replaceAll(`${folder}${path.sep}`, '').split('\n');
}

describe('a list', () => {
  test.each<[string, string | Uint8Array, string[]]>([
    ['is one address a line', 'Anna@X.test\nben@x.test\n', ['anna@x.test', 'ben@x.test']],
    ['may end without a line end', 'anna@x.test', ['anna@x.test']],
    ['may come from Windows', '\ufeffanna@x.test\r\nben@x.test\r\n', ['anna@x.test', 'ben@x.test']],
    [
      'may have spaces, blank lines and comments',
      '\n  anna@x.test \n# later:\n\n\tben@x.test',
      ['anna@x.test', 'ben@x.test'],
    ],
    ['names each person once', 'anna@x.test\nANNA@x.test', ['anna@x.test']],
    ['may have a header', 'Mail address\nanna@x.test', ['anna@x.test']],
    ['may be a table, of which the first column counts', 'mail,manager\nanna@x.test,ben@x.test\n', ['anna@x.test']],
    ['may have quotes', '"upn";"name"\n"anna@x.test";"Anna; or Ann"\n', ['anna@x.test']],
    ['may have empty columns', 'anna@x.test,,\n', ['anna@x.test']],
    ['may have names of any writing beside', Buffer.from('mail;name\nanna@x.test;Zo\xeb\n', 'latin1'), ['anna@x.test']],
    [
      'may name object ids',
      `${guid}\n{${guid.replace('1', '2')}}`,
      [guid.toLowerCase(), guid.replace('1', '2').toLowerCase()],
    ],
    ['may name guests', 'Anna_x.test#EXT#@c.onmicrosoft.com', ['anna_x.test#ext#@c.onmicrosoft.com']],
    ['may have comments before its header', '# pilot\nobjectId\nanna@x.test', ['anna@x.test']],
  ])('%s', async (_, content, expected) => {
    expect(await readOne(content)).toEqual(expected);
  });

  test('may be named by its whole path, and takes 200,000 lines', async () => {
    const content = Array.from({ length: 200_000 }, (_, index) => `p${index}@x.test\n`).join('');
    expect(await readOne(content, path.join(folder, 'pilot.txt'))).toHaveLength(200_000);
    const told = await readMistakes(`${content}p@x.test`);
    expect(told).toEqual([
      'campaign.yaml: rings[1].list: "./pilot.txt" has more than 200000 lines (take the ring by a column or a share)',
    ]);
  });
});

const asUtf8 = 'is not text in UTF-8 (save it as plain text or "CSV UTF-8")';
const nobody = 'names nobody (write one mail address, sign-in name or object id on each line)';
const notOne = 'rings[1].list: does not begin with a mail address, a sign-in name or an object id';

describe('a list that cannot be used', () => {
  test.each<[string, string | Uint8Array, string[]]>([
    ['is empty', '', [`campaign.yaml: rings[1].list: "./pilot.txt" ${nobody}`]],
    ['is a header alone', 'mail\n# nobody yet\n', [`campaign.yaml: rings[1].list: "./pilot.txt" ${nobody}`]],
    [
      'is UTF-16',
      Buffer.from('\ufeffanna@x.test', 'utf16le'),
      [`campaign.yaml: rings[1].list: "./pilot.txt" ${asUtf8}`],
    ],
    ['begins with names', 'Anna,anna@x.test\nben@x.test', [`pilot.txt:1: ${notOne}`]],
    ['has a second header', 'mail\nanna@x.test\nmail\n', [`pilot.txt:3: ${notOne}`]],
    ['has names around addresses', 'a@x.test\nAnna <anna@x.test>', [`pilot.txt:2: ${notOne}`]],
    ['has an address without a dot', 'a@x.test\nanna@x', [`pilot.txt:2: ${notOne}`]],
    ['has a character that nobody sees', 'a@x.test\nan\u200bna@x.test', [`pilot.txt:2: ${notOne}`]],
    ['has a number', `${guid}\n${guid.slice(0, -1)}`, [`pilot.txt:2: ${notOne}`]],
    [
      'is one line of all',
      'anna@x.test; ben@x.test; cas@x.test;',
      ['pilot.txt:1: rings[1].list: holds 3 addresses: give each a line of its own'],
    ],
  ])('%s', async (_, content, expected) => {
    expect(await readMistakes(content)).toEqual(expected);
  });

  test('is not there, and never quotes an address', async () => {
    expect(await readMistakes('a@x.test', './other.txt')).toEqual([
      'campaign.yaml: rings[1].list: there is no file "./other.txt" (the path is relative to the campaign file)',
    ]);
    expect(await readMistakes('a@x.test', '.')).toHaveLength(1);
    expect((await readMistakes('a@x.test\nanna@contoso')).join()).not.toContain('contoso');
  });

  test('tells at most 20 lines, and how many more there are', async () => {
    const told = await readMistakes(`a@x.test\n${'nobody\n'.repeat(25)}`);
    expect(told).toHaveLength(21);
    expect(told.slice(-2)).toEqual([`pilot.txt:21: ${notOne}`, 'pilot.txt: rings[1].list: has 5 more such lines']);
  });

  test('is told together with the others', async () => {
    const rings = [{ id: 'a', list: './a.txt' }, { id: 'b', list: './b.txt' }, { id: 'others' }];
    await expect(readRingLists(campaignFile, makeCampaign({ rings }))).rejects.toThrow(/rings\[0\](.|\n)*rings\[1\]/);
  });
});
