import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import iconv from 'iconv-lite';
import { type CsvRow, type CsvTable, openCsv } from '../../../src/adapters/csv/open-csv.js';
import { writeRejects } from '../../../src/adapters/csv/write-rejects.js';
import { BadInput } from '../../../src/campaign/problem.js';

const folder = mkdtempSync(join(tmpdir(), 'fanfare-csv-'));
afterAll(() => rmSync(folder, { recursive: true }));

let count = 0;
function save(content: string | Buffer): string {
  const path = join(folder, `${++count}.csv`);
  writeFileSync(path, content);
  return path;
}

async function read(content: string | Buffer) {
  const table = await openCsv(save(content));
  return { ...table, rows: await rowsOf(table) };
}

async function rowsOf({ pieces }: CsvTable): Promise<CsvRow[]> {
  const rows: CsvRow[] = [];
  for await (const piece of pieces) rows.push(...piece);
  return rows;
}

describe('what cannot be opened', () => {
  test.each([
    ['a missing file', () => join(folder, 'none.csv'), /there is no such file/],
    ['a folder', () => folder, /this is a folder/],
    ['a device', () => '/dev/null', /not an ordinary file/],
    ['a file below a file', () => join(save('a\nb\n'), 'x.csv'), /there is no such file/],
    ['UTF-32', () => save(Buffer.from('fffe000061000000', 'hex')), /UTF-32/],
    [
      'a header with an open quote',
      () => save('"email,name\nx,y\n'),
      /:1: the header cannot be read: a quote is opened/,
    ],
    ['two pairs of names', () => save('a,b,A,B\n1,2,3,4\n'), /columns 1 and 3.*\n.*columns 2 and 4/],
    ['a header beyond 256 kB', () => save(`${'x,'.repeat(200_000)}\n1\n`), /longer than 256 kB|are both called/],
  ])('%s', async (_, path, message) => {
    const failure = await openCsv(path()).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(BadInput);
    expect((failure as Error).message).toMatch(message);
  });

  test('arbitrary bytes are read or refused, and never crash', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        await read(Buffer.from(bytes)).catch((error: unknown) => expect(error).toBeInstanceOf(BadInput));
      }),
      { numRuns: 300 },
    );
  });
});

describe('the delimiter', () => {
  test.each([
    ['email;name, first\na@x.test;Anna\n', ';', 2],
    ['email,"a;b;c;d"\nx,y\n', ',', 2],
    ['Name, given;mail\nJansen, Anna;a@x.test\nSmith;b@x.test\n', ';', 2],
    ['mail\tname\nx\ty\n', '\t', 2],
    ['mail\na@x.test\n', ',', 1],
    ['"sep=|"\na,b|c\n1|2\n', '|', 2],
  ])('%j', async (text, delimiter, width) => {
    const table = await read(text);
    expect(table.delimiter).toBe(delimiter);
    expect(table.header).toHaveLength(width);
  });
});

test('one text in four encodings gives the same rows, with the physical lines', async () => {
  const text = 'mail;name\r\n\r\na@x.test;"Zoë\r\n€"\r\nb@x.test;Œ\r\n';
  const wanted = [
    { line: 3, cells: ['a@x.test', 'Zoë\r\n€'] },
    { line: 5, cells: ['b@x.test', 'Œ'] },
  ];
  for (const encoding of ['utf-8', 'utf-16le', 'utf-16be', 'windows-1252']) {
    for (const addBOM of encoding === 'windows-1252' ? [false] : [true, false]) {
      const table = await read(iconv.encode(text, encoding, { addBOM }));
      expect(table.encoding).toBe(encoding);
      expect(table.header).toEqual(['mail', 'name']);
      expect(table.rows).toEqual(wanted);
    }
  }
});

test('UTF-16 without its mark is seen also where most characters are Greek', async () => {
  const text = `email;name\n${'a@x.test;Αλέξανδρος Παπαδόπουλος\n'.repeat(9)}`;
  const table = await read(iconv.encode(text, 'utf-16be', { addBOM: false }));
  expect(table.encoding).toBe('utf-16be');
  expect(table.rows[8]?.cells[1]).toBe('Αλέξανδρος Παπαδόπουλος');
});

test('a character that lies across two pieces of the file stays whole', async () => {
  const rows = Array.from({ length: 30_000 }, (_, index) => `é€😀${index}`);
  const table = await read(`name\n${rows.join('\n')}\n`);
  expect(table.encoding).toBe('utf-8');
  expect(table.rows.map(({ cells }) => cells[0])).toEqual(rows);
});

const pieceBytes = 64 * 1024;
const fill = (chars: number) => `${'x'.repeat(99)}\n`.repeat(chars / 100) + 'y'.repeat(chars % 100);

test.each([
  ['utf-8', '😀', 1],
  ['windows-1252', '€', 1],
  ['utf-16le', '€', 2],
])('pieces that are plain ASCII and others stay in order (%s)', async (encoding, special, charBytes) => {
  let text = 'name\n';
  // At the end of every second piece, each time with one character more in the next.
  for (let piece = 1; piece < 12; piece += 2) {
    const gap = (piece * pieceBytes - iconv.encode(text, encoding).length) / charBytes;
    text += `${fill(gap - (piece - 1) / 2)}${special}\n`;
  }
  const table = await read(iconv.encode(text, encoding));
  expect(table.encoding).toBe(encoding);
  expect(table.rows.map(({ cells }) => cells[0]).join('\n')).toBe(text.trimEnd().slice('name\n'.length));
});

test('half a character at the end of a piece damages the row that it stands in', async () => {
  const start = `name\nééééé\n${fill(pieceBytes - 18)}`;
  const table = await read(
    Buffer.concat([Buffer.from(start), Buffer.from([0xe2, 0x82]), Buffer.from(fill(pieceBytes))]),
  );
  expect(Buffer.byteLength(start) + 2).toBe(pieceBytes);
  const damaged = table.rows.filter(({ problem }) => problem);
  expect(damaged).toHaveLength(1);
  expect(damaged[0]?.cells[0]).toMatch(/^y+\ufffdx+$/);
});

test('no file stays open', async () => {
  const countOpen = () => readdirSync('/dev/fd').length;
  const before = countOpen();
  const table = await openCsv(save(`mail\n${fill(3 * pieceBytes)}`));
  expect(countOpen()).toBe(before);
  for await (const _ of table.pieces) break;
  expect(countOpen()).toBe(before);
  await rowsOf(table);
  expect(countOpen()).toBe(before);
});

test('a table can be read twice, and left early', async () => {
  const table = await openCsv(save('a\n1\n2\n3\n'));
  for await (const [first] of table.pieces) {
    expect(first?.cells).toEqual(['1']);
    break;
  }
  expect((await rowsOf(table)).map(({ cells }) => cells[0])).toEqual(['1', '2', '3']);
});

describe('rejected rows', () => {
  const reject = { message: 'was wrong', field: 'mail', hint: 'mend it' };

  test('are written with line and reason first, guarded against formulas', async () => {
    const path = join(folder, 'rejects.csv');
    const cells = ['=1+1', '+31', '-x', '@y', '\tz', '\rq', "'=old", 'plain; "text"', "'quoted'"];
    await writeRejects(
      path,
      cells.map((_, index) => `c${index}`),
      [{ line: 7, cells, reject }],
      ';',
    );
    const { readFileSync } = await import('node:fs');
    expect(readFileSync(path, 'utf8')).toBe(
      '\ufeffrejected at line;rejected because;c0;c1;c2;c3;c4;c5;c6;c7;c8\r\n' +
        `7;mail: was wrong (mend it);'=1+1;'+31;'-x;'@y;'\tz;"'\rq";''=old;"plain; ""text""";'quoted'\r\n`,
    );
    const again = await openCsv(path);
    expect(again.header[0]).toBe('c0');
    expect(await rowsOf(again)).toEqual([{ line: 2, cells }]);
  });

  test('come back as they were, whatever they held', async () => {
    const unit = fc.constantFrom('a', "'", '=', '+', '-', '@', '\t', '\r', '\n', '"', ',', ';', ' ', 'é');
    const row = fc.tuple(fc.constant('x'), fc.string({ unit, maxLength: 10 }), fc.string({ unit, maxLength: 10 }));
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { minLength: 1, maxLength: 5 }),
        fc.constantFrom(',', ';', '\t'),
        async (rows, d) => {
          const path = join(folder, 'again.csv');
          const rejects = rows.map((cells, index) => ({ line: index + 2, cells, reject }));
          await writeRejects(path, ['a', 'b', 'c'], rejects, d);
          const table = await openCsv(path);
          const found: string[][] = [];
          for (const { cells, problem } of await rowsOf(table)) {
            expect(problem).toBeUndefined();
            found.push(cells);
          }
          expect(found).toEqual(rows);
          expect(table.delimiter).toBe(d);
        },
      ),
    );
  });

  test('a row with a cell too many is rejected again, until somebody mends it', async () => {
    const path = join(folder, 'ragged.csv');
    await writeRejects(path, ['a', 'b'], [{ line: 2, cells: ['1', '2', '3'], reject }]);
    for (const row of await rowsOf(await openCsv(path))) {
      expect(row).toMatchObject({
        line: 2,
        cells: ['1', '2', '3'],
        problem: { message: expect.stringContaining('5 cells') },
      });
    }
  });

  test('a folder that is not there is told', async () => {
    await expect(writeRejects(join(folder, 'none', 'x.csv'), ['a'], [])).rejects.toBeInstanceOf(BadInput);
  });
});
