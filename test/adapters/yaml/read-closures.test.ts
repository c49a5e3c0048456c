import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readClosures } from '../../../src/adapters/yaml/read-closures.js';

let folder: string;
let file: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fanfare-closures-'));
  file = path.join(folder, 'closures.yaml');
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function read(text: string) {
  await writeFile(file, text);
  return await readClosures(file);
}

describe('readClosures', () => {
  test('reads days and runs of days, in the order of the file', async () => {
    const text = `closures:
  - from: 2027-08-02
    to: 2027-08-13
    name: Summer break
  - date: 2027-05-07   # after Ascension Day
    name: Bridge day
  - { from: 2027-12-24, name: 2027 }
`;
    expect(await read(text)).toEqual([
      { from: '2027-08-02', to: '2027-08-13', name: 'Summer break' },
      { from: '2027-05-07', to: '2027-05-07', name: 'Bridge day' },
      { from: '2027-12-24', to: '2027-12-24', name: '2027' },
    ]);
    expect(await read('closures: []\n')).toEqual([]);
  });

  test.each<[string, string, string[]]>([
    [
      'a bare list',
      '- date: 2027-05-07\n  name: Bridge day\n',
      ['1:1: is not a list of closures below "closures:": it has no "key: value" lines'],
    ],
    [
      'an item without a day',
      'closures:\n  - name: Bridge day\n',
      ['2:5: closures[0]: names no day: give it "date", or "from" and "to"'],
    ],
    [
      'an item without a name',
      'closures:\n  - date: 2027-05-07\n',
      ['2:5: closures[0]: the key "name" is missing (for example name: Summer break)'],
    ],
    [
      'days that cannot be, and dates written otherwise',
      'closures:\n  - date: 2027-02-29\n    name: a\n  - from: 13-08-2027\n    to: 2207-01-01\n    name: b\n',
      [
        '2:11: closures[0].date: "2027-02-29" is not a day of the calendar (did you mean "2027-02-28"?)',
        '4:11: closures[1].from: "13-08-2027" is not a date as YYYY-MM-DD, such as 2027-01-12',
        '5:9: closures[1].to: "2207-01-01" is not a date of the years 2000 to 2199',
      ],
    ],
    [
      'an end before the beginning',
      'closures:\n  - from: 2027-08-13\n    to: 2027-08-02\n    name: Summer break\n',
      ['3:9: closures[0].to: lies before "from", 2027-08-13'],
    ],
    [
      'a day and a run of days in one item',
      'closures:\n  - date: 2027-08-13\n    from: 2027-08-02\n    name: a\n  - date: 2027-08-13\n    to: 2027-08-14\n    name: b\n',
      [
        '3:11: closures[0].from: stands beside "date": keep one of them',
        '6:9: closures[1].to: goes with "from", not with "date"',
      ],
    ],
    [
      'misspelt keys',
      'closures:\n  - form: 2027-08-02\n    until: 2027-08-03\n    nmae: Summer break\n',
      [
        '2:5: closures[0]: unknown key "form"; known here: date, from, to, name (did you mean "from"?)',
        '3:5: closures[0]: unknown key "until"; known here: date, from, to, name',
        '4:5: closures[0]: unknown key "nmae"; known here: date, from, to, name (did you mean "name"?)',
      ],
    ],
    [
      'another file',
      'host: relay.contoso.com\n',
      [
        '1:1: unknown key "host"; known here: closures',
        '1:1: the key "closures" is missing (for example closures: [ { from: 2027-08-02, to: 2027-08-13, name: Summer break }, { date: 2027-05-07, name: Bridge day } ])',
      ],
    ],
    [
      'a name over two lines',
      'closures:\n  - date: 2027-05-07\n    name: "Bridge\\nday"\n',
      ['3:11: closures[0].name: "Bridge\\nday" is not one line of text without control characters'],
    ],
  ])('tells of %s', async (_, text, told) => {
    const error = await read(text).then(
      () => undefined,
      (reason: Error) => reason,
    );
    expect(error?.name).toBe('BadInput');
    expect(error?.message.replaceAll(`${file}:`, '').split('\n')).toEqual(told);
  });
});
