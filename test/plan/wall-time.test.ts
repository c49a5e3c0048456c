import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { planCampaign } from '../../src/plan/plan-campaign.js';
import { resolveWallTime } from '../../src/plan/wall-time.js';
import { makeCampaign } from '../rig/make-campaign.js';
import { readPlannedInstants } from './read-planned-instants.js';

type Case = [zone: string, wall: string, instant: string, note: 'gap' | 'overlap' | null];
/** By Python's zoneinfo: see make-wall-time-fixture.py. */
const cases: Case[] = JSON.parse(readFileSync(new URL('wall-time-cases.json', import.meta.url), 'utf8'));

function resolve(zone: string, wall: string): [string, string | null] {
  const [date = '', time = ''] = wall.split(' ');
  const { instant, note } = resolveWallTime({ date, time, zone });
  return [instant.toISOString().replace('.000', ''), note ?? null];
}

describe('resolveWallTime', () => {
  test('agrees with zoneinfo around the clock changes of 50 zones', () => {
    expect(cases.length).toBeGreaterThan(1000);
    const differing = cases.filter(([zone, wall, instant, note]) => {
      const [found, foundNote] = resolve(zone, wall);
      return found !== instant || foundNote !== note;
    });
    expect(differing).toEqual([]);
  });

  test.each([
    ['Europe/Amsterdam', '2027-01-12 09:00', '2027-01-12T08:00:00Z', null],
    ['Europe/Amsterdam', '2027-07-12 09:00', '2027-07-12T07:00:00Z', null],
    ['Europe/Amsterdam', '2027-03-28 02:30', '2027-03-28T01:00:00Z', 'gap'],
    ['Europe/Amsterdam', '2027-10-31 02:30', '2027-10-31T00:30:00Z', 'overlap'],
    ['Australia/Lord_Howe', '2026-10-04 02:15', '2026-10-03T15:30:00Z', 'gap'],
    ['Australia/Lord_Howe', '2027-04-04 01:45', '2027-04-03T14:45:00Z', 'overlap'],
    ['Pacific/Apia', '2011-12-30 09:00', '2011-12-30T10:00:00Z', 'gap'],
    ['Antarctica/Troll', '2027-03-28 01:30', '2027-03-28T01:00:00Z', 'gap'],
    ['Asia/Kathmandu', '2027-01-12 09:00', '2027-01-12T03:15:00Z', null],
    ['Pacific/Kiritimati', '2027-01-12 09:00', '2027-01-11T19:00:00Z', null],
    ['Etc/GMT+12', '2027-01-12 09:00', '2027-01-12T21:00:00Z', null],
    ['UTC', '2027-01-12 00:00', '2027-01-12T00:00:00Z', null],
  ] as const)('%s %s is %s (%s)', (zone, wall, instant, note) => {
    expect(resolve(zone, wall)).toEqual([instant, note]);
  });

  test('never goes back: a later wall time of a zone is never an earlier instant, but for an hour that comes twice', () => {
    const minute = fc.integer({ min: Date.UTC(2000, 0) / 60_000, max: Date.UTC(2199, 11) / 60_000 });
    const zone = fc.constantFrom('Europe/Amsterdam', 'Australia/Lord_Howe', 'Pacific/Apia', 'America/New_York');
    fc.assert(
      fc.property(zone, minute, fc.integer({ min: 1, max: 3000 }), (name, start, laterMinutes) => {
        const at = (minutes: number) => {
          const [date = '', time = ''] = new Date(minutes * 60_000).toISOString().slice(0, 16).split('T');
          return resolveWallTime({ date, time, zone: name }).instant.getTime();
        };
        expect(at(start + laterMinutes)).toBeGreaterThanOrEqual(at(start));
      }),
      { numRuns: 150 },
    );
  });

  test.each([
    { date: '2027-02-30', time: '09:00', zone: 'UTC' },
    { date: '2027-02-28', time: '25:00', zone: 'UTC' },
    { date: '2027-02-28', time: '09:00', zone: 'Europe/Atlantis' },
  ])('%j is a bug of the caller', (wallTime) => {
    expect(() => resolveWallTime(wallTime)).toThrow('not a wall time');
  });
});

describe('the instants of a plan', () => {
  const { tzdata, launches } = readPlannedInstants();
  const cases = launches.flatMap(({ zone, steps }) => steps.map((step) => ({ ...step, zone })));

  test('are at least 10,000 in 30 zones, from 2025 to 2035, with gaps and overlaps', () => {
    expect(cases.length).toBeGreaterThan(14_000);
    expect(new Set(cases.map(({ zone }) => zone)).size).toBeGreaterThan(40);
    for (const note of ['gap', 'overlap'])
      expect(cases.filter((each) => each.note === note).length).toBeGreaterThan(1000);
    const years = cases.map(({ instant }) => Number(instant.slice(0, 4)));
    expect([Math.min(...years), Math.max(...years)]).toEqual([2025, 2035]);
  });

  const groupOf = (zone: string) => ({ ring: 'everyone', tranche: 0, zone, place: '' });
  test.each([
    ["the campaign's zone", (zone: string) => ({ launch: { zone }, groups: [groupOf('')] })],
    [
      "each person's own zone",
      (zone: string) => ({ launch: { zone: 'Europe/Amsterdam', recipientLocal: true }, groups: [groupOf(zone)] }),
    ],
  ])('agree with zoneinfo in %s: launch date, offset and time of day', (_, place) => {
    const differing: string[] = [];
    for (const { zone, launch, steps } of launches) {
      const { launch: where, groups } = place(zone);
      const campaign = makeCampaign({
        launch: { date: launch, ...where },
        steps: steps.map(({ offset, time }, index) => ({
          ...{ id: `step-${index}`, kind: 'sign-up-reminder', offset, time, shift: 'none' },
        })),
      });
      const planned = new Map(planCampaign(campaign, { groups }).steps.map((step) => [step.id, step]));
      for (const [index, { offset, time, instant, note }] of steps.entries()) {
        const { sendAt, localDate, localTime } = planned.get(`step-${index}`)!;
        const found = resolveWallTime({ date: localDate, time: localTime, zone });
        if (
          sendAt.getTime() !== Date.parse(instant) ||
          found.note !== note ||
          found.instant.getTime() !== sendAt.getTime()
        )
          differing.push(
            `${zone}: ${launch} ${offset} ${time} is ${sendAt.toISOString()}, not ${instant} ${note ?? ''}`,
          );
      }
    }
    // Where the rules of a zone changed between the two, this names the zone: see whether it is still a settled one.
    const versions = `by tzdata ${tzdata} of the file and ${process.versions.tz} of Node`;
    expect([versions, ...differing]).toEqual([versions]);
  });
});
