import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { matchRegistrations } from '../../../src/audience/match-registrations.js';
import type { Recipient, Registration } from '../../../src/campaign/recipient.js';
import { listSettings } from '../../../src/engine/step-settings.js';
import { planCampaign } from '../../../src/plan/plan-campaign.js';
import { gatherAudience } from '../../audience/gather-audience.js';
import { loadTestContent, makeCampaign, makePeople } from '../../rig/make-campaign.js';
import { openTestDatabase, type TestDatabase } from '../../rig/open-test-database.js';

const now = new Date('2027-01-01T08:00:00Z');

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.clear();
  const campaign = makeCampaign();
  const plan = planCampaign(campaign);
  await database.campaigns.save({
    ...{ definition: campaign, plan, content: await loadTestContent(campaign), expectedVersion: 0, now },
    steps: listSettings(plan, campaign),
  });
});

async function* each<Row>(rows: Row[]): AsyncGenerator<Row> {
  yield* rows;
}
const asRows = (people: Recipient[]) => people.map((recipient, index) => ({ line: index + 2, recipient }));
const yes = async () => true;
const importPeople = (people: Recipient[], mode: 'replace' | 'add' = 'replace') =>
  database.audience.importRecipients('test', each(asRows(people)), { mode, consent: yes });
const importRegistered = (rows: Partial<Registration>[], asOf = now) =>
  database.audience.importRegistrations(
    'test',
    each(rows.map((row, index) => ({ registered: true, line: index + 2, ...row }))),
    {
      ...{ asOf: () => asOf, source: 'test', now },
      consent: yes,
    },
  );
const person = (name: string, more: Partial<Recipient> = {}): Recipient => ({
  ...{ personKey: `${name}@x.test`, address: `${name}@x.test`, attributes: {} },
  ...more,
});
const listRegistered = async () => {
  const { rows } = await database.pool.query(
    'SELECT person_key FROM recipients WHERE registered_at IS NOT NULL ORDER BY person_key',
  );
  return rows.map((row) => row.person_key.split('@')[0]);
};

describe('lists of people', () => {
  test('keep every character of a name and every attribute', async () => {
    const hostile = 'Tab\\tO’Neill "q" \\N \\. Jürgen 🙂';
    await importPeople([person('a', { displayName: hostile, attributes: { 'Cost, centre': '\\N', Dept: '' } })]);
    const { rows } = await database.pool.query('SELECT display_name, attributes FROM recipients');
    expect(rows).toEqual([{ display_name: hostile, attributes: { 'Cost, centre': '\\N', Dept: '' } }]);
  });

  test('a second import of the same list changes nothing', async () => {
    const people = [person('a'), person('b', { leftOut: 'guest' })];
    expect(await importPeople(people)).toMatchObject({
      added: 2,
      updated: 0,
      unchanged: 0,
      gone: 0,
      audience: 1,
      leftOut: { guest: 1 },
    });
    expect(await importPeople(people)).toMatchObject({ added: 0, updated: 0, unchanged: 2, gone: 0, audience: 1 });
  });

  test('whoever is no longer in the list gets no more mail, unless the file only adds', async () => {
    await importPeople([person('a'), person('b')]);
    expect(await importPeople([person('c')], 'add')).toMatchObject({ added: 1, gone: 0, audience: 3 });
    expect(await importPeople([person('a')])).toMatchObject({ gone: 2, audience: 1, leftOut: { 'not-in-list': 2 } });
    expect(await importPeople([person('a'), person('b')])).toMatchObject({
      updated: 1,
      audience: 2,
      leftOut: { 'not-in-list': 1 },
    });
  });

  test('somebody with a new address stays the same person', async () => {
    await importPeople([person('anna', { objectId: 'oid-1' })]);
    await importRegistered([{ objectId: 'oid-1' }]);
    expect(await importPeople([person('anna.devries', { objectId: 'oid-1' })])).toMatchObject({
      added: 0,
      updated: 1,
      gone: 0,
    });
    expect(await listRegistered()).toEqual(['anna.devries']);
  });

  test('addresses that pass from one person to another, round and round, are followed', async () => {
    const list = (...pairs: Array<[string, string]>) =>
      pairs.map(([address, objectId]) => person(address, { objectId }));
    await importPeople(list(['a', '1'], ['c', '2']));
    await importPeople(list(['c', '1'], ['e', '2']));
    expect(await importPeople(list(['d', '1'], ['e', '2']))).toMatchObject({ audience: 2 });
    await importPeople(list(['e', '1'], ['d', '2']));
    const { rows } = await database.pool.query(
      'SELECT person_key, object_id FROM recipients WHERE left_out IS NULL ORDER BY 1',
    );
    expect(rows).toEqual([
      { person_key: 'd@x.test', object_id: '2' },
      { person_key: 'e@x.test', object_id: '1' },
    ]);
  });

  test('without consent nothing is kept', async () => {
    const refused = await database.audience.importRecipients('test', each(asRows([person('a')])), {
      mode: 'replace',
      consent: async () => false,
    });
    expect(refused).toBeUndefined();
    expect(await database.audience.count('test')).toMatchObject({ audience: 0 });
  });

  test('a list that breaks in the middle leaves the earlier one as it was', async () => {
    await importPeople([person('a')]);
    async function* broken() {
      yield { line: 2, recipient: person('b') };
      throw new Error('the disk went away');
    }
    await expect(
      database.audience.importRecipients('test', broken(), { mode: 'replace', consent: yes }),
    ).rejects.toThrow('the disk went away');
    expect(await database.audience.count('test')).toMatchObject({ audience: 1, leftOut: {} });
  });

  test('two imports at once go one after the other', async () => {
    const people = Array.from({ length: 200 }, (_, index) => person(`p${index}`));
    const results = await Promise.all([importPeople(people), importPeople(people), importPeople(people)]);
    expect(results.map((result) => result?.added).sort()).toEqual([0, 0, 200]);
  });
});

describe('registrations', () => {
  test('the newest word counts, whichever file it comes from and in whatever order the files are read', async () => {
    await importPeople([person('a', { objectId: 'oid-a' })]);
    await importRegistered([{ addressKey: 'a@x.test' }], new Date('2027-01-01T06:00:00Z'));
    expect(await listRegistered()).toEqual(['a']);
    await importRegistered([{ objectId: 'oid-a', registered: false }], new Date('2027-01-01T07:00:00Z'));
    expect(await listRegistered()).toEqual([]);
    await importRegistered([{ objectId: 'oid-a', registered: true }], new Date('2027-01-01T05:00:00Z'));
    expect(await listRegistered()).toEqual([]);
    const applied = await database.campaigns.find('test');
    expect(applied?.registrationsAsOf).toEqual(new Date('2027-01-01T07:00:00Z'));
  });

  test('what belonged to nobody finds its person when the list comes', async () => {
    expect(await importRegistered([{ userPrincipalName: 'c1@corp.test' }, { addressKey: 'z@x.test' }])).toMatchObject({
      ...{ rows: 2, registered: 0, nobody: { count: 2, lines: [2, 3] } },
    });
    await importPeople([person('a', { userPrincipalName: 'c1@corp.test' })]);
    expect(await listRegistered()).toEqual(['a']);
  });
});

/** Few names, so that people, accounts and registrations meet in every way. */
const name = fc.constantFrom('a', 'b', 'c', 'd');
const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });
const people = fc.array(
  fc.record({
    address: name,
    objectId: maybe(name),
    userPrincipalName: maybe(name),
    leftOut: maybe(fc.constant('disabled' as const)),
  }),
  { maxLength: 8 },
);
const registrations = fc.array(
  fc
    .record({ objectId: maybe(name), userPrincipalName: maybe(name), addressKey: maybe(name) })
    .filter((row) => Object.values(row).some(Boolean)),
  { maxLength: 6 },
);

test('the ledger merges people and matches registrations exactly as the pure rules do', async () => {
  await fc.assert(
    fc.asyncProperty(people, registrations, async (list, learned) => {
      await database.pool.query('TRUNCATE recipients, registrations CASCADE');
      const rows = asRows(
        list.map(({ address, objectId, userPrincipalName, leftOut }) =>
          person(address, {
            ...(objectId && { objectId: `oid-${objectId}` }),
            ...(userPrincipalName && { userPrincipalName: `${userPrincipalName}@x.test` }),
            ...(leftOut && { leftOut }),
          }),
        ),
      );
      const facts = learned.map(({ objectId, userPrincipalName, addressKey }, index) => ({
        ...{ registered: true, line: index + 2 },
        ...(objectId && { objectId: `oid-${objectId}` }),
        ...(userPrincipalName && { userPrincipalName: `${userPrincipalName}@x.test` }),
        ...(addressKey && { addressKey: `${addressKey}@x.test` }),
      }));
      const pure = await gatherAudience(each(rows));
      const imported = await database.audience.importRecipients('test', each(rows), { mode: 'replace', consent: yes });
      expect(imported).toMatchObject({ merged: pure.merged, audience: pure.recipients.length });
      const repeated = await database.audience.importRecipients('test', each(rows), { mode: 'replace', consent: yes });
      expect(repeated).toEqual({ ...imported, added: 0, unchanged: imported?.added });
      await importRegistered(facts);

      const { rows: stored } = await database.pool.query(
        'SELECT person_key FROM recipients WHERE left_out IS NULL ORDER BY person_key',
      );
      expect(stored.map((row) => row.person_key)).toEqual(pure.recipients.map(({ personKey }) => personKey).sort());
      const matcher = matchRegistrations([...pure.recipients, ...pure.outside]);
      const expected = new Set(
        facts
          .map((fact) => matcher.find(fact))
          .filter((found) => found && !found.leftOut)
          .map((found) => found?.personKey),
      );
      const { rows: registered } = await database.pool.query(
        'SELECT person_key FROM recipients WHERE left_out IS NULL AND registered_at IS NOT NULL',
      );
      expect(new Set(registered.map((row) => row.person_key))).toEqual(expected);
    }),
    { numRuns: 150 },
  );
}, 60_000);

test('a row that is larger than what is sent at once is stored whole', async () => {
  const attributes = { Notes: 'é\\'.repeat(600_000), Dept: 'IT' };
  await importPeople([person('a'), person('b', { attributes }), person('c')]);
  const { rows } = await database.pool.query('SELECT attributes FROM recipients ORDER BY id');
  expect(rows.map((row) => row.attributes)).toEqual([{}, attributes, {}]);
});

test('people whom late rows name again are merged with those who are stored already, in the order of the list', async () => {
  async function* rows() {
    for await (const row of makePeople(20_000)) yield row;
    yield { line: 20_002, recipient: person('new', { objectId: 'oid-1' }) };
    yield { line: 20_003, recipient: person('other', { objectId: 'oid-1' }) };
    for await (const { recipient, line } of makePeople(20_000)) yield { line: line + 20_002, recipient };
  }
  const result = await database.audience.importRecipients('test', rows(), { mode: 'replace', consent: yes });
  expect(result).toMatchObject({ added: 20_001, audience: 20_001, mergedCount: 20_001 });
  expect(result?.merged.slice(0, 2)).toEqual([
    { line: 20_003, sameAs: 20_002 },
    { line: 20_004, sameAs: 2 },
  ]);
  const { rows: kept } = await database.pool.query('SELECT person_key FROM recipients ORDER BY id');
  expect([kept[0], kept[19_999], kept[20_000]].map((row) => row.person_key)).toEqual([
    'p1@contoso.com',
    'p20000@contoso.com',
    'new@x.test',
  ]);
});

test('ten thousand people are imported in one go', async () => {
  const result = await database.audience.importRecipients('test', makePeople(10_000), {
    mode: 'replace',
    consent: yes,
  });
  expect(result).toMatchObject({ added: 10_000, audience: 10_000, mergedCount: 0 });
});
