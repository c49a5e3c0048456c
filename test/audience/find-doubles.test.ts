import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { findDoubles } from '../../src/audience/find-doubles.js';
import { RowFinder } from '../../src/audience/row-finder.js';

/** Many of them share their low bits, which choose the place in both tables. */
const hash = fc.tuple(fc.nat(70), fc.nat(2)).map(([low, high]) => high * 2 ** 32 + low);
const hashes = fc.array(hash, { maxLength: 40 });

test('finds every row whose hash stands in an earlier one', () => {
  fc.assert(
    fc.property(hashes, (column) => {
      const expected = column.flatMap((each, row) => {
        const first = column.indexOf(each);
        return each === 0 || first === row ? [] : [{ row, first }];
      });
      expect([...findDoubles(Float64Array.from(column))]).toEqual(expected);
    }),
    { numRuns: 1_000 },
  );
});

test('finds the first of the rows to find, and nobody by no hash', () => {
  fc.assert(
    fc.property(hashes, fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }), (column, isAsked) => {
      const rows = [...column.keys()].filter((row) => isAsked[row]);
      const parts = [rows.slice(3), rows.slice(0, 3)];
      const finder = new RowFinder(
        Float64Array.from(column),
        parts.map((part) => Uint32Array.from(part)),
      );
      const asked = [...column, 71, 2 ** 33];
      const expected = asked.map((each) =>
        each === 0 ? -1 : (parts.flat().find((row) => column[row] === each) ?? -1),
      );
      expect(asked.map((each) => finder.find(each))).toEqual(expected);
    }),
    { numRuns: 1_000 },
  );
});
