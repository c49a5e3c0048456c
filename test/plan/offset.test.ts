import { describe, expect, test } from '@jest/globals';
import { parseOffset } from '../../src/plan/offset.js';

describe('parseOffset', () => {
  test.each([
    ['-14d', -14, 'days'],
    ['-2w', -14, 'days'],
    ['0d', 0, 'days'],
    ['+0d', 0, 'days'],
    ['-0d', 0, 'days'],
    ['+3d', 3, 'days'],
    ['+1w', 7, 'days'],
    ['-999w', -6993, 'days'],
    ['-3bd', -3, 'workDays'],
    ['+10bd', 10, 'workDays'],
    ['-0bd', 0, 'workDays'],
  ])('%s is %i %s', (text, amount, unit) => {
    expect(parseOffset(text)).toEqual({ amount, unit });
  });

  test.each([
    '',
    '14d',
    '3w',
    '3bd',
    '0bd',
    '-3b',
    '-3BD',
    '-3 bd',
    '+1m',
    '+1000d',
    '-1000bd',
    '-14',
    'd',
    ' 0d',
    '0w',
  ])('%p is a bug of the caller', (text) => {
    expect(() => parseOffset(text)).toThrow('not an offset');
  });
});
