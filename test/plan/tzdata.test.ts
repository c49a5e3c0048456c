import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { readPlannedInstants } from './read-planned-instants.js';
import { type ClockRule, readTzif } from './read-tzif.js';

/** Row 35 of the fault matrix: where Node's time zones and the operating system's differ, somebody hears of it. */

const folder = '/usr/share/zoneinfo';
const isThere = existsSync(`${folder}/Europe/Amsterdam`);
if (!isThere) console.warn(`no ${folder}: Node's time zones are not compared with the system's`);
const versionFile = `${folder}/tzdata.zi`;
const versions = {
  node: process.versions.tz,
  system: existsSync(versionFile) ? /version (\w+)/.exec(readFileSync(versionFile, 'utf8'))?.[1] : undefined,
};
const readZone = (zone: string) => readTzif(readFileSync(`${folder}/${zone}`));
const seconds = (text: string) => Date.parse(text) / 1000;

const settledZones = [...new Set(readPlannedInstants().launches.map(({ zone }) => zone))];
const cases: [string][] = JSON.parse(readFileSync(new URL('wall-time-cases.json', import.meta.url), 'utf8'));
const oddZones = [...new Set(cases.map(([zone]) => zone))];

/** Node's offset by its own rules. ICU keeps what the zone's file keeps, but has compiled it itself. */
function openClock(timeZone: string): (at: number) => number {
  const format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
  return (at) => {
    const [, sign, hours, minutes] = /GMT([-+])(\d\d):(\d\d)$/.exec(format.format(at * 1000)) ?? [];
    return (sign === '-' ? -1 : 1) * (Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60);
  };
}

const sixDays = 6 * 86_400;

/** The first moment at which Node and the rules show another time: around every change, and every six days. */
function findDifference(zone: string, rules: readonly ClockRule[], from: number, until: number): string | undefined {
  const offset = openClock(zone);
  const moments = rules.flatMap(({ at }) => [at - 1, at]);
  for (let at = from; at < until; at += sixDays) moments.push(at);
  let index = 0;
  for (const at of moments.filter((each) => each >= from && each < until).sort((a, b) => a - b)) {
    while ((rules[index + 1]?.at ?? Number.POSITIVE_INFINITY) <= at) index += 1;
    const known = rules[index]?.offset ?? 0;
    if (offset(at) !== known)
      return `${zone} at ${new Date(at * 1000).toISOString()}: ${offset(at)}, the system ${known}`;
  }
  return undefined;
}

function findDifferences(zones: readonly string[], from: string, until: string): string[] {
  return zones.flatMap((zone) => findDifference(zone, readZone(zone), seconds(from), seconds(until)) ?? []);
}

(isThere ? describe : describe.skip)("Node's time zones and the operating system's", () => {
  test('agree on every zone whose rules are settled, from 2000 to 2035', () => {
    expect(settledZones.length).toBeGreaterThan(40);
    expect(findDifferences(settledZones, '2000-01-01', '2036-01-01')).toEqual([]);
  });

  test('agree on the odd zones too, or it is told', () => {
    const differences = findDifferences(oddZones, '2000-01-01', '2036-01-01');
    // A country that changed its mind between two versions is news, and no fault of ours; within one it is a fault.
    if (versions.node === versions.system) expect(differences).toEqual([]);
    else if (differences.length > 0)
      console.warn(`Node has tzdata ${versions.node}, the system ${versions.system}:\n${differences.join('\n')}`);
    // What is past for these zones is the same in every version of these years.
    expect(findDifferences(oddZones, '2000-01-01', '2024-01-01')).toEqual([]);
  });

  test.each([
    ['another country', 'Europe/Amsterdam', 'Europe/London', '2000-01-01T00:00:00.000Z: 3600, the system 0'],
    ['another hour of change', 'Europe/Lisbon', 'Atlantic/Azores', '2000-01-01T00:00:00.000Z: 0, the system -3600'],
    [
      'a change that was given up',
      'America/Phoenix',
      'America/Denver',
      '2000-04-02T09:00:00.000Z: -25200, the system -21600',
    ],
  ])('are found to differ where they do: the rules of %s', (_, zone, other, expected) => {
    const found = findDifference(zone, readZone(other), seconds('2000-01-01'), seconds('2036-01-01'));
    expect(found).toBe(`${zone} at ${expected}`);
  });

  test('no zone changes its clocks twice within the reach of resolveWallTime', () => {
    const zones = Intl.supportedValuesOf('timeZone').filter((zone) => existsSync(`${folder}/${zone}`));
    expect(zones.length).toBeGreaterThan(400);
    const hours = zones.map((zone) => {
      const changes = readZone(zone).slice(1);
      return Math.min(
        ...changes.map(({ at }, index) => (at - (changes[index - 1]?.at ?? Number.NEGATIVE_INFINITY)) / 3600),
      );
    });
    expect(Math.min(...hours)).toBeGreaterThan(2 * 26);
  });
});

describe('readTzif', () => {
  /** A file as the tz database's own compiler writes it today: what repeats for ever stands in the footer alone. */
  const slim = (footer: string, offset: number) => {
    const header = Buffer.alloc(44);
    header.write('TZif2');
    header.writeUInt32BE(1, 36);
    header.writeUInt32BE(4, 40);
    const type = Buffer.alloc(10);
    type.writeInt32BE(offset);
    return Buffer.concat([header, type, header, type, Buffer.from(`\n${footer}\n`)]);
  };

  test.each([
    ['CET-1CEST,M3.5.0,M10.5.0/3', 3600, '2027-03-28T01:00:00Z 7200', '2027-10-31T01:00:00Z 3600'],
    ['EST5EDT,M3.2.0,M11.1.0', -18_000, '2027-03-14T07:00:00Z -14400', '2027-11-07T06:00:00Z -18000'],
    ['<+1030>-10:30<+11>-11,M10.1.0,M4.1.0', 37_800, '2027-04-03T15:00:00Z 37800', '2027-10-02T15:30:00Z 39600'],
    ['IST-1GMT0,M10.5.0,M3.5.0/1', 0, '2027-03-28T01:00:00Z 3600', '2027-10-31T01:00:00Z 0'],
    ['<-02>2<-01>,M3.5.0/-1,M10.5.0/0', -7200, '2027-03-28T01:00:00Z -3600', '2027-10-31T01:00:00Z -7200'],
  ])('goes on by the footer %s', (footer, offset, ...expected) => {
    const found = readTzif(slim(footer, offset))
      .map(({ at, offset: shown }) =>
        Number.isFinite(at) ? `${new Date(at * 1000).toISOString().replace('.000', '')} ${shown}` : '',
      )
      .filter((line) => line.startsWith('2027'));
    expect(found).toEqual(expected);
  });

  test.each([
    ['another file', Buffer.from('a text')],
    ['version 1, without the years after 2037', Buffer.from('TZif\0'.padEnd(60, '\0'))],
  ])('refuses %s', (_, file) => {
    expect(() => readTzif(file)).toThrow('not TZif');
  });
});
