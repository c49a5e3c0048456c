import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { CampaignLists } from '../../src/engine/ports/campaign-store.js';
import { type PlanPreview, previewPlan } from '../../src/engine/preview-plan.js';
import { createCalendar } from '../../src/plan/calendar.js';
import { tableOf } from '../audience/table-of.js';
import { makeCampaign } from '../rig/make-campaign.js';

const lists: CampaignLists = { closures: [], rings: {} };
const sender = { name: 'relay', limits: {} };
const launch = { date: '2027-01-12', time: '09:00', zone: 'Europe/Amsterdam', recipientLocal: true };
const rings = [
  { id: 'pilot', offset: '-7d', where: { department: 'IT' } },
  { id: 'early', offset: '-1d', share: '50%' },
  { id: 'everyone' },
];
const header = ['mail', 'firstName', 'department', 'timeZone', 'country'];

type Lists = { recipients?: string[][]; registrations?: string[][] };

function preview(
  changes: Record<string, unknown>,
  { recipients, registrations }: Lists,
  onRow?: (rows: number) => void,
) {
  const campaign = makeCampaign({ goal: { field: 'done' }, ...changes });
  const { workDays, holidays: places } = campaign.calendar;
  const calendar = createCalendar({ workDays, places, holidays: {}, closures: [] });
  const tables = {
    ...(recipients && { recipients: tableOf(header, ...recipients) }),
    ...(registrations && { registrations: tableOf(['mail', 'done'], ...registrations) }),
  };
  return previewPlan(campaign, { lists, calendar, sender }, tables, onRow);
}

/** `pilot 0 Asia/Tokyo available-now: 3` for each step that goes to anybody. */
function listFigures({ plan }: PlanPreview): string[] {
  return plan.steps.flatMap((step) => {
    const people = plan.figures.get(step)?.people ?? 0;
    const { ring, tranche, zone } = step.group;
    return people > 0 ? [`${ring} ${tranche} ${zone || 'campaign'} ${step.id}: ${people}`] : [];
  });
}

test('without a list every ring has its plan, and nobody in it', async () => {
  const result = await preview({ launch, rings }, {});
  expect(result).toMatchObject({ rejects: [], rejectedCount: 0, warnings: [] });
  expect(result).not.toHaveProperty('audience');
  expect(new Set(result.plan.steps.map(({ group }) => group.ring))).toEqual(new Set(['pilot', 'early', 'everyone']));
  expect(listFigures(result)).toEqual([]);
});

test('counts who gets what, and leaves those who have registered without a reminder', async () => {
  const told: number[] = [];
  const result = await preview(
    { launch, rings: [rings[0], rings[2]], audience: { includeDisabled: false } },
    {
      recipients: [
        ['anna@x.test', 'Anna', 'IT', 'Asia/Tokyo', ''],
        ['ben@x.test', 'Ben', 'Sales', '', ''],
        ['cas@x.test', '', 'Sales', 'Europe/Amsterdam', ''],
        ['anna+work@x.test', 'Anna', 'Sales', '', ''],
        ['', 'Dee', 'IT', '', ''],
        ['no address', 'Eva', 'IT', '', ''],
      ],
      registrations: [
        ['anna@x.test', 'true'],
        ['ben@x.test', 'false'],
        ['zoe@x.test', 'true'],
        ['cas@x.test', 'perhaps'],
      ],
    },
    (rows) => told.push(rows),
  );
  expect(listFigures(result).sort()).toEqual([
    'everyone 0 Europe/Amsterdam available-now: 1',
    'everyone 0 Europe/Amsterdam coming-soon: 1',
    'everyone 0 Europe/Amsterdam reminder-1: 1',
    'everyone 0 campaign available-now: 1',
    'everyone 0 campaign coming-soon: 1',
    'everyone 0 campaign reminder-1: 1',
    'pilot 0 Asia/Tokyo available-now: 1',
    'pilot 0 Asia/Tokyo coming-soon: 1',
  ]);
  expect(result.audience).toMatchObject({ count: 3, leftOut: { 'no-address': 1, disabled: 0 }, merged: 1, header });
  expect(result.audience?.peopleByRing).toEqual(
    new Map([
      ['pilot', 1],
      ['everyone', 2],
    ]),
  );
  expect(result.registrations).toEqual({ count: 3, registered: 1, nobody: [4] });
  expect(result.rejects.map(({ line, reject }) => [line, reject.field])).toEqual([
    [7, 'mail'],
    [5, 'done'],
  ]);
  expect(result.rejectedCount).toBe(2);
  expect(told).toEqual([1, 2, 3, 4, 5, 6]);
});

test('a ring that nobody is in keeps its steps', async () => {
  const result = await preview({ launch, rings }, { recipients: [['anna@x.test', 'Anna', 'IT', '', '']] });
  expect(new Set(result.plan.steps.map(({ group }) => group.ring))).toEqual(new Set(['pilot', 'early', 'everyone']));
});

describe('tells what a list says and nobody knows', () => {
  const person = (name: string, zone: string) => [`${name}@x.test`, name, 'IT', zone, ''];
  test.each<[string, string[][], RegExp[]]>([
    ['nothing', [person('anna', 'Asia/Tokyo')], []],
    [
      'of one person',
      [person('anna', ''), person('ben', 'Mars')],
      [/^1 person has a time zone that nobody knows; line 3: "Mars" in the column "timeZone" is no time zone/],
    ],
    [
      'of some',
      [person('anna', 'Mars'), person('ben', 'Moon')],
      [/^2 people have a time zone that nobody knows \(lines 2 and 3\); line 2: "Mars" .*: Europe\/Amsterdam is used$/],
    ],
    [
      'of many',
      Array.from({ length: 1_205 }, (_, number) => person(`p${number}`, 'Mars')),
      [/^1,205 people have a time zone that nobody knows \(lines 2, 3, 4, 5, 6 and 1,200 more\); line 2: /],
    ],
  ])('%s', async (_, recipients, patterns) => {
    const { warnings } = await preview({ launch }, { recipients });
    expect(warnings).toHaveLength(patterns.length);
    for (const [index, pattern] of patterns.entries()) expect(warnings[index]).toMatch(pattern);
  });

  test('about names and columns', async () => {
    const { warnings } = await preview(
      { rings: [{ id: 'pilot', where: { Locatoin: 'IT' } }, { id: 'everyone' }] },
      { recipients: [['anna@x.test', '', 'IT', '', '']] },
    );
    expect(warnings).toEqual([
      expect.stringMatching(/^ring "pilot" asks for the column "Locatoin"/),
      expect.stringMatching(/^ring pilot has no people/),
      expect.stringMatching(/^no first name for 1 of 1 person/),
    ]);
  });
});

test('every person is in each step once, and no day of newPerDay has more people than that', async () => {
  const row = fc.record({ department: fc.constantFrom('IT', 'Sales'), zone: fc.constantFrom('', 'Asia/Tokyo', 'UTC') });
  const learned = fc.uniqueArray(fc.nat(30), { maxLength: 10 });
  const perDay = fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined });
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 25 }), learned, perDay, async (rows, numbers, newPerDay) => {
      const result = await preview(
        { launch, rings, ...(newPerDay && { newPerDay }) },
        {
          recipients: rows.map(({ department, zone }, number) => [`p${number}@x.test`, 'P', department, zone, '']),
          registrations: numbers.map((number) => [`p${number}@x.test`, 'yes']),
        },
      );
      const { plan } = result;
      const sumOf = (id: string) =>
        plan.steps
          .filter((step) => step.id === id)
          .reduce((sum, step) => sum + (plan.figures.get(step)?.people ?? 0), 0);
      const registered = numbers.filter((number) => number < rows.length).length;
      expect(sumOf('coming-soon')).toBe(rows.length);
      expect(sumOf('available-now')).toBe(rows.length);
      expect(sumOf('reminder-1')).toBe(rows.length - registered);
      expect(result.registrations).toMatchObject({ registered, count: numbers.length });
      const days = new Map<string, number>();
      for (const step of plan.steps.filter(({ id }) => id === 'available-now')) {
        days.set(step.launchDate, (days.get(step.launchDate) ?? 0) + (plan.figures.get(step)?.people ?? 0));
      }
      for (const people of days.values()) expect(people).toBeLessThanOrEqual(newPerDay ?? rows.length);
    }),
  );
});

test('those with the lowest lots launch first', async () => {
  const recipients = Array.from({ length: 40 }, (_, number) => [`p${number}@x.test`, 'P', 'Sales', '', '']);
  const result = await preview({ launch, newPerDay: 15 }, { recipients });
  expect(listFigures(result).filter((line) => line.includes('available-now'))).toEqual([
    'everyone 0 campaign available-now: 15',
    'everyone 1 campaign available-now: 15',
    'everyone 2 campaign available-now: 10',
  ]);
  expect(result.audience?.countBefore('everyone', 2 ** 31)).toBe(40);
  expect(result.audience?.countBefore('everyone', 0)).toBe(0);
});
