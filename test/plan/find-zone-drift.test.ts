import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { TimedStep } from '../../src/campaign/plan.js';
import { findZoneDrift } from '../../src/plan/find-zone-drift.js';
import { planCampaign } from '../../src/plan/plan-campaign.js';
import { makeCampaign } from '../rig/make-campaign.js';

function makeStep(zone: string, wallTime: string, sendAt: string, id = 'available-now'): TimedStep {
  const [localDate = '', localTime = ''] = wallTime.split(' ');
  return { id, kind: 'available-now', offset: '0d', localDate, localTime, zone, sendAt: new Date(sendAt) };
}

const show = (steps: TimedStep[]) =>
  findZoneDrift(steps).map(
    ({ id, zone, localDate, localTime, plannedAt, nowAt }) =>
      `${id} ${zone} ${localDate} ${localTime}: ${plannedAt.toISOString().slice(0, 16)}, now ${nowAt?.toISOString().slice(0, 16) ?? 'unknown'}`,
  );

describe('findZoneDrift', () => {
  test.each<[string, TimedStep, string[]]>([
    [
      'nothing where the rules are as they were',
      makeStep('Europe/Amsterdam', '2027-01-12 09:00', '2027-01-12T08:00Z'),
      [],
    ],
    [
      // As planned before the country gave up summer time for good in October 2022.
      'a country that gave up its summer time',
      makeStep('America/Mexico_City', '2027-06-15 09:00', '2027-06-15T14:00Z'),
      ['available-now America/Mexico_City 2027-06-15 09:00: 2027-06-15T14:00, now 2027-06-15T15:00'],
    ],
    ['the winter of that country', makeStep('America/Mexico_City', '2027-01-12 09:00', '2027-01-12T15:00Z'), []],
    [
      'a zone that nobody knows any more',
      makeStep('Europe/Atlantis', '2027-01-12 09:00', '2027-01-12T08:00Z'),
      ['available-now Europe/Atlantis 2027-01-12 09:00: 2027-01-12T08:00, now unknown'],
    ],
    // Kiev is Kyiv since 2022: the old name is a link, and means the same.
    ['a zone that was renamed', makeStep('Europe/Kiev', '2027-01-12 09:00', '2027-01-12T07:00Z'), []],
    [
      'the instant after an hour that does not exist',
      makeStep('Europe/Amsterdam', '2027-03-28 02:30', '2027-03-28T01:00Z'),
      [],
    ],
    [
      'the first of an hour that comes twice',
      makeStep('Europe/Amsterdam', '2027-10-31 02:30', '2027-10-31T00:30Z'),
      [],
    ],
    [
      'the second of an hour that comes twice, which nobody plans',
      makeStep('Europe/Amsterdam', '2027-10-31 02:30', '2027-10-31T01:30Z'),
      ['available-now Europe/Amsterdam 2027-10-31 02:30: 2027-10-31T01:30, now 2027-10-31T00:30'],
    ],
    [
      'a difference of a minute',
      makeStep('UTC', '2027-01-12 09:00', '2027-01-12T09:01Z'),
      ['available-now UTC 2027-01-12 09:00: 2027-01-12T09:01, now 2027-01-12T09:00'],
    ],
  ])('finds %s', (_, step, expected) => {
    expect(show([step])).toEqual(expected);
  });

  test('tells the groups of a step once, and each step, zone and instant of its own', () => {
    const mexico = (id: string, sendAt: string) => makeStep('America/Mexico_City', '2027-06-15 09:00', sendAt, id);
    const steps = [
      mexico('available-now', '2027-06-15T14:00Z'),
      mexico('available-now', '2027-06-15T14:00Z'),
      mexico('reminder', '2027-06-15T14:00Z'),
      // Planned anew since.
      mexico('available-now', '2027-06-15T15:00Z'),
      mexico('available-now', '2027-06-15T16:00Z'),
    ];
    expect(show(steps)).toEqual([
      'available-now America/Mexico_City 2027-06-15 09:00: 2027-06-15T14:00, now 2027-06-15T15:00',
      'reminder America/Mexico_City 2027-06-15 09:00: 2027-06-15T14:00, now 2027-06-15T15:00',
      'available-now America/Mexico_City 2027-06-15 09:00: 2027-06-15T16:00, now 2027-06-15T15:00',
    ]);
  });

  const zones = ['', 'America/New_York', 'Australia/Lord_Howe', 'America/Havana', 'Asia/Beirut', 'Pacific/Apia'];
  const planned = fc
    .record({
      date: fc
        .integer({ min: 0, max: 1500 })
        .map((days) => new Date(Date.UTC(2027, 0, 1 + days)).toISOString().slice(0, 10)),
      hour: fc.integer({ min: 0, max: 23 }).map((hour) => String(hour).padStart(2, '0')),
      window: fc.constantFrom(undefined, '08:00-17:00', '02:15-03:30', '00:00-01:00'),
      shift: fc.constantFrom('before', 'after', 'none', 'skip'),
    })
    .map(({ date, hour, window, shift }) => {
      const step = { kind: 'available-now', offset: '0d', time: `${hour}:30`, shift, ...(window && { window }) };
      const campaign = makeCampaign({
        launch: { date, zone: 'Europe/Amsterdam', recipientLocal: true },
        steps: [step],
      });
      return planCampaign(campaign, {
        groups: zones.map((zone) => ({ ring: 'everyone', tranche: 0, zone, place: '' })),
      }).steps;
    });

  test('finds nothing in a plan that was just made, moved by windows and days off as it may be', () => {
    fc.assert(
      fc.property(planned, (steps) => {
        expect(show(steps)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test('finds every step whose clock has been moved since', () => {
    fc.assert(
      fc.property(planned, fc.constantFrom(-3600, -1800, 1800, 3600), (steps, seconds) => {
        const moved = steps.map((step) => ({ ...step, sendAt: new Date(step.sendAt.getTime() + seconds * 1000) }));
        expect(
          findZoneDrift(moved).map(({ plannedAt, nowAt }) => plannedAt.getTime() - (nowAt?.getTime() ?? 0)),
        ).toEqual(moved.map(() => seconds * 1000));
      }),
      { numRuns: 300 },
    );
  });
});
