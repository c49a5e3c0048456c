import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import ICAL from 'ical.js';
import { type IcsEvent, writeIcs } from '../../../src/adapters/ics/write-ics.js';

const now = new Date('2027-01-02T03:04:05.678Z');
const event: IcsEvent = {
  uid: 'sspr/coming-soon@fanfare',
  start: new Date('2027-01-12T08:00:00Z'),
  end: new Date('2027-01-12T10:30:00Z'),
  summary: 'Coming soon',
  description: '12,000 people; ring "pilot"',
};

describe('writeIcs', () => {
  test('writes a calendar as RFC 5545 has it', () => {
    const later = { ...event, uid: 'b', end: undefined, description: 'one\ntwo\r\nthree \\ four' };
    expect(writeIcs([event, later as IcsEvent], now).split('\r\n')).toEqual([
      'BEGIN:VCALENDAR',
      'VERSION:2.0',
      'PRODID:-//Fanfare//Plan//EN',
      'BEGIN:VEVENT',
      'UID:sspr/coming-soon@fanfare',
      'DTSTAMP:20270102T030405Z',
      'DTSTART:20270112T080000Z',
      'DTEND:20270112T103000Z',
      'SUMMARY:Coming soon',
      'DESCRIPTION:12\\,000 people\\; ring "pilot"',
      'END:VEVENT',
      'BEGIN:VEVENT',
      'UID:b',
      'DTSTAMP:20270102T030405Z',
      'DTSTART:20270112T080000Z',
      'SUMMARY:Coming soon',
      'DESCRIPTION:one\\ntwo\\nthree \\\\ four',
      'END:VEVENT',
      'END:VCALENDAR',
      '',
    ]);
  });

  test('leaves out what would break a line, and halves of characters', () => {
    const text = writeIcs([{ ...event, summary: 'a\u0000b\u0007c\u2028d\rEND:VEVENT\ud800' }], now);
    expect(text).toContain('SUMMARY:abcd\\nEND:VEVENT\ufffd\r\n');
  });

  test('folds lines at 75 octets, between characters', () => {
    const description = `${'ö'.repeat(100)}${'🎺'.repeat(60)}${'x'.repeat(300)}`;
    const lines = writeIcs([{ ...event, description }], now).split('\r\n');
    expect(lines.length).toBeGreaterThan(15);
    expect(lines.filter((line) => Buffer.byteLength(line) > 75)).toEqual([]);
    expect(lines.filter((line) => line.includes('\ufffd'))).toEqual([]);
    // A line of 74 octets of one letter is not folded more than it must be.
    expect(lines.filter((line) => /^ x+$/.test(line))[1]).toHaveLength(75);
  });

  test('what it writes is what is read again, whatever the texts are', () => {
    const text = fc.string({ unit: 'binary', maxLength: 120 });
    const instant = fc.integer({ min: Date.UTC(2000, 0), max: Date.UTC(2199, 11) }).map((ms) => new Date(ms));
    fc.assert(
      fc.property(
        fc.array(fc.record({ start: instant, summary: text, description: text }), { maxLength: 3 }),
        (given) => {
          const written = writeIcs(
            given.map((each, at) => ({ ...each, uid: `${at}` })),
            now,
          );
          expect(written).not.toMatch(/[^\r]\n|\r[^\n]/);
          expect(written.split('\r\n').filter((line) => Buffer.byteLength(line) > 75)).toEqual([]);
          const read = new ICAL.Component(ICAL.parse(written)).getAllSubcomponents('vevent');
          expect(read.map((each) => String(each.getFirstPropertyValue('uid')))).toEqual(given.map((_, at) => `${at}`));
          for (const [at, { start, summary, description }] of given.entries()) {
            const { startDate, ...found } = readEvent(read[at]!);
            expect(startDate).toBe(Math.floor(start.getTime() / 1000));
            expect(found).toEqual({ summary: withoutControls(summary), description: withoutControls(description) });
          }
        },
      ),
      { numRuns: 400 },
    );
  });
});

function readEvent(component: ICAL.Component) {
  const found = new ICAL.Event(component);
  return { startDate: found.startDate.toUnixTime(), summary: found.summary, description: found.description };
}

function withoutControls(text: string): string {
  return [...text.replace(/\r\n|\r/g, '\n')].filter((char) => /[\n\t]|[^\p{Cc}\u2028\u2029]/u.test(char)).join('');
}
