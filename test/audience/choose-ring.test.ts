import { describe, expect, test } from '@jest/globals';
import { createRingChooser, describeMissingColumns, type RingLists } from '../../src/audience/choose-ring.js';
import type { Recipient } from '../../src/campaign/recipient.js';
import { makeCampaign } from '../rig/make-campaign.js';

function personOf(changes: Partial<Recipient> = {}): Recipient {
  return { personKey: 'anna@x.test', address: 'Anna@x.test', attributes: {}, ...changes };
}

/** The ring of one person; the last ring takes everybody who is left. */
function choose(rings: object[], person: Recipient, lists: RingLists = {}): string {
  const campaign = makeCampaign({ rings: [...rings, { id: 'others' }] });
  return createRingChooser(campaign, Object.keys(person.attributes), lists)(person);
}

test('a campaign without rings has one for everybody', () => {
  expect(createRingChooser(makeCampaign(), [], {})(personOf())).toBe('everyone');
});

describe('by column', () => {
  const attributes = { Department: 'Service Desk', 'Job title': 'Manager', Office: '' };
  test.each<[string, object, boolean]>([
    ['the value', { department: 'Service Desk' }, true],
    ['in any case', { DEPARTMENT: 'service desk' }, true],
    ['whatever stands between the words of the column', { job_title: 'manager' }, true],
    ['with spaces around it', { department: '  Service  Desk ' }, true],
    ['one of the values', { department: ['IT', 'Service desk'] }, true],
    ['another value', { department: 'IT' }, false],
    ['a part of the value', { department: 'Service' }, false],
    ['every column', { department: 'service desk', jobTitle: 'manager' }, true],
    ['not every column', { department: 'service desk', jobTitle: 'clerk' }, false],
    ['a column that is not there', { city: 'Utrecht' }, false],
    ['no value', { office: '' }, true],
    ['no value in a column that is not there', { city: '' }, true],
    ['a name of objects', { constructor: 'Object' }, false],
  ])('%s', (_, where, fits) => {
    expect(choose([{ id: 'pilot', where }], personOf({ attributes }))).toBe(fits ? 'pilot' : 'others');
  });

  test('accents count, however they are written', () => {
    const attributes = { city: 'K\u00f6ln' };
    expect(choose([{ id: 'pilot', where: { city: 'Ko\u0308ln' } }], personOf({ attributes }))).toBe('pilot');
    expect(choose([{ id: 'pilot', where: { city: 'Koln' } }], personOf({ attributes }))).toBe('others');
  });

  test('a column of some people only, as the ledger may have it', () => {
    const campaign = makeCampaign({ rings: [{ id: 'pilot', where: { constructor: 'BAM' } }, { id: 'others' }] });
    const find = createRingChooser(campaign, ['constructor'], {});
    expect([find(personOf({ attributes: { constructor: 'BAM' } })), find(personOf())]).toEqual(['pilot', 'others']);
  });

  test('columns that no list has are told, with a guess', () => {
    const rings = [
      { id: 'it', where: { Locatoin: 'IT', city: 'Utrecht', Departement: 'IT' } },
      { id: 'nl', where: { country: 'NL' } },
    ];
    const campaign = makeCampaign({ rings: [...rings, { id: 'others' }] });
    expect(describeMissingColumns(campaign, ['mail', 'afdeling', 'location', 'Country', 'City'])).toEqual([
      'ring "it" asks for the column "Locatoin", and the list has none of that name (did you mean "location"?): nobody fits it',
    ]);
  });
});

describe('by list', () => {
  const id = '0f3c7a10-0000-4000-8000-000000000001';
  const person = personOf({ address: 'Anna+news@x.test', userPrincipalName: 'aj@x.test', objectId: id });
  test.each<[string, string, boolean]>([
    ['the address', 'anna+news@x.test', true],
    ['the mailbox behind it', 'anna@x.test', true],
    ['another tag of that mailbox', 'anna+list@x.test', true],
    ['the sign-in name', 'aj@x.test', true],
    ['the object id', id, true],
    ['somebody else', 'ben@x.test', false],
    ['the name alone', 'anna', false],
  ])('%s', (_, key, fits) => {
    const lists = { pilot: ['cas@x.test', key] };
    expect(choose([{ id: 'pilot', list: './pilot.txt' }], person, lists)).toBe(fits ? 'pilot' : 'others');
  });

  test('an address in an international domain', () => {
    const person = personOf({ personKey: 'anna@xn--mnchen-3ya.test', address: 'anna@xn--mnchen-3ya.test' });
    expect(choose([{ id: 'pilot', list: './pilot.txt' }], person, { pilot: ['anna@münchen.test'] })).toBe('pilot');
  });

  test('people without an address have a sign-in name', () => {
    const person: Recipient = { personKey: 'upn:aj@x.test', userPrincipalName: 'aj@x.test', attributes: {} };
    expect(choose([{ id: 'pilot', list: './pilot.txt' }], person, { pilot: ['aj@x.test'] })).toBe('pilot');
  });

  test('nobody is placed by a list that was not read', () => {
    expect(() => choose([{ id: 'constructor', list: './pilot.txt' }], personOf())).toThrow(
      '"constructor" was not read',
    );
  });
});

describe('by share', () => {
  const people = Array.from({ length: 10_000 }, (_, index) => personOf({ personKey: `p${index}@x.test` }));

  /** How many of 10,000 people are in each ring. */
  function count(rings: object[], id = 'sspr'): Record<string, number> {
    const find = createRingChooser(makeCampaign({ id, rings: [...rings, { id: 'others' }] }), [], {});
    const counts: Record<string, number> = {};
    for (const person of people) {
      const ring = find(person);
      counts[ring] = (counts[ring] ?? 0) + 1;
    }
    return counts;
  }
  const sigma = (share: number, of = people.length): number => Math.sqrt(of * share * (1 - share));

  test.each([1, 5, 10, 25, 50, 90])('about %d%% of the people', (percent) => {
    const expected = (percent / 100) * people.length;
    const far = Array.from({ length: 100 }, (_, index) =>
      count([{ id: 'pilot', share: `${percent}%` }], `c-${index}`),
    ).filter(({ pilot = 0 }) => Math.abs(pilot - expected) > 3 * sigma(percent / 100));
    // Chance has 0.27 of 100 campaigns further away than 3 sigma, and 4 of them once in 4,500.
    expect(far.length).toBeLessThan(4);
  });

  test('all of them, and none', () => {
    expect(count([{ id: 'pilot', share: '100%' }])).toEqual({ pilot: people.length });
    expect(count([{ id: 'pilot', share: '0%' }])).toEqual({ others: people.length });
  });

  test('of two rings, the second has its share of those whom the first did not take', () => {
    const {
      pilot = 0,
      wave = 0,
      others = 0,
    } = count([
      { id: 'pilot', share: '20%' },
      { id: 'wave', share: '50%' },
    ]);
    const left = people.length - pilot;
    expect(Math.abs(pilot - 2_000)).toBeLessThan(3 * sigma(0.2));
    expect(Math.abs(wave - left / 2)).toBeLessThan(3 * sigma(0.5, left));
    expect(pilot + wave + others).toBe(people.length);
  });

  test('two rings of the same share draw different people', () => {
    const [pilot, wave] = ['pilot', 'wave'].map((ring) => {
      const find = createRingChooser(makeCampaign({ rings: [{ id: ring, share: '20%' }, { id: 'others' }] }), [], {});
      return new Set(people.filter((person) => find(person) === ring));
    });
    const both = [...(pilot ?? [])].filter((person) => wave?.has(person)).length;
    expect(Math.abs(both - 400)).toBeLessThan(3 * sigma(0.04));
  });
});

test('the first ring that fits takes the person', () => {
  const rings = [
    { id: 'it', where: { department: 'IT' } },
    { id: 'all', share: '100%' },
  ];
  expect(choose(rings, personOf({ attributes: { department: 'it' } }))).toBe('it');
  expect(choose(rings, personOf({ attributes: { department: 'Sales' } }))).toBe('all');
  expect(choose([...rings].reverse(), personOf({ attributes: { department: 'it' } }))).toBe('all');
});

test('a campaign that leaves people without a ring is a bug: its file is refused', () => {
  const campaign = { id: 'sspr', rings: [{ id: 'none', offset: '0d', share: '0%' }] };
  expect(() => createRingChooser(campaign, [], {})(personOf())).toThrow('no ring for everybody');
});
