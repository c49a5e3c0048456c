import { expect, test } from '@jest/globals';
import { guessWord } from '../../src/campaign/guess-word.js';

const words = ['coming-soon', 'available-now', 'sign-up-reminder', 'id', 'zone'];

test.each([
  ['avalable-now', 'available-now'],
  ['Available Now', 'available-now'],
  ['sign_up_reminder', 'sign-up-reminder'],
  ['coming-sono', 'coming-soon'],
  ['zoen', 'zone'],
  ['zon', 'zone'],
])('%s was probably meant to be %s', (found, meant) => {
  expect(guessWord(found, words)).toBe(meant);
});

test.each(['', 'ix', 'launch', 'zap', 'reminder'])('%j is near to none', (found) => {
  expect(guessWord(found, words)).toBeUndefined();
});

test('the nearest wins, and the first of equals', () => {
  expect(guessWord('steps', ['step', 'steps', 'stops'])).toBe('steps');
  expect(guessWord('stap', ['step', 'stop'])).toBe('step');
});
