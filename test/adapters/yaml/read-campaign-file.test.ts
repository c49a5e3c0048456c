import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readCampaignFile } from '../../../src/adapters/yaml/read-campaign-file.js';
import { BadInput } from '../../../src/campaign/problem.js';
import { brokenCampaigns } from './broken-campaigns.js';

const repository = new URL('../../../', import.meta.url);
let folder: string;
let good: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fanfare-yaml-'));
  good = await readFile(new URL('good-campaign.yaml', import.meta.url), 'utf8');
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function write(name: string, content: string | Uint8Array): Promise<string> {
  const file = path.join(folder, name);
  await writeFile(file, content);
  return file;
}

/** Everything that is said of the file, without its name. */
async function readMistakes(file: string): Promise<string[]> {
  try {
    await readCampaignFile(file);
    return [];
  } catch (error) {
    if (!(error instanceof BadInput)) throw error;
    for (const problem of error.problems) expect(problem.file).toBe(file);
    return error.message
      .split(new RegExp(`^${file}: ?`, 'm'))
      .slice(1)
      .map((line) => line.trim());
  }
}

describe('a good file', () => {
  test('is read with every default filled in', async () => {
    const campaign = await readCampaignFile(await write('good.yaml', good));
    expect(campaign).toMatchObject({
      id: 'sspr',
      locale: 'en',
      organisation: { colours: { primary: '#0b5a5e' }, helpDesk: { phone: '+31 20 555 0100' } },
      launch: { date: '2027-01-12', time: '09:00', zone: 'Europe/Amsterdam' },
      registerBy: '+14d',
      steps: [
        { id: 'coming-soon', kind: 'coming-soon', offset: '-14d', time: '09:00', template: 'coming-soon' },
        { id: 'available-now', kind: 'available-now', offset: '0d', time: '09:00', template: 'available-now' },
        { id: 'reminder-1', kind: 'sign-up-reminder', offset: '+7d', time: '09:00', template: 'sign-up-reminder' },
      ],
      audience: { includeDisabled: false, includeGuests: false },
      goal: { field: 'isSsprCapable', maxAge: '24h' },
    });
  });

  test('ships as the example', async () => {
    const campaign = await readCampaignFile(new URL('config/campaigns/sspr.yaml', repository).pathname);
    expect(campaign.steps.map(({ id, offset }) => [id, offset])).toEqual([
      ['coming-soon', '-14d'],
      ['available-now', '0d'],
      ['reminder-1', '+7d'],
      ['reminder-2', '+14d'],
    ]);
    expect(campaign.launch).toEqual({
      date: '2027-01-12',
      time: '09:00',
      zone: 'Europe/Amsterdam',
      recipientLocal: false,
    });
  });

  test.each<[string, (text: string) => string]>([
    ['with a byte order mark', (text) => `\uFEFF${text}`],
    ['with the line ends of Windows', (text) => text.replaceAll('\n', '\r\n')],
    ['marked as YAML 1.1, where dates and times are not text', (text) => `%YAML 1.1\n---\n${text}`],
    [
      'with an alias',
      (text) => text.replace('email: service', 'email: &desk service').replace(/replyTo: .*/, 'replyTo: *desk'),
    ],
  ])('may be written %s', async (_, rewrite) => {
    const expected = await readCampaignFile(await write('good.yaml', good));
    expect(await readCampaignFile(await write('other.yaml', rewrite(good)))).toEqual(expected);
  });

  test.each([
    ['phone: +31 20 555 0100', 'phone: 0205550100', ['organisation', 'helpDesk', 'phone'], '0205550100'],
    ['name: Reset your own password', 'name: 2027', ['name'], '2027'],
    ['name: Reset your own password', 'name: 1.10', ['name'], '1.10'],
    ['name: Reset your own password', 'name: true', ['name'], 'true'],
    ['id: sspr', 'id: 2027', ['id'], '2027'],
    ['en: Monday to Friday', 'en: 24', ['organisation', 'helpDesk', 'hours', 'en'], '24'],
  ])('keeps a text as written where YAML sees a number: %s to %s', async (from, to, field, value) => {
    const campaign = await readCampaignFile(await write('good.yaml', good.replace(from, to)));
    expect(campaign).toHaveProperty(field, value);
  });
});

describe('a file with one mistake', () => {
  test.each(brokenCampaigns)('%s', async (_, from, to, told) => {
    const broken = good.replace(from, () => to);
    expect(broken).not.toBe(good);
    expect((await readMistakes(await write('broken.yaml', broken))).join('\n')).toBe(told);
  });
});

test('tells every mistake at once, in the order of the file', async () => {
  const broken = good
    .replace('id: sspr', 'id: SSPR')
    .replace('width: 140', 'widht: 140')
    .replace('"#f2a93b"', '#f2a93b')
    .replace('Europe/Amsterdam', 'Europe/Amstredam')
    .replace('    id: reminder-1', '    id: coming-soon')
    .replace('kind: available-now', 'kind: available-nwo')
    .replace('replyTo:', 'address:');
  const mistakes = await readMistakes(await write('broken.yaml', broken));
  expect(mistakes.map((each) => each.split(': ', 2).join(' '))).toEqual([
    '1:5 id',
    '8:5 organisation.logo',
    '12:5 organisation.colours.accent',
    '28:9 launch.zone',
    '32:11 steps[1].kind',
    '35:9 steps[2].id',
    '41:1 sender',
    '44:3 the key "address" is given twice, first on line 43 (keep one of them)',
  ]);
});

describe('a file that is no campaign at all', () => {
  const bomb = ['a: &a [x, x, x, x, x, x, x, x, x]'];
  for (const [name, before] of ['ba', 'cb', 'dc', 'ed', 'fe', 'gf'].map((pair) => [...pair])) {
    bomb.push(`${name}: &${name} [${Array(9).fill(`*${before}`).join(', ')}]`);
  }
  const saveAsUtf8 = 'save it as UTF-8, which every editor offers';
  test.each<[string, string, string | Uint8Array, string]>([
    ['empty', 'c.yaml', '', 'is empty'],
    ['blank', 'c.yaml', ' \n\n', 'is empty'],
    ['only comments', 'c.yaml', '# soon\n', '1:1: is not a campaign file: it has no "key: value" lines'],
    ['a list', 'c.yaml', '- id: sspr\n', '1:1: is not a campaign file: it has no "key: value" lines'],
    ['prose', 'c.yaml', 'Dear all\n', '1:1: is not a campaign file: it has no "key: value" lines'],
    ['a picture', 'c.yaml', new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0, 0, 0, 13]), 'is not a text file'],
    ['UTF-16', 'c.yaml', Buffer.from('\uFEFFid: sspr\n', 'utf16le'), `is text in UTF-16 (${saveAsUtf8})`],
    [
      'Windows-1252',
      'c.yaml',
      Buffer.from('id: sspr\nname: Caf\xe9\n', 'latin1'),
      `2:1: holds a character that is not UTF-8 (${saveAsUtf8})`,
    ],
    [
      'too large',
      'c.yaml',
      `id: ${'x'.repeat(300_000)}`,
      'is larger than 256 kB, so it is not a file that a person wrote',
    ],
    ['aliases of aliases', 'c.yaml', bomb.join('\n'), 'repeats itself through more than 100 aliases (write it out)'],
    ...(
      [
        ['a table by its name', 'people.csv', 'email\na@contoso.com\n'],
        ['a table by its content', 'c.yaml', 'email,name\na@contoso.com,Ann\n'],
        ['a table with semicolons and quotes', 'c.yaml', '"email";"name"\n"a@contoso.com";"Ann"\n'],
      ] as const
    ).map(([what, name, content]): [string, string, string, string] => [
      what,
      name,
      content,
      'is a table (CSV), not a campaign file (lists of people go with --recipients and --registrations)',
    ]),
  ])('%s', async (_, name, content, told) => {
    expect(await readMistakes(await write(name, content))).toEqual([told]);
  });

  test('lists in lists without end', async () => {
    const [told] = await readMistakes(await write('c.yaml', `a: ${'['.repeat(20_000)}`));
    expect(told).toMatch(/^1:\d+: lists or sections are nested too deeply/);
  });

  test('a missing file, with the near name beside it', async () => {
    await write('sspr.yaml', good);
    const meant = path.join(folder, 'sspr.yaml');
    expect(await readMistakes(path.join(folder, 'ssrp.yaml'))).toEqual([
      `there is no such file (did you mean "${meant}"?)`,
    ]);
    expect(await readMistakes(path.join(folder, 'nowhere', 'x.yaml'))).toEqual(['there is no such file']);
    expect(await readMistakes(path.join(meant, 'x.yaml'))).toEqual(['there is no such file']);
  });

  test('a folder', async () => {
    const campaigns = path.join(folder, 'campaigns');
    await mkdir(campaigns);
    expect(await readMistakes(campaigns)).toEqual(['is a folder (name a file)']);
    await writeFile(path.join(campaigns, 'sspr.yaml'), good);
    expect(await readMistakes(campaigns)).toEqual([
      `is a folder (name a file in it, such as "${path.join(campaigns, 'sspr.yaml')}")`,
    ]);
  });
});

describe('whatever is written', () => {
  const slip = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    cut: fc.integer({ min: 0, max: 40 }),
    insert: fc.oneof(
      fc.string({ maxLength: 8, unit: 'binary' }),
      fc.constantFrom(
        '\n',
        '\t',
        ': ',
        '- ',
        '"',
        '[',
        '{',
        '&a ',
        '*a',
        '#',
        '!!set ',
        '? ',
        '|\n',
        '<<: ',
        '__proto__: 1\n',
      ),
    ),
  });

  test('a file is read, or told what is wrong with places that exist in it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(slip, { minLength: 1, maxLength: 4 }), async (slips) => {
        const text = slips.reduce((before, { at, cut, insert }) => {
          const start = Math.floor(at * before.length);
          return before.slice(0, start) + insert + before.slice(start + cut);
        }, good);
        const file = await write('slips.yaml', text);
        try {
          await readCampaignFile(file);
        } catch (error) {
          if (!(error instanceof BadInput)) throw error;
          expect(error.problems.length).toBeGreaterThan(0);
          const lines = text.split('\n').length;
          for (const { line = 1, column = 1, message } of error.problems) {
            expect(line).toBeGreaterThanOrEqual(1);
            expect(line).toBeLessThanOrEqual(lines);
            expect(column).toBeGreaterThanOrEqual(1);
            expect(message).not.toMatch(/undefined|\[object|Invalid input/);
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});
