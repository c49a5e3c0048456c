import { describe, expect, test } from '@jest/globals';
import { matchRegistrations } from '../../src/audience/match-registrations.js';
import { readRegistrations } from '../../src/audience/read-registrations.js';
import { BadInput } from '../../src/campaign/problem.js';
import type { Recipient, Registration } from '../../src/campaign/recipient.js';
import { collect, tableOf } from './table-of.js';

const goal = { goalField: 'isSsprCapable' };
const guid = '0F3C7A10-0000-4000-8000-000000000001';

async function readAll(header: string[], ...rows: string[][]) {
  return await collect(readRegistrations(tableOf(header, ...rows), goal));
}

describe('a report of Graph', () => {
  test.each([
    ['camelCase', ['id', 'userPrincipalName', 'isSsprCapable', 'lastUpdatedDateTime']],
    ['PascalCase', ['Id', 'UserPrincipalName', 'IsSsprCapable', 'LastUpdatedDateTime']],
    ['any case', ['ID', 'USER PRINCIPAL NAME', 'issspr_capable', 'lastupdateddatetime']],
  ])('%s', async (_, header) => {
    const rows = await readAll(
      header,
      [guid, 'Anna@x.test', 'True', '2027-01-12T08:30:00Z'],
      ['', 'bob@x.test', 'false', '1/12/2027 8:30:00 AM'],
      ['', 'carl@x.test', '', ''],
      ['', '', 'True', ''],
    );
    expect(rows).toEqual([
      {
        line: 2,
        registration: { objectId: guid.toLowerCase(), userPrincipalName: 'anna@x.test', registered: true, line: 2 },
        updatedAt: new Date('2027-01-12T08:30:00Z'),
      },
      { line: 3, registration: { userPrincipalName: 'bob@x.test', registered: false, line: 3 } },
      {
        line: 4,
        cells: ['', 'carl@x.test', '', ''],
        reject: { file: 'list.csv', line: 4, field: header[2], message: 'the empty cell is neither true nor false' },
      },
      expect.objectContaining({
        line: 5,
        reject: expect.objectContaining({ message: 'nothing says whose row this is' }),
      }),
    ]);
  });

  test.each([
    ['2027-01-12T09:30:00+01:00', '2027-01-12T08:30:00.000Z'],
    ['2027-01-12 09:30+0100', '2027-01-12T08:30:00.000Z'],
    ['2027-01-12T08:30:00.1234567Z', '2027-01-12T08:30:00.123Z'],
    ['2027-01-12T09:30:00', undefined],
    ['2027-01-12', undefined],
    ['2027-02-30T09:30:00Z', undefined],
    ['2027-13-01T09:30:00Z', undefined],
    ['2027-01-12T24:00:00Z', undefined],
    ['12-1-2027 09:30', undefined],
  ])('registered at %s', async (text, instant) => {
    const [row] = await readAll(['mail', 'isSsprCapable', 'registeredAt'], ['a@x.test', 'WAAR', text]);
    if (instant === undefined)
      expect(row).toMatchObject({
        reject: { field: 'registeredAt', message: expect.stringContaining('with its offset') },
      });
    else expect(row).toMatchObject({ registration: { addressKey: 'a@x.test', registeredAt: new Date(instant) } });
  });

  test('a row that has not reached the goal cannot say when', async () => {
    const [row] = await readAll(
      ['mail', 'isSsprCapable', 'registeredAt'],
      ['a@x.test', 'False', '2027-01-12T08:30:00Z'],
    );
    expect(row).toMatchObject({ reject: { message: 'says when, and "isSsprCapable" says "False"' } });
  });
});

describe('a simple list', () => {
  test.each([
    [['email'], ['A+x@x.test'], { addressKey: 'a@x.test' }],
    [['UserPrincipalName'], ['A@x.test'], { userPrincipalName: 'a@x.test' }],
    [['ObjectId'], [guid], { objectId: guid.toLowerCase() }],
    [['Who has registered'], ['A@x.test'], { userPrincipalName: 'a@x.test', addressKey: 'a@x.test' }],
    [['People'], [guid], { objectId: guid.toLowerCase() }],
  ])('with the header %j', async (header, cells, person) => {
    expect(await readAll(header, cells)).toEqual([{ line: 2, registration: { ...person, registered: true, line: 2 } }]);
  });

  test('without a header', async () => {
    const rows = await readAll(['anna@x.test'], ['bob@x.test'], ['nobody']);
    expect(rows).toMatchObject([
      { line: 1, registration: { addressKey: 'anna@x.test', registered: true, line: 1 } },
      { line: 2, registration: { addressKey: 'bob@x.test' } },
      { line: 3, cells: ['nobody'], reject: { line: 3, message: '"nobody" has no "@"' } },
    ]);
  });

  test('with the instants', async () => {
    const rows = await readAll(['email', 'registeredAt'], ['a@x.test', '2027-01-12T08:30:00Z']);
    expect(rows).toMatchObject([
      { registration: { registered: true, registeredAt: new Date('2027-01-12T08:30:00Z') } },
    ]);
  });
});

describe('files that do not say', () => {
  test.each([
    [
      ['userPrincipalName', 'isSsprCapabel', 'x'],
      [/no column "isSsprCapable"; the columns are .*did you mean "isSsprCapabel"\? Set "goal.field"/],
    ],
    [['userPrincipalName', 'isMfaCapable', 'isSsprRegistered'], [/no column "isSsprCapable".*Set "goal.field"/]],
    [['displayName', 'isSsprCapable'], [/no column says whose row it is/]],
    [
      ['displayName', 'x'],
      [/whose row it is/, /no column "isSsprCapable"/],
    ],
    [['isMfaCapable'], [/whose row it is/, /no column "isSsprCapable"/]],
  ])('%j', async (header, patterns) => {
    const failure = await readAll(header, header).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(BadInput);
    const { problems, message } = failure as BadInput;
    expect(problems).toHaveLength(patterns.length);
    for (const pattern of patterns) expect(message).toMatch(pattern);
  });
});

describe('whose registration it is', () => {
  const person = (personKey: string, more: Partial<Recipient> = {}): Recipient => ({
    personKey,
    attributes: {},
    ...more,
  });
  const anna = person('anna@x.test', { objectId: '1', userPrincipalName: 'aj@x.test' });
  const bob = person('bob@x.test', { objectId: '2', userPrincipalName: 'anna@x.test' });
  const carl = person('carl@x.test');
  const dora = person('upn:dora@x.test', { userPrincipalName: 'dora@x.test' });
  const { find } = matchRegistrations([anna, bob, carl, dora]);
  test.each<[string, Partial<Registration>, Recipient | undefined]>([
    ['object id before sign-in name', { objectId: '1', userPrincipalName: 'anna@x.test' }, anna],
    ['sign-in name before address', { userPrincipalName: 'anna@x.test', addressKey: 'anna@x.test' }, bob],
    ['an object id of nobody, then the sign-in name', { objectId: '9', userPrincipalName: 'aj@x.test' }, anna],
    ['an address', { addressKey: 'anna@x.test' }, anna],
    ['a sign-in name equal to the address of somebody without one', { userPrincipalName: 'carl@x.test' }, carl],
    ['a sign-in name equal to the address of somebody with another', { userPrincipalName: 'bob@x.test' }, undefined],
    ['somebody without an address', { userPrincipalName: 'dora@x.test' }, dora],
    ['nobody', { objectId: '9', userPrincipalName: 'x@x.test', addressKey: 'y@x.test' }, undefined],
  ])('%s', (_, registration, recipient) => {
    expect(find({ registered: true, line: 1, ...registration })).toBe(recipient);
  });
});
