import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type RecipientOptions, readRecipients } from '../../src/audience/read-recipients.js';
import { gatherAudience } from './gather-audience.js';
import { collect, tableOf } from './table-of.js';

const strict: RecipientOptions = { includeDisabled: false, includeGuests: false };
const id = '0F3C7A10-0000-4000-8000-000000000001';

async function readOne(header: string[], cells: string[], options = strict) {
  const [row] = await collect(readRecipients(tableOf(header, cells), options));
  return row;
}

test('a person with everything', async () => {
  const header = [
    'Mail',
    'UPN',
    'Object ID',
    'Display name',
    'First_Name',
    'surname',
    'Preferred-Language',
    'Country',
    'Department',
    '',
    '__proto__',
  ];
  const cells = [
    'Anna@X.test',
    'AJ@x.test',
    id,
    'Jansen,\tAnna ',
    'Anna',
    'Jansen',
    'NL_be',
    'France',
    '=IT',
    'lost',
    'p',
  ];
  const row = await readOne(header, cells);
  expect(row).toEqual({
    line: 2,
    recipient: {
      personKey: 'anna@x.test',
      address: 'Anna@x.test',
      objectId: id.toLowerCase(),
      userPrincipalName: 'aj@x.test',
      displayName: 'Jansen, Anna',
      firstName: 'Anna',
      locale: 'nl-BE',
      attributes: { First_Name: 'Anna', surname: 'Jansen', Country: 'France', Department: '=IT' },
    },
  });
});

test('every problem of a row is told at once', async () => {
  const row = await readOne(['mail', 'name', 'accountEnabled'], ['anna@x', 'n'.repeat(201), 'perhaps']);
  expect(row).toMatchObject({
    reject: {
      file: 'list.csv',
      line: 2,
      field: 'mail',
      message:
        '"anna@x" has the domain "x", which has no dot; name: has 201 characters, 200 are allowed; ' +
        'accountEnabled: "perhaps" is neither true nor false',
    },
  });
});

describe('who is left out', () => {
  const header = ['mail', 'userPrincipalName', 'accountEnabled', 'userType'];
  const all = { includeDisabled: true, includeGuests: true };
  test.each([
    [['a@x.test', '', 'True', 'Member'], strict, undefined],
    [['a@x.test', '', '', ''], strict, undefined],
    [['a@x.test', '', 'FALSE', 'Guest'], strict, 'disabled'],
    [['a@x.test', '', 'FALSE', 'Guest'], { ...all, includeGuests: false }, 'guest'],
    [['a@x.test', '', 'ONWAAR', 'Guest'], all, undefined],
    [['a@x.test', 'a_y.test#ext#@x.test', 'True', 'Member'], strict, 'guest'],
    [['', 'a@x.test', 'False', 'Guest'], strict, 'no-address'],
    [['', 'a@x.test', 'True', 'Member'], all, 'no-address'],
  ])('%j with %j', async (cells, options, leftOut) => {
    const row = await readOne(header, cells, options);
    expect(row && 'recipient' in row && row.recipient.leftOut).toBe(leftOut);
  });

  test.each([
    [['', 'A@x.test', id, 'n'], 'upn:a@x.test'],
    [['', '', id, 'n'], `id:${id.toLowerCase()}`],
    [['', '', '', 'n'], 'row:2'],
    [['a+b@x.test', 'u@x.test', id, 'n'], 'a@x.test'],
  ])('the person key of %j', async (cells, personKey) => {
    const row = await readOne(['mail', 'upn', 'objectId', 'name'], cells);
    expect(row).toMatchObject({ recipient: { personKey } });
  });
});

describe('the locale', () => {
  const header = ['mail', 'locale', 'preferredLanguage', 'country', 'usageLocation'];
  test.each([
    [['en-GB', 'nl', 'FR', 'DE'], 'en-GB', false],
    [['', 'nl-NL', 'FR', 'DE'], 'nl-NL', false],
    [['', '', 'Frankrijk', 'DE'], 'fr', false],
    [['', '', 'Atlantis', 'DE'], 'de', false],
    [['', '', '', ''], undefined, false],
    [['Klingon', '', '', 'NL'], 'nl', true],
    [['xx', '', '', ''], undefined, true],
    [['Duits', '', '', ''], 'de', false],
    [['', '', 'UK', ''], 'en', false],
    [['', '', 'België', ''], 'nl', false],
    [['', '', 'Suisse', ''], 'de', false],
  ])('of %j', async (cells, locale, isRemarked) => {
    const row = await readOne(header, ['a@x.test', ...cells]);
    expect(row && 'recipient' in row && row.recipient.locale).toBe(locale);
    expect(row && 'remark' in row && row.remark !== undefined).toBe(isRemarked);
  });
});

describe('the first name', () => {
  test.each<[string, Record<string, string>, string | undefined]>([
    ['given', { givenName: 'Anna Maria', name: 'x' }, 'Anna Maria'],
    ['confirmed by the surname column', { name: 'Jansen, Anna', surname: 'Jansen' }, 'Anna'],
    ['with a surname of several words', { name: 'Berg, van den', surname: 'van den Berg' }, undefined],
    ['before a surname of several words', { name: 'Anna van den Berg', surname: 'van den Berg' }, 'Anna'],
    ['behind the surname', { name: 'de Vries Jan', surname: 'de Vries' }, 'Jan'],
    ['against the surname column', { name: 'Anna Jansen', surname: 'Smit' }, undefined],
    ['confirmed by the address', { name: 'Zoë van Dijk', mail: 'zoe.vandijk@x.test' }, 'Zoë'],
    ['confirmed by the address, comma', { name: 'Jansen, Anna', mail: 'anna.jansen@x.test' }, 'Anna'],
    ['not confirmed', { name: 'Anna Jansen', mail: 'aj@x.test' }, undefined],
    ['against the address', { name: 'Jansen Anna', mail: 'anna.jansen@x.test' }, undefined],
    ['of a shared mailbox', { name: 'Reception Berlin', mail: 'reception.berlin@x.test' }, undefined],
    ['where the surname stands first', { name: 'Nagy Anna', mail: 'nagy.anna@x.hu' }, undefined],
    [
      'where the surname stands first, by locale',
      { name: 'Nagy Anna', mail: 'nagy.anna@x.test', locale: 'hu' },
      undefined,
    ],
    ['where the given name is empty', { givenName: '', name: 'Meeting Anna', mail: 'meeting.anna@x.test' }, undefined],
    ['of a company', { name: 'Contoso, BV', surname: 'Contoso' }, undefined],
    ['with two commas', { name: 'King, Martin, Jr', surname: 'King' }, undefined],
    ['of one word', { name: 'Anna', mail: 'anna@x.test' }, undefined],
  ])('%s', async (_, cells, firstName) => {
    const all = { mail: 'a@x.test', ...cells };
    const row = await readOne(Object.keys(all), Object.values(all));
    expect(row && 'recipient' in row && row.recipient.firstName).toBe(firstName);
  });
});

test('rows in = recipients + left out + merged + rejects, and no two recipients are one person', async () => {
  const cell = (...texts: string[]) => fc.constantFrom(...texts);
  const row = fc.tuple(
    cell('', 'a@x.test', 'A@x.test', 'a+1@X.test', 'b@x.test', 'c@x.test', 'bad', 'd@x.test,e@x.test'),
    cell('', 'a@x.test', 'u@x.test', 'v#EXT#@x.test'),
    cell('', '1', '2', '3'),
    cell('True', 'False', '', 'odd'),
    cell('Member', 'Guest', ''),
  );
  const header = ['mail', 'userPrincipalName', 'objectId', 'accountEnabled', 'userType'];
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { maxLength: 30 }),
      fc.record({ includeDisabled: fc.boolean(), includeGuests: fc.boolean() }),
      async (rows, options) => {
        const audience = await gatherAudience(readRecipients(tableOf(header, ...rows), options));
        const left = Object.values(audience.leftOut).reduce((sum, count) => sum + count, 0);
        const { recipients, merged, rejects } = audience;
        expect(recipients.length + left + merged.length + rejects.length).toBe(rows.length);
        expect(new Set(recipients.map(({ personKey }) => personKey)).size).toBe(recipients.length);
        const ids = recipients.flatMap(({ objectId }) => objectId ?? []);
        expect(new Set(ids).size).toBe(ids.length);
        for (const { line, sameAs } of merged) expect(sameAs).not.toBe(line);
        for (const { address } of recipients) expect(address).toMatch(/^[^@,]+@x\.test$/);
      },
    ),
  );
});
