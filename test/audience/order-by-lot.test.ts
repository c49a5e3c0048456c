import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { orderByLot } from '../../src/audience/order-by-lot.js';

const lot = fc.oneof(fc.nat(3), fc.nat(2 ** 31 - 1), fc.constantFrom(0xffff, 0x10000, 0x10001, 2 ** 31 - 1));

test('orders by lot, and leaves rows of the same lot as they were', () => {
  fc.assert(
    fc.property(fc.array(lot, { maxLength: 40 }), (lots) => {
      const rows = [...lots.keys()].filter((row) => row % 3 !== 1);
      const expected = rows.toSorted((one, other) => (lots[one] ?? 0) - (lots[other] ?? 0));
      expect([...orderByLot(Uint32Array.from(rows), Uint32Array.from(lots))]).toEqual(expected);
    }),
  );
});
