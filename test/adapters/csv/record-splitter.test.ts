import { describe, expect, test } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { RecordSplitter, type SplitRecord } from '../../../src/adapters/csv/record-splitter.js';

function split(pieces: string[], width: number, delimiter = ','): SplitRecord[] {
  const splitter = new RecordSplitter({ delimiter, width, line: 1 });
  const records: SplitRecord[] = [];
  const takeAll = () => {
    for (let record = splitter.take(); record; record = splitter.take()) records.push(record);
  };
  for (const piece of pieces) {
    splitter.push(piece);
    takeAll();
  }
  splitter.end();
  takeAll();
  return records;
}

const odd = fc.string({ unit: fc.constantFrom('a', 'b', '"', ',', '\n', '\r', ' ', 'é'), maxLength: 40 });

describe('records', () => {
  test('are those that csv-parse finds in well-formed text', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', '"', ',', ';', '\n', '\r\n', ' ', 'é', '='), maxLength: 12 });
    const table = fc.array(fc.tuple(fc.constant('x'), cell, cell), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(table, fc.constantFrom(',', ';'), fc.constantFrom('\n', '\r\n'), (rows, delimiter, lineEnd) => {
        const write = (text: string) => (/[",;\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
        const text = rows.map((cells) => cells.map(write).join(delimiter) + lineEnd).join('');
        const found = split([text], 3, delimiter);
        expect(found.filter(({ fault }) => fault)).toEqual([]);
        const wanted = parse(text, { delimiter, record_delimiter: lineEnd }) as string[][];
        expect(found.map(({ cells }) => cells)).toEqual(wanted);
      }),
    );
  });

  test('do not depend on how the text arrives', () => {
    fc.assert(
      fc.property(odd, fc.array(fc.nat(40), { maxLength: 6 }), (text, cuts) => {
        const places = [0, ...cuts.map((cut) => Math.min(cut, text.length)).sort((a, b) => a - b), text.length];
        const pieces = places.slice(1).map((place, index) => text.slice(places[index], place));
        expect(split(pieces, 2)).toEqual(split([text], 2));
      }),
      { numRuns: 1_000 },
    );
  });

  test('or rejects account for every line that holds text', () => {
    fc.assert(
      fc.property(odd, (text) => {
        const records = split([text], 2);
        const lines = records.map(({ line }) => line);
        expect(lines).toEqual([...new Set(lines)].sort((a, b) => a - b));
        const physical = text.split(/\r\n|\n|\r/);
        for (const { line, cells, fault } of records) if (!fault) expect([line, cells.length]).toEqual([line, 2]);
        // A line without quotes and outside of quotes is always a record of its own.
        if (!text.includes('"')) {
          const wanted = physical.flatMap((row, index) => (row.replaceAll(',', '').trim() === '' ? [] : [index + 1]));
          expect(lines).toEqual(wanted);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('after a broken record', () => {
  test('the next physical line is read, also where a quote closes far below with the wrong number of cells', () => {
    const found = split(['a,"b\nc,d\ne",f,g\nh,i\n'], 2);
    expect(found.map(({ line, fault }) => [line, fault !== undefined])).toEqual([
      [1, true],
      [2, false],
      [3, true],
      [4, false],
    ]);
    expect(found[0]?.fault).toBe(
      'a quote opened here is closed 2 lines further, and the row has 4 cells, the header has 2',
    );
  });

  test('a quote that is never closed costs one line, and is given up after 64 kB', () => {
    const good = Array.from({ length: 20_000 }, (_, index) => `p${index},x\n`).join('');
    const found = split([`a,"b\n`, good], 2);
    expect(found).toHaveLength(20_001);
    expect(found[0]).toEqual({ line: 1, cells: ['a', '"b'], fault: 'a quote is opened and not closed within 64 kB' });
    expect(found.slice(1).every(({ fault }) => fault === undefined)).toBe(true);
  });

  test.each([
    ['unquoted', 'a,'],
    ['quoted', 'a,"'],
  ])('a row of 2 MB is let go of and the next one read: %s', (_, start) => {
    const pieces = [`1,1\n${start}`, ...Array.from({ length: 32 }, () => 'x'.repeat(65_536)), '"\n2,2\n'];
    const found = split(pieces, 2);
    expect(found.map(({ line, fault }) => [line, fault])).toEqual([
      [1, undefined],
      [2, 'the row is longer than 256 kB (it is cut off here)'],
      [3, undefined],
    ]);
    expect(found[1]?.cells.join('').length).toBeLessThan(2_000);
  });

  test.each([
    [65_536, undefined],
    [65_537, 'a cell holds more than 64 kB (it is cut off here)'],
  ])('a cell of %d characters', (length, fault) => {
    expect(split([`a,${'x'.repeat(length)}\n`], 2)[0]?.fault).toBe(fault);
  });

  test('a quoted cell at and beyond the limit', () => {
    expect(split([`a,"${'x'.repeat(65_536)}"\n`], 2)[0]?.fault).toBeUndefined();
    expect(split([`a,"${'x'.repeat(65_600)}"\nb,c\n`], 2).map(({ line, fault }) => [line, fault])).toEqual([
      [1, 'a quote is opened and not closed within 64 kB'],
      [2, undefined],
    ]);
  });
});
