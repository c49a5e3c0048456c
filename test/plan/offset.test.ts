import { describe, expect, test } from '@jest/globals';
import { parseOffset } from '../../src/plan/offset.js';

describe('parseOffset', () => {
  test.each([
    ['-14d', -14],
    ['-2w', -14],
    ['0d', 0],
    ['+0d', 0],
    ['-0d', 0],
    ['+3d', 3],
    ['+1w', 7],
    ['-999w', -6993],
  ])('%s is %i days', (text, days) => {
    expect(parseOffset(text)).toEqual({ days });
  });

  test.each(['', '14d', '3w', '-3bd', '+1m', '+1000d', '-14', 'd', ' 0d', '0w'])(
    '%p is a bug of the caller',
    (text) => {
      expect(() => parseOffset(text)).toThrow('not an offset');
    },
  );
});
