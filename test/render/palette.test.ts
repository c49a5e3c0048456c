import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { contrastOf, darkCard, derivePalette, ink } from '../../src/render/palette.js';

const colour = fc.integer({ min: 0, max: 0xffffff }).map((value) => `#${value.toString(16).padStart(6, '0')}`);

test('every pair that carries text reads at 4.5:1 and every edge at 3:1, for any brand', () => {
  fc.assert(
    fc.property(colour, colour, (primary, accent) => {
      const { fill, eyebrow, link, panel, linkDark, panelDark, edgeDark } = derivePalette({ primary, accent });
      for (const [text, ground] of [
        ['#ffffff', fill],
        [eyebrow, fill],
        [link, '#ffffff'],
        [link, panel],
        [ink, panel],
        [linkDark, darkCard],
        [linkDark, panelDark],
        ['#e7ecee', panelDark],
        ['#e7ecee', darkCard],
        ['#49545b', '#edf0f2'],
        ['#aab5ba', '#0f1315'],
      ] as const) {
        expect(contrastOf(text, ground)).toBeGreaterThanOrEqual(4.5);
      }
      expect(contrastOf(edgeDark, panelDark)).toBeGreaterThanOrEqual(3);
      expect(contrastOf(fill, panel)).toBeGreaterThanOrEqual(3);
    }),
    { numRuns: 2000 },
  );
});

test('contrast is WCAG’s', () => {
  expect(contrastOf('#000000', '#ffffff')).toBeCloseTo(21, 5);
  expect(contrastOf('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
});

test.each([
  ['a dark primary stays as it is', '#0b5a5e', '#f2b134', '#0b5a5e', '#f2b134'],
  ['a bright primary gives way to a dark accent', '#ffcc00', '#7a1f5c', '#7a1f5c', '#ffcc00'],
  ['two bright colours give way to ink', '#ffcc00', '#ffee88', ink, '#ffcc00'],
])('%s', (_, primary, accent, fill, stripe) => {
  expect(derivePalette({ primary, accent })).toMatchObject({ fill, stripe });
});
