import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readIcsClosures } from '../../../src/adapters/ics/read-ics-closures.js';

let folder: string;
let file: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fanfare-ics-'));
  file = path.join(folder, 'closures.ics');
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

const years = { from: 2027, to: 2028 };

/** Events as lists of lines, in a calendar with further lines of its own. */
function calendar(events: string[][], further: string[] = []): string {
  const lines = events.flatMap((event) => ['BEGIN:VEVENT', ...event, 'END:VEVENT']);
  return ['BEGIN:VCALENDAR', 'VERSION:2.0', ...further, ...lines, 'END:VCALENDAR', ''].join('\r\n');
}

async function read(content: string | Buffer, zone?: string) {
  await writeFile(file, content);
  return await readIcsClosures(file, years, zone);
}

/** `from to name`, shortened to `from name` for one day. */
async function show(content: string, zone?: string) {
  const closures = await read(content, zone);
  return closures.map(({ from, to, name }) => [from, ...(to === from ? [] : [to]), name].join(' '));
}

const allDay = (from: string, until?: string) => [
  `DTSTART;VALUE=DATE:${from}`,
  ...(until === undefined ? [] : [`DTEND;VALUE=DATE:${until}`]),
  'SUMMARY:x',
];

describe('readIcsClosures', () => {
  test.each<[string, string[][], string[]]>([
    ['an all-day event ends before its DTEND', [allDay('20270802', '20270814')], ['2027-08-02 2027-08-13 x']],
    ['an all-day event without an end is one day', [allDay('20270802')], ['2027-08-02 x']],
    ['an all-day event that ends where it begins is one day', [allDay('20270802', '20270802')], ['2027-08-02 x']],
    [
      'a day may lack VALUE=DATE',
      [['DTSTART:20270802', 'DTEND:20270804']],
      ['2027-08-02 2027-08-03 an event without a name'],
    ],
    [
      'a duration says how long',
      [['DTSTART;VALUE=DATE:20270802', 'DURATION:P1W', 'SUMMARY:x']],
      ['2027-08-02 2027-08-08 x'],
    ],
    [
      'a timed event closes the days it touches',
      [['DTSTART;TZID=Europe/Amsterdam:20270802T220000', 'DTEND;TZID=Europe/Amsterdam:20270804T000100', 'SUMMARY:x']],
      ['2027-08-02 2027-08-04 x'],
    ],
    [
      'an end at midnight leaves the next day alone',
      [['DTSTART;TZID=Europe/Amsterdam:20270802T000000', 'DTEND;TZID=Europe/Amsterdam:20270803T000000', 'SUMMARY:x']],
      ['2027-08-02 x'],
    ],
    ['a moment closes its day', [['DTSTART:20270802T090000', 'SUMMARY:x']], ['2027-08-02 x']],
    [
      'a zone that only Windows knows is taken as it is written',
      [['DTSTART;TZID="W. Europe; Standard: Time":20270802T000000', 'DURATION:PT24H', 'SUMMARY:x']],
      ['2027-08-02 x'],
    ],
    [
      'events of other years are left out, those that last into them are not',
      [
        allDay('20261231', '20270102'),
        allDay('20261231', '20270101'),
        allDay('20281231', '20290105'),
        allDay('20290101'),
      ],
      ['2026-12-31 2027-01-01 x', '2028-12-31 2029-01-04 x'],
    ],
    [
      'cancelled events are left out',
      [
        [...allDay('20270802'), 'STATUS:CANCELLED'],
        [...allDay('20270803'), 'STATUS:CONFIRMED'],
      ],
      ['2027-08-03 x'],
    ],
    ['the same day twice is told once', [allDay('20270802'), allDay('20270802')], ['2027-08-02 x']],
    ['days come in order', [allDay('20270803'), allDay('20270101')], ['2027-01-01 x', '2027-08-03 x']],
    [
      'alarms have times of their own',
      [[...allDay('20270802'), 'BEGIN:VALARM', 'DURATION:-PT15M', 'SUMMARY:y', 'END:VALARM']],
      ['2027-08-02 x'],
    ],
    [
      'lines that nobody asks for may be broken',
      [[...allDay('20270802'), 'ATTENDEE;CN="never closed:mailto:a@b', 'half of a description']],
      ['2027-08-02 x'],
    ],
  ])('%s', async (_, events, expected) => {
    expect(await show(calendar(events))).toEqual(expected);
  });

  test('puts an instant in UTC on a day of the calendar’s zone, or of the one it is given', async () => {
    const event = ['DTSTART:20270801T220000Z', 'DTEND:20270802T220000Z', 'SUMMARY:x'];
    expect(await show(calendar([event], ['X-WR-TIMEZONE:Europe/Amsterdam']), 'Asia/Tokyo')).toEqual(['2027-08-02 x']);
    const utc = calendar([event]);
    expect(await show(utc)).toEqual(['2027-08-01 2027-08-02 x']);
    expect(await show(utc, 'Europe/Amsterdam')).toEqual(['2027-08-02 x']);
  });

  test.each<[string, string[][], string[]]>([
    [
      'every year, from long before',
      [[...allDay('19991224', '19991227'), 'RRULE:FREQ=YEARLY']],
      ['2027-12-24 2027-12-26 x', '2028-12-24 2028-12-26 x'],
    ],
    [
      'also one that began before the years and lasts into them',
      [[...allDay('20201230', '20210103'), 'RRULE:FREQ=YEARLY;UNTIL=20271001']],
      ['2026-12-30 2027-01-02 x'],
    ],
    [
      'until a moment in UTC, which is a moment of the event’s zone',
      [
        [
          'DTSTART;TZID=Europe/Amsterdam:20270802T000000',
          'DURATION:PT1H',
          'SUMMARY:x',
          'RRULE:FREQ=DAILY;UNTIL=20270803T220000Z',
        ],
      ],
      ['2027-08-02 x', '2027-08-03 x', '2027-08-04 x'],
    ],
    [
      'without the days that are left out, and with further ones',
      [
        [
          'DTSTART;TZID=Europe/Amsterdam:20270802T090000',
          'SUMMARY:x',
          'RRULE:FREQ=DAILY;COUNT=4',
          'EXDATE;TZID=Europe/Amsterdam:20270802T090000',
          'EXDATE:20270804T070000Z',
          'RDATE;VALUE=DATE:20271001,20271101',
          'RDATE;VALUE=PERIOD:20271201T080000Z/PT1H',
        ],
      ],
      ['2027-08-03 x', '2027-08-05 x', '2027-10-01 x', '2027-11-01 x', '2027-12-01 x'],
    ],
    [
      'with what one occurrence was moved to, and without a cancelled one',
      [
        ['UID:a', ...allDay('20270104'), 'RRULE:FREQ=WEEKLY;COUNT=4'],
        ['UID:a', 'RECURRENCE-ID;VALUE=DATE:20270111', 'DTSTART;VALUE=DATE:20270112', 'SUMMARY:moved'],
        ['UID:a', 'RECURRENCE-ID;VALUE=DATE:20270118', ...allDay('20270118'), 'STATUS:CANCELLED'],
        ['UID:b', ...allDay('20270111')],
      ],
      ['2027-01-04 x', '2027-01-11 x', '2027-01-12 moved', '2027-01-25 x'],
    ],
    [
      'for ever, as some programs write it',
      [[...allDay('20270104'), 'RRULE:FREQ=YEARLY;UNTIL=99991231T235959Z']],
      ['2027-01-04 x', '2028-01-04 x'],
    ],
    [
      'on the last Friday of November',
      [[...allDay('20201127'), 'RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=-1FR']],
      ['2027-11-26 x', '2028-11-24 x'],
    ],
  ])('spells out recurring events: %s', async (_, events, expected) => {
    expect(await show(calendar(events))).toEqual(expected);
  });

  test.each([
    ['Zomer\\, sluiting\\nalle kantoren', 'Zomer, sluiting alle kantoren'],
    ['  a\tb  ', 'a b'],
    ['\u202egnp.exe\u0007 \u001b[31m', 'gnp.exe [31m'],
    ['', 'an event without a name'],
    ['x'.repeat(300), 'x'.repeat(200)],
  ])('cleans the name %j', async (summary, name) => {
    const [closure] = await read(calendar([['DTSTART;VALUE=DATE:20270802', `SUMMARY;LANGUAGE=nl:${summary}`]]));
    expect(closure?.name).toBe(name);
  });

  test('joins folded lines, also where a character was folded', async () => {
    const text = calendar([['DTSTART;VALUE=DATE:20270802', 'SUMMARY:Sommer in Münch', ' en', '\t und überall']]);
    expect((await read(text))[0]?.name).toBe('Sommer in München und überall');
    const octets = Buffer.from(calendar([['DTSTART;VALUE=DATE:20270802', 'SUMMARY:Münch']]));
    const at = octets.indexOf('ü') + 1;
    const folded = Buffer.concat([octets.subarray(0, at), Buffer.from('\r\n '), octets.subarray(at)]);
    expect((await read(folded))[0]?.name).toBe('Münch');
  });

  test('takes line ends and a byte order mark as they come', async () => {
    const text = calendar([allDay('20270802')]);
    for (const each of [text.replaceAll('\r\n', '\n'), text.replaceAll('\r\n', '\r'), `\ufeff${text}`, `\n${text}\n\n`])
      expect(await show(each)).toEqual(['2027-08-02 x']);
  });

  test('has none for years without any', async () => {
    expect(await read(calendar([allDay('20200101')]))).toEqual([]);
  });

  const begin = 'BEGIN:VCALENDAR\n';
  test.each<[string, string, string[]]>([
    ['an empty file', '', [' is empty']],
    [
      'a web page',
      '<!DOCTYPE html>\n<html></html>',
      [
        '1:1: is not a calendar: it does not begin with BEGIN:VCALENDAR (this is a web page, perhaps one that wants a login)',
      ],
    ],
    [
      'another file',
      '\ndate;name\n2027-08-02;x\n',
      ['2:1: is not a calendar: it does not begin with BEGIN:VCALENDAR (export it as .ics (iCalendar))'],
    ],
    [
      'a file without events',
      `${begin}VERSION:2.0\nBEGIN:VTODO\nSUMMARY:x\nEND:VTODO\nEND:VCALENDAR\n`,
      [' holds no events (export the calendar again, or list the days in a YAML file)'],
    ],
    [
      'a file that was cut off',
      `${begin}BEGIN:VEVENT\nDTSTART;VALUE=DATE:20270802\n`,
      ['2:1: VEVENT begins here and never ends, so the file is not whole (export it again)'],
    ],
    [
      'an end that ends nothing',
      `${begin}BEGIN:VEVENT\nDTSTART;VALUE=DATE:20270802\nEND:VCALENDAR\n`,
      ['4:1: END:VCALENDAR does not end what was begun (line 2 has begun VEVENT)'],
    ],
    [
      'every event that cannot be read',
      calendar([
        ['SUMMARY:no day'],
        ['DTSTART;VALUE=DATE:20270230', 'SUMMARY:x'],
        ['DTSTART:garbage'],
        ['DTSTART'],
        ['DTSTART;VALUE=DATE:20270802', 'DTEND;VALUE=DATE:20270801'],
        ['DTSTART;VALUE=DATE:20270802', 'DURATION:tomorrow'],
        ['DTSTART;VALUE=DATE:02070802'],
        ['DTSTART;VALUE=DATE:20270802', 'EXDATE:20279999'],
      ]),
      [
        '3:1: this event has no DTSTART, so nobody knows when it is',
        '7:1: DTSTART: "20270230" is not a day or a time, such as 20270802 or 20270802T090000',
        '11:1: DTSTART: "garbageT" is not a day or a time, such as 20270802 or 20270802T090000',
        '14:1: DTSTART: "DTSTART" cannot be read (export the calendar again, or mend the line)',
        '18:1: this event ends before it begins',
        '22:1: DURATION: "tomorrow" is not a duration, such as P1D',
        '25:1: DTSTART: "02070802" is not a day or a time, such as 20270802 or 20270802T090000',
        '29:1: EXDATE: "20279999T" is not a day or a time, such as 20270802 or 20270802T090000',
      ],
    ],
    [
      'rules that are none, or none of days',
      calendar([
        [...allDay('20270802'), 'RRULE:FREQ=SOMETIMES'],
        [...allDay('20270802'), 'RRULE:FREQ=HOURLY'],
        [...allDay('20270802'), 'RRULE:FREQ=DAILY;UNTIL=20270230'],
        [...allDay('20270802'), 'RRULE:FREQ=DAILY;UNTIL=tomorrow'],
      ]),
      [
        '6:1: RRULE: "RRULE:FREQ=SOMETIMES" cannot be read (export the calendar again, or mend the line)',
        '11:1: RRULE: repeats more often than once a day (FREQ=HOURLY), but closures are whole days (write its days out in a YAML file)',
        '16:1: RRULE: has an UNTIL that is no day (write its days out in a YAML file)',
        '21:1: RRULE: has an UNTIL that is no day (write its days out in a YAML file)',
      ],
    ],
  ])('tells of %s', async (_, content, told) => {
    const error = await read(content).then(
      () => undefined,
      (reason: Error) => reason,
    );
    expect(error?.name).toBe('BadInput');
    expect(error?.message.replaceAll(`${file}:`, '').split('\n')).toEqual(told);
  });

  test('tells of a character that is not UTF-8, by its line', async () => {
    const latin1 = Buffer.from(calendar([['DTSTART;VALUE=DATE:20270802', 'SUMMARY:Sommer in München']]), 'latin1');
    await expect(read(latin1)).rejects.toThrow(
      'closures.ics:5:1: holds a character that is not UTF-8 (export it as UTF-8)',
    );
  });

  test('tells of a file that is not there, a folder, and one that is too large', async () => {
    await expect(readIcsClosures(path.join(folder, 'none.ics'), years)).rejects.toThrow('there is no such file');
    await expect(readIcsClosures(folder, years)).rejects.toThrow('is a folder');
    await expect(read(calendar([[...allDay('20270802'), `COMMENT:${'x'.repeat(5 * 1024 * 1024)}`]]))).rejects.toThrow(
      'is larger than 5 MB',
    );
  });

  test('tells of the first 20 mistakes and how many more there are', async () => {
    const error: Error = await read(calendar(Array.from({ length: 50 }, () => ['SUMMARY:x']))).then(
      () => new Error('read'),
      (reason: Error) => reason,
    );
    expect(error.message.split('\n')).toHaveLength(21);
    expect(error.message).toMatch(/and 30 more of the kind$/);
  });

  test('reads five thousand recurring events in seconds', async () => {
    const events = Array.from({ length: 5000 }, (_, at) => [
      `DTSTART;VALUE=DATE:20${String((at % 20) + 10)}0${(at % 9) + 1}1${at % 10}`,
      `SUMMARY:${at}`,
      'RRULE:FREQ=YEARLY',
    ]);
    const before = performance.now();
    expect((await read(calendar(events))).length).toBeGreaterThan(9000);
    expect(performance.now() - before).toBeLessThan(20_000);
  });

  test('either reads a damaged file or says where it is broken, and never anything else', async () => {
    const whole = calendar([
      [...allDay('20270802', '20270814'), 'RRULE:FREQ=YEARLY;COUNT=3', 'UID:a'],
      ['DTSTART;TZID=Europe/Amsterdam:20270104T090000', 'DURATION:PT8H', 'SUMMARY:y', 'EXDATE:20270104T080000Z'],
    ]);
    const splice = fc.record({
      at: fc.nat(whole.length),
      length: fc.nat(20),
      put: fc.oneof(
        fc.constantFrom('', '\n', ':', ';', 'Z', 'BEGIN:VEVENT\n', '\u0000', '9', ';VALUE=PERIOD:'),
        fc.string(),
      ),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(splice, { minLength: 1, maxLength: 3 }), async (splices) => {
        let text = whole;
        for (const { at, length, put } of splices) text = text.slice(0, at) + put + text.slice(at + length);
        const [closures, error] = await read(text).then(
          (found) => [found, undefined] as const,
          (reason: Error) => [[], reason] as const,
        );
        if (error) expect(error.name).toBe('BadInput');
        for (const { from, to } of closures)
          expect([from <= to, from <= '2028-12-31', to >= '2027']).toEqual([true, true, true]);
      }),
      { numRuns: 500 },
    );
  });
});
