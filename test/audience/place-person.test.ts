import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createPlacer } from '../../src/audience/place-person.js';
import { readRecipients } from '../../src/audience/read-recipients.js';
import type { Campaign } from '../../src/campaign/campaign.js';
import type { Recipient } from '../../src/campaign/recipient.js';
import type { RingDefinition } from '../../src/campaign/rollout-field.js';
import { makeCampaign } from '../rig/make-campaign.js';
import { collect, tableOf } from './table-of.js';

const launch = { date: '2027-01-12', zone: 'Europe/Amsterdam', recipientLocal: true };

async function placeRows(campaign: Campaign, header: string[], ...rows: string[][]) {
  const place = createPlacer(campaign, header, { pilot: ['ben@x.test'] });
  const read = await collect(readRecipients(tableOf(header, ...rows), { includeDisabled: true, includeGuests: true }));
  return read.map((row) => ('recipient' in row ? place(row.recipient) : row));
}

test('places the people of a list as it was read', async () => {
  const campaign = makeCampaign({
    launch,
    calendar: { holidays: ['NL', 'DE-BY', 'DE-NW'] },
    zones: { byCountry: { US: 'America/Chicago' } },
    rings: [{ id: 'pilot', list: './pilot.txt' }, { id: 'it', where: { department: 'IT' } }, { id: 'others' }],
  });
  const header = ['Mail', 'Department', 'Country or region', 'State', 'Mailbox time zone'];
  const placed = await placeRows(
    campaign,
    header,
    ['anna@x.test', 'it', 'Netherlands', '', 'W. Europe Standard Time'],
    ['Ben@x.test', 'IT', 'Deutschland', 'BY', ''],
    ['cas@x.test', 'Sales', 'USA', 'TX', 'somewhere'],
    ['dee@x.test', '', '', '', 'tbd'],
  );
  const remark = (text: string, used: string) =>
    `"${text}" in the column "Mailbox time zone" is no time zone that is known: ${used} is used`;
  expect(placed).toEqual([
    { placement: { ring: 'it', zone: 'Europe/Amsterdam', place: 'NL', lot: 0 } },
    { placement: { ring: 'pilot', zone: 'Europe/Berlin', place: 'DE-BY', lot: 0 } },
    {
      placement: { ring: 'others', zone: 'America/Chicago', place: '', lot: 0 },
      remark: remark('somewhere', 'America/Chicago'),
    },
    { placement: { ring: 'others', zone: '', place: '', lot: 0 }, remark: remark('tbd', 'Europe/Amsterdam') },
  ]);
});

test('a campaign of one ring, one zone and one calendar has one group, whatever the list says', async () => {
  const campaign = makeCampaign({ calendar: { holidays: ['NL'] } });
  const header = ['mail', 'country', 'timeZone'];
  const placed = await placeRows(campaign, header, ['anna@x.test', 'NL', 'Asia/Tokyo'], ['ben@x.test', 'JP', 'tbd']);
  const placement = { ring: 'everyone', zone: '', place: '', lot: 0 };
  expect(placed).toEqual([{ placement }, { placement }]);
});

test('lots are drawn only where they play a role, and by the campaign', () => {
  const person: Recipient = { personKey: 'anna@x.test', address: 'anna@x.test', attributes: {} };
  const lotIn = (changes: Record<string, unknown>) => createPlacer(makeCampaign(changes), [], {})(person).placement.lot;
  expect(lotIn({})).toBe(0);
  expect(lotIn({ newPerDay: 100 })).toBeGreaterThan(0);
  expect(lotIn({ newPerDay: 100 })).toBe(lotIn({ newPerDay: 200 }));
  expect(lotIn({ newPerDay: 100, id: 'other' })).not.toBe(lotIn({ newPerDay: 100 }));
});

test('a long text is not told in full', () => {
  const person: Recipient = { personKey: 'a@x.test', address: 'a@x.test', attributes: { zone: 'x'.repeat(4_000) } };
  const { remark = '' } = createPlacer(makeCampaign({ launch }), ['zone'], {})(person);
  expect(remark).toContain(`${'x'.repeat(80)}…"`);
  expect(remark.length).toBeLessThan(200);
});

describe('whatever the campaign and the list say', () => {
  const header = ['Department', 'country', 'st', 'timeZone'];
  const person = fc
    .record({
      number: fc.nat(9_999),
      department: fc.constantFrom('', 'IT', 'it', 'Sales', 'Legal'),
      country: fc.constantFrom('', 'NL', 'Germany', 'US', 'nowhere'),
      region: fc.constantFrom('', 'BY', 'NW'),
      zone: fc.constantFrom('', 'Asia/Tokyo', 'Tokyo Standard Time', 'tbd'),
    })
    .map(({ number, department, country, region, zone }): Recipient => {
      const address = `p${number}@x.test`;
      const attributes = { Department: department, country, st: region, timeZone: zone };
      return { personKey: address, address, attributes };
    });
  const people = fc.uniqueArray(person, { minLength: 1, maxLength: 6, selector: ({ personKey }) => personKey });

  const percent = fc.integer({ min: 0, max: 100 }).map((number) => `${number}%`);
  const rule = fc.oneof(
    percent.map((share): Partial<RingDefinition> => ({ share })),
    fc.constantFrom<Partial<RingDefinition>[]>(
      { where: { department: 'IT' } },
      { where: { DEPARTMENT: ['sales', 'legal'], country: 'nl' } },
      { list: './list.txt' },
    ),
  );
  const rings = fc
    .array(rule, { maxLength: 5 })
    .map((rules): RingDefinition[] => [
      ...rules.map((each, index) => ({ id: `ring-${index}`, offset: '0d', ...each })),
      { id: 'others', offset: '0d' },
    ]);
  const base = makeCampaign({ launch, newPerDay: 100, calendar: { holidays: ['NL', 'DE-BY', 'DE-NW'] } });
  const campaign = fc
    .record({ rings, id: fc.constantFrom('sspr', 'mfa-2027', 'x') })
    .map((changes): Campaign => ({ ...base, ...changes }));
  const list = fc.array(
    fc.nat(9_999).map((number) => `p${number}@x.test`),
    { maxLength: 6 },
  );

  const placerOf = (definition: Campaign, listed: string[]) =>
    createPlacer(definition, header, Object.fromEntries(definition.rings.map(({ id }) => [id, listed])));

  test('everybody is in exactly one ring, the first whose rule they meet', () => {
    fc.assert(
      fc.property(campaign, person, list, (definition, each, listed) => {
        const ringIn = (rings: RingDefinition[]) => placerOf({ ...definition, rings }, listed)(each).placement.ring;
        const ring = ringIn(definition.rings);
        const at = definition.rings.findIndex(({ id }) => id === ring);
        const rest = { id: 'rest', offset: '0d' };
        // The rings before it do not take this person, and its own rule alone does.
        const before = ringIn([...definition.rings.slice(0, at), rest]);
        const alone = ringIn([definition.rings[at]!, rest]);
        expect([at >= 0, before, alone]).toEqual([true, 'rest', ring]);
      }),
      { numRuns: 10_000 },
    );
  });

  test('nobody depends on who else is in the list, or on its order', () => {
    fc.assert(
      fc.property(campaign, people, list, fc.nat(), (definition, all, listed, chosen) => {
        const one = all[chosen % all.length]!;
        const among = all.map(placerOf(definition, listed))[all.indexOf(one)];
        const backwards = [...all].reverse();
        const amongReversed = backwards.map(placerOf(definition, listed))[backwards.indexOf(one)];
        const alone = placerOf(definition, listed)(one);
        expect([among, amongReversed]).toEqual([alone, alone]);
      }),
      { numRuns: 10_000 },
    );
  });

  test('a place is a listed one, a zone one that was asked for, a lot within bounds', () => {
    fc.assert(
      fc.property(campaign, person, (definition, each) => {
        const { placement, remark } = placerOf(definition, [])(each);
        expect({
          place: ['', ...definition.calendar.holidays].includes(placement.place),
          zone: ['', 'Asia/Tokyo', 'Europe/Amsterdam', 'Europe/Berlin'].includes(placement.zone),
          lot: Number.isInteger(placement.lot) && placement.lot >= 0 && placement.lot < 2 ** 31,
          remark: remark !== undefined,
        }).toEqual({ place: true, zone: true, lot: true, remark: each.attributes.timeZone === 'tbd' });
      }),
      { numRuns: 1_000 },
    );
  });
});
