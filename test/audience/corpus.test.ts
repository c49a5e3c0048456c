import { readdirSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { openCsv } from '../../src/adapters/csv/open-csv.js';
import { readRecipients } from '../../src/audience/read-recipients.js';
import { BadInput } from '../../src/campaign/problem.js';
import { gatherAudience } from './gather-audience.js';

const folder = new URL('./corpus/', import.meta.url).pathname;

interface Expected {
  encoding?: string;
  delimiter?: string;
  /** Data rows of the file: each comes out exactly once. */
  rows: number;
  recipients: number;
  leftOut?: Record<string, number>;
  /** [line, line of the earlier row]. */
  merged?: [number, number][];
  /** [line, part of the problem as it is shown]. */
  rejects?: [number, RegExp][];
  /** [line, part of the remark]. */
  remarks?: [number, RegExp][];
  /** Display names of the audience, in order. */
  named?: (string | undefined)[];
  firstNames?: (string | undefined)[];
  locales?: (string | undefined)[];
}

const readable: Record<string, Expected> = {
  'entra-download.csv': {
    rows: 5,
    recipients: 2,
    leftOut: { 'no-address': 1, disabled: 1, guest: 1 },
    firstNames: ['Anna', 'Claire'],
    locales: ['nl', 'nl'],
  },
  'plain.csv': { rows: 2, recipients: 2, delimiter: ',', encoding: 'utf-8' },
  'utf8-bom.csv': { rows: 1, recipients: 1, named: ['Zoë'] },
  'utf16le-bom.csv': { rows: 1, recipients: 1, encoding: 'utf-16le', delimiter: '\t', named: ['Zoë'] },
  'utf16be-bom.csv': { rows: 1, recipients: 1, encoding: 'utf-16be', delimiter: ';', named: ['Zoë'] },
  'utf16le-no-mark.csv': { rows: 1, recipients: 1, encoding: 'utf-16le', named: ['Zoë Müller'] },
  'utf16be-no-mark.csv': { rows: 1, recipients: 1, encoding: 'utf-16be', named: ['Zoë Müller'] },
  'windows-1252.csv': { rows: 1, recipients: 1, encoding: 'windows-1252', named: ['Zoë “Z” O’Neil'] },
  'windows-1252-late.csv': { rows: 41, recipients: 41, encoding: 'windows-1252' },
  'utf8-damaged-row.csv': {
    rows: 4,
    recipients: 3,
    encoding: 'utf-8',
    named: ['Zoë', 'Jürgen', 'Max'],
    rejects: [[4, /not valid UTF-8/]],
  },
  'cut-inside-a-character.csv': { rows: 2, recipients: 1, encoding: 'utf-8', rejects: [[3, /damaged/]] },
  'dutch-excel.csv': {
    rows: 3,
    recipients: 2,
    delimiter: ';',
    leftOut: { disabled: 1 },
    firstNames: ['Jan', 'Marie'],
    locales: ['nl', 'de'],
    remarks: [[4, /Taal: "Klingon" is no language that is known: "de" is used/]],
  },
  'german-excel.csv': { rows: 1, recipients: 1, firstNames: ['Jürgen'], locales: ['de'] },
  'french-excel.csv': { rows: 2, recipients: 1, leftOut: { disabled: 1 }, firstNames: ['Hélène'], locales: ['fr'] },
  'powershell-type.csv': { rows: 2, recipients: 1, leftOut: { 'no-address': 1 }, named: ['Anna Jansen'] },
  'sep-line.csv': { rows: 1, recipients: 1, delimiter: ';', named: ['Jansen, Anna'], firstNames: [undefined] },
  'pipe.csv': { rows: 1, recipients: 1, delimiter: '|', named: ['Anna, Bea; Carl'] },
  'lf.csv': { rows: 2, recipients: 2 },
  'cr.csv': { rows: 2, recipients: 2, named: ['Anna', 'Bob'] },
  'mixed-line-ends.csv': { rows: 3, recipients: 3, named: ['Anna', 'Bob', 'Carl'] },
  'empty-lines.csv': { rows: 2, recipients: 2 },
  'trailing-delimiter.csv': { rows: 3, recipients: 3, named: ['Anna', 'Bob', 'Carl'] },
  'ragged.csv': {
    rows: 4,
    recipients: 2,
    rejects: [
      [3, /the row has 2 cells, the header has 3/],
      [4, /the row has 4 cells, the header has 3/],
    ],
  },
  'quoted-line-break.csv': {
    rows: 3,
    recipients: 2,
    named: ['Anna', 'Carl "C" Cox'],
    rejects: [[4, /email: "bob@contoso" has the domain "contoso", which has no dot/]],
  },
  'unclosed-quote.csv': { rows: 4, recipients: 3, rejects: [[2, /text follows directly after a closing quote/]] },
  'unclosed-quote-at-end.csv': { rows: 3, recipients: 2, rejects: [[3, /a quote is opened and never closed/]] },
  'text-after-quote.csv': { rows: 2, recipients: 1, rejects: [[2, /after a closing quote/]] },
  'stray-quote.csv': { rows: 2, recipients: 2, named: ['Anna "AJ" Jansen', '5" Bob'] },
  'nul.csv': { rows: 2, recipients: 1, named: ['Anna'], rejects: [[3, /email: "b�ob@contoso.com" holds a control/]] },
  'formula-cells.csv': { rows: 3, recipients: 3, named: ['=HYPERLINK(1)', '@Bob', 'Carl'] },
  'one-column.csv': { rows: 2, recipients: 2 },
  'same-person.csv': {
    rows: 8,
    recipients: 2,
    merged: [
      [3, 2],
      [4, 2],
      [5, 2],
      [6, 2],
      [9, 8],
    ],
    rejects: [[7, /"é" before the "@"/]],
  },
  'bad-addresses.csv': {
    rows: 13,
    recipients: 1,
    named: ['Trimmed'],
    rejects: [
      [2, /exactly one address/],
      [3, /begins with "mailto:"/],
      [4, /angle brackets/],
      [5, /angle brackets/],
      [6, /holds a space/],
      [7, /no dot/],
      [8, /more than one "@"/],
      [9, /a dot at the start/],
      [10, /quoted part/],
      [11, /names a server by number/],
      [12, /line break/],
      [15, /has no "@"/],
    ],
  },
  'odd-truth.csv': {
    rows: 6,
    recipients: 2,
    leftOut: { disabled: 2, guest: 1 },
    rejects: [[3, /accountEnabled: "maybe" is neither true nor false/]],
  },
  'long-values.csv': {
    rows: 4,
    recipients: 1,
    rejects: [
      [2, /name: has 201 characters, 200 are allowed/],
      [3, /note: has 4001 characters/],
      [5, /more than 64 characters before the "@"/],
    ],
  },
  'hidden-characters.csv': { rows: 2, recipients: 1, named: ['Anna Jansen'], rejects: [[3, /an invisible character/]] },
  'header-in-quotes.csv': { rows: 1, recipients: 1, named: ['Anna'] },
  'half-written.csv': { rows: 2, recipients: 1, rejects: [[3, /the row has 2 cells/]] },
  'nobody-named.csv': { rows: 3, recipients: 1, leftOut: { 'no-address': 2 } },
  'staff-numbers.csv': { rows: 2, recipients: 2 },
  'admin-center.csv': { rows: 2, recipients: 1, leftOut: { disabled: 1 }, locales: ['en-US'] },
};

const unreadable: Record<string, RegExp> = {
  'duplicate-header.csv': /:1: columns 2 and 3 are both called "Name"/,
  'two-address-columns.csv': /:1: 2 columns may hold the mail address: "email", "mail"/,
  'header-only.csv': /:1: the file has a header and no rows/,
  'only-empty-rows.csv': /:1: the file has a header and no rows/,
  'empty.csv': /the file is empty$/,
  'blank-lines-only.csv': /the file is empty/,
  'no-address-column.csv': /the columns are "name", "e-mal", "city" \(is it "e-mal"\? Then name that column "mail"\)/,
  'only-sign-in-name.csv': /the sign-in name \("userPrincipalName"\) is often not one/,
  'no-header.csv': /the first line holds an address instead of column names/,
  'pdf-named.csv': /this is a PDF/,
  'workbook-named.csv': /this is an Excel workbook/,
  'old-workbook-named.csv': /this is an old Excel workbook/,
  'binary-named.csv': /this is a binary file/,
};

async function gather(name: string) {
  const table = await openCsv(folder + name);
  let rows = 0;
  const counted = async function* () {
    for await (const piece of table.pieces) {
      rows += piece.length;
      yield piece;
    }
  };
  const options = { includeDisabled: false, includeGuests: false };
  const audience = await gatherAudience(readRecipients({ ...table, pieces: counted() }, options));
  return { table, rows, ...audience };
}

describe('lists as people have them', () => {
  test.each(Object.entries(readable))('%s', async (name, expected) => {
    const { table, rows, recipients, leftOut, merged, rejects, remarks } = await gather(name);
    if (expected.encoding) expect(table.encoding).toBe(expected.encoding);
    if (expected.delimiter) expect(table.delimiter).toBe(expected.delimiter);
    expect(rejects.map(({ line }) => line)).toEqual((expected.rejects ?? []).map(([line]) => line));
    for (const [index, [line, pattern]] of (expected.rejects ?? []).entries()) {
      const { reject } = rejects[index]!;
      expect(reject).toMatchObject({ file: folder + name, line });
      expect([reject.field, reject.message].filter(Boolean).join(': ')).toMatch(pattern);
    }
    expect(remarks.map(({ line }) => line)).toEqual((expected.remarks ?? []).map(([line]) => line));
    for (const [index, [, pattern]] of (expected.remarks ?? []).entries()) {
      expect(`${remarks[index]?.field}: ${remarks[index]?.message}`).toMatch(pattern);
    }
    expect(rows).toBe(expected.rows);
    expect(recipients).toHaveLength(expected.recipients);
    expect(leftOut).toEqual({ 'no-address': 0, disabled: 0, guest: 0, 'not-in-list': 0, ...expected.leftOut });
    expect(merged.map(({ line, sameAs }) => [line, sameAs])).toEqual(expected.merged ?? []);
    if (expected.named) expect(recipients.map(({ displayName }) => displayName)).toEqual(expected.named);
    if (expected.firstNames) expect(recipients.map(({ firstName }) => firstName)).toEqual(expected.firstNames);
    if (expected.locales) expect(recipients.map(({ locale }) => locale)).toEqual(expected.locales);
    const left = Object.values(leftOut).reduce((sum, count) => sum + count, 0);
    expect(recipients.length + left + merged.length + rejects.length).toBe(rows);
  });
});

describe('files that are no list', () => {
  test.each(Object.entries(unreadable))('%s', async (name, pattern) => {
    const failure = await gather(name).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(BadInput);
    expect((failure as BadInput).problems).toHaveLength(1);
    expect((failure as BadInput).message).toMatch(pattern);
  });
});

test('every file of the corpus is judged', () => {
  const files = readdirSync(folder).filter((name) => !name.startsWith('.'));
  expect(files.sort()).toEqual([...Object.keys(readable), ...Object.keys(unreadable)].sort());
});
