import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { indexAudience } from '../../src/audience/index-audience.js';
import { matchRegistrations } from '../../src/audience/match-registrations.js';
import { personKey } from '../../src/audience/person-key.js';
import type { RecipientRow } from '../../src/audience/read-recipients.js';
import type { RejectedRow } from '../../src/audience/table.js';
import type { CountedGroup } from '../../src/campaign/plan.js';
import type { Placement, Recipient, Registration } from '../../src/campaign/recipient.js';
import { makePeople } from '../rig/make-campaign.js';
import { gatherAudience } from './gather-audience.js';

type Row = RecipientRow | RejectedRow;

/** What a row says of its place stands in its attributes. */
const placementOf = ({ attributes: { ring = '', zone = '', place = '', lot = '' } }: Recipient): Placement => ({
  ...{ ring, zone, place },
  lot: Number(lot),
});
const place = (recipient: Recipient) => ({ placement: placementOf(recipient) });

async function* inPieces(rows: Iterable<Row>) {
  for (const row of rows) yield [row];
}
async function* oneByOne(rows: Iterable<Row>) {
  yield* rows;
}
const indexRows = (rows: Row[]) => indexAudience(inPieces(rows), place);
const gatherRows = (rows: Row[]) => gatherAudience(oneByOne(rows));

function rejectOf(line: number): RejectedRow {
  return { line, cells: ['?'], reject: { file: 'list.csv', line, message: 'cannot be used' } };
}

/** Few names, so that people, accounts and registrations meet in every way. */
const name = fc.constantFrom('a@x.test', 'b@x.test', 'c@x.test', 'd@x.test');
const id = fc.constantFrom('1', '2', '3', '4');
const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });
const facts = fc.record({
  address: maybe(name),
  objectId: maybe(id),
  userPrincipalName: maybe(name),
  leftOut: maybe(fc.constantFrom('disabled' as const, 'guest' as const)),
  firstName: maybe(fc.constant('Robin')),
  attributes: fc.record({
    ring: fc.constantFrom('pilot', 'everyone'),
    zone: fc.constantFrom('', 'Asia/Tokyo'),
    place: fc.constantFrom('', 'NL'),
    lot: fc.constantFrom('0', '1', '65536', '2147483647'),
  }),
});
const listed = fc.array(fc.option(facts, { freq: 20, nil: undefined }), { maxLength: 12 }).map((people) =>
  people.map((person, index): Row => {
    const line = index + 2;
    if (!person) return rejectOf(line);
    const { address, objectId, userPrincipalName, leftOut, firstName, attributes } = person;
    const recipient: Recipient = {
      personKey: personKey({ addressKey: address, objectId, userPrincipalName, line }),
      ...(address && { address }),
      ...(objectId && { objectId }),
      ...(userPrincipalName && { userPrincipalName }),
      ...(firstName && { firstName }),
      ...(address ? leftOut && { leftOut } : { leftOut: 'no-address' as const }),
      attributes,
    };
    return { line, recipient };
  }),
);
const learned = fc.array(
  fc
    .record({
      objectId: maybe(id),
      userPrincipalName: maybe(name),
      addressKey: maybe(name),
      registered: fc.boolean(),
    })
    .map((row, index = 0): Registration => ({ ...row, line: index })),
  { maxLength: 6 },
);
const sizes = maybe(
  fc
    .dictionary(fc.constantFrom('pilot', 'everyone'), fc.array(fc.nat(3), { maxLength: 4 }))
    .map((byRing) => new Map(Object.entries(byRing))),
);

/** The same from the people themselves. */
function countGroups(
  recipients: readonly Recipient[],
  registered: ReadonlySet<Recipient>,
  sizesOf?: ReadonlyMap<string, readonly number[]>,
): CountedGroup[] {
  const groups = new Map<string, CountedGroup>();
  for (const ring of new Set(recipients.map((recipient) => placementOf(recipient).ring))) {
    const people = recipients.filter((recipient) => placementOf(recipient).ring === ring);
    const days = (sizesOf?.get(ring) ?? []).flatMap((size, day) => Array.from({ length: size }, () => day));
    const last = Math.max(0, (sizesOf?.get(ring)?.length ?? 0) - 1);
    const inOrder = people.toSorted((one, other) => placementOf(one).lot - placementOf(other).lot);
    for (const [rank, person] of inOrder.entries()) {
      const { zone, place: where } = placementOf(person);
      const tranche = days[rank] ?? last;
      const key = JSON.stringify([ring, tranche, zone, where]);
      const group = groups.get(key) ?? { ring, tranche, zone, place: where, people: 0, registered: 0 };
      group.people += 1;
      if (registered.has(person)) group.registered += 1;
      groups.set(key, group);
    }
  }
  // The keys hold one digit where the days do.
  return [...groups].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, group]) => group);
}

test('knows who is who, whose registration it is and how large the groups are, exactly as with everybody at hand', async () => {
  await fc.assert(
    fc.asyncProperty(listed, learned, sizes, async (rows, registrations, sizesOf) => {
      const { recipients, outside, leftOut, merged, rejects } = await gatherRows(rows);
      const matcher = matchRegistrations([...recipients, ...outside]);
      const found = registrations.map((registration) => matcher.find(registration));
      const registered = new Set(
        found.flatMap((person, at) => (registrations[at]?.registered && person && !person.leftOut ? [person] : [])),
      );
      const rings = recipients.map((recipient) => placementOf(recipient).ring);

      const index = await indexRows(rows);
      expect({
        ...{ count: index.count, leftOut: index.leftOut, merged: index.merged, rejects: index.rejects },
        ...{ rejectedCount: index.rejectedCount, nameless: index.nameless },
        found: registrations.map((registration) => index.register(registration)),
        registered: index.countRegistered(),
        groups: index.countGroups(sizesOf),
        byRing: [...index.peopleByRing()].sort(),
        before: index.countBefore('pilot', 65_536),
      }).toEqual({
        ...{ count: recipients.length, leftOut, merged: { count: merged.length, first: merged }, rejects },
        rejectedCount: rejects.length,
        nameless: recipients.filter(({ firstName }) => firstName === undefined).length,
        found: found.map((person) => person !== undefined),
        registered: registered.size,
        groups: countGroups(recipients, registered, sizesOf),
        byRing: [...new Set(rings)].sort().map((ring) => [ring, rings.filter((each) => each === ring).length]),
        before: recipients.map(placementOf).filter(({ ring, lot }) => ring === 'pilot' && lot < 65_536).length,
      });
    }),
    { numRuns: 10_000 },
  );
}, 120_000);

test('a row that ties two people together makes them one, and the first of them in the audience stays', async () => {
  const row = (line: number, key: string, more: Partial<Recipient>): Row => ({
    line,
    recipient: { personKey: key, attributes: { ring: `of line ${line}`, zone: '', place: '', lot: '0' }, ...more },
  });
  const index = await indexRows([
    row(2, 'anna@x.test', { objectId: '1', leftOut: 'disabled' }),
    row(3, 'aj@x.test', { objectId: '2' }),
    row(4, 'bob@x.test', {}),
    row(5, 'anna@x.test', { objectId: '2' }),
  ]);
  expect(index).toMatchObject({ count: 2, leftOut: { disabled: 0 } });
  expect(index.merged).toEqual({
    count: 2,
    first: [
      { line: 2, sameAs: 3 },
      { line: 5, sameAs: 3 },
    ],
  });
  expect([...index.peopleByRing().keys()]).toEqual(['of line 3', 'of line 4']);
});

test('where two accounts share a sign-in name, the person who comes first in the list has registered', async () => {
  const person = (key: string, ring: string, more: Partial<Recipient>): Recipient => ({
    ...{ personKey: key, attributes: { ring, zone: '', place: '', lot: '0' } },
    ...more,
  });
  const shared = { userPrincipalName: 'shared@x.test' };
  const rows: Row[] = [
    { line: 2, recipient: person('zoe@x.test', 'old', { ...shared, leftOut: 'disabled' }) },
    { line: 3, recipient: person('anna@x.test', 'first', { objectId: '1', leftOut: 'disabled' }) },
    { line: 4, recipient: person('bob@x.test', 'second', shared) },
    { line: 5, recipient: person('bea@x.test', 'first', { ...shared, objectId: '1' }) },
  ];
  const index = await indexRows(rows);
  expect(index.register({ ...shared, registered: true, line: 2 })).toBe(true);
  expect(index.countGroups().map(({ ring, registered }) => [ring, registered])).toEqual([
    ['first', 1],
    ['second', 0],
  ]);
});

test('a list of many people is kept whole', async () => {
  const rows: Row[] = [];
  for await (const row of makePeople(20_000, (number) => ({
    objectId: `oid-${number % 15_000}`,
    userPrincipalName: `u${number}@x.test`,
    attributes: {
      ring: number % 3 === 0 ? 'pilot' : 'everyone',
      zone: '',
      place: '',
      lot: `${(number * 7919) % 20_000}`,
    },
  }))) {
    rows.push(row);
  }
  let told = 0;
  const index = await indexAudience(inPieces(rows), place, (count) => {
    told = count;
  });
  const { recipients, merged } = await gatherRows(rows);
  expect(told).toBe(20_000);
  expect(index.count).toBe(15_000);
  expect(index.merged).toEqual({ count: 5_000, first: merged.slice(0, 100) });
  const registered = new Set<Recipient>();
  for (const recipient of recipients.filter((_, number) => number % 7 === 0)) {
    const { userPrincipalName } = recipient;
    expect(index.register({ ...(userPrincipalName && { userPrincipalName }), registered: true, line: 2 })).toBe(true);
    registered.add(recipient);
  }
  expect(index.register({ userPrincipalName: 'u15001@x.test', registered: true, line: 3 })).toBe(false);
  const sizesOf = new Map([
    ['pilot', [1_000, 0, 900]],
    ['everyone', [5_000, 5_000]],
  ]);
  expect(index.countGroups(sizesOf)).toEqual(countGroups(recipients, registered, sizesOf));
});

test('what is worth telling is counted, and kept as far as anybody reads', async () => {
  const remark = { file: 'list.csv', line: 2, message: '"Klingon" is no language that is known' };
  const rows: Row[] = [];
  for await (const row of makePeople(150, (number) => (number > 120 ? { leftOut: 'guest' } : {}))) {
    rows.push({ ...row, remark: { ...remark, line: row.line } });
  }
  for (let line = 200; line < 100_300; line += 1) rows.push(rejectOf(line));
  const unknown = (recipient: Recipient) => ({
    ...place(recipient),
    remark: `"Mars" is no zone: ${recipient.firstName}`,
  });
  const { remarks, rejects, rejectedCount } = await indexAudience(inPieces(rows), unknown);
  expect(remarks.language.count).toBe(150);
  expect(remarks.language.first).toHaveLength(100);
  expect(remarks.language.first[99]).toEqual({ line: 101, message: remark.message });
  // Nobody needs to know the zone of somebody who gets no mail.
  expect(remarks.zone.count).toBe(120);
  expect(remarks.zone.first[0]).toEqual({ line: 2, message: '"Mars" is no zone: P1' });
  expect(rejectedCount).toBe(100_100);
  expect(rejects).toHaveLength(100_000);
});
