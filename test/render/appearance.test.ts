import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Browser, chromium } from 'playwright-core';
import { compileStep } from '../../src/render/compile-step.js';
import {
  anna,
  sampleCampaign,
  sampleContent,
  sampleDates,
  sampleLocales,
  sampleMoment,
  sampleSteps,
} from './sspr-mail.js';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const isThere = existsSync(executablePath);
if (!isThere)
  console.warn(`not checked how the mails look: no Chromium at ${executablePath} (set CHROMIUM to its path)`);

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
/** The address is sized for Segoe UI, Roboto, Helvetica Neue or Arial: at most 0.57 a letter. Arial has 0.52, DejaVu Sans 0.61. */
const widestLetter = 0.57;
const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const views = [320, 1280].flatMap((width) =>
  (['light', 'dark'] as const).map((colorScheme) => ({ width, colorScheme })),
);

/** Runs in the page: what a reader meets there. */
const measurePage = `(async () => {
  const widthOf = (element) => {
    const style = getComputedStyle(element);
    const canvas = document.createElement('canvas').getContext('2d');
    canvas.font = style.fontWeight + ' ' + style.fontSize + ' ' + style.fontFamily;
    return canvas.measureText(element.textContent).width / element.textContent.length / parseFloat(style.fontSize);
  };
  // Both rules are for whole pages; a mail is shown inside the mail program's own.
  const { violations } = await axe.run(document, { resultTypes: ['violations'], rules: { region: { enabled: false }, 'landmark-one-main': { enabled: false } } });
  const button = document.querySelector('.press a').parentElement.getBoundingClientRect();
  return {
    violations: violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ target }) => target).join(' ')),
    width: document.documentElement.scrollWidth,
    headings: [...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(({ tagName }) => tagName).join(' '),
    buttonHeight: button.height,
    addressLines: document.querySelector('.address').getClientRects().length,
    addressLetter: widthOf(document.querySelector('.address')),
    alt: [...document.images].map(({ alt }) => alt).join(),
    plate: getComputedStyle(document.images[0]).backgroundColor,
    seen: document.body.innerText,
  };
})()`;

interface Measured {
  violations: string[];
  width: number;
  headings: string;
  buttonHeight: number;
  addressLines: number;
  /** Width of a letter of the address, as a share of its size. */
  addressLetter: number;
  alt: string;
  plate: string;
  seen: string;
}

(isThere ? describe : describe.skip)('in a browser without images', () => {
  let browser: Browser;
  let hasWideFonts = false;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath, args: flags });
  });
  afterAll(async () => {
    await browser?.close();
    if (hasWideFonts)
      console.warn(
        'not checked whether the address fits on one line: no font here is as narrow as Arial (fonts-liberation is)',
      );
  });

  test.each(sampleSteps)(
    '%s reads well narrow and wide, light and dark, and asks nobody for anything',
    async (step) => {
      const compiled = await compileStep({
        campaign: sampleCampaign,
        step,
        dates: sampleDates[step],
        content: sampleContent,
      });
      for (const locale of sampleLocales) {
        const { html } = compiled.fill({ ...anna, locale }, sampleMoment);
        const page = await browser.newPage();
        try {
          const asked: string[] = [];
          page.on('request', (request) => asked.push(request.url()));
          await page.setContent(html, { timeout: 10_000 });
          await page.addScriptTag({ path: axe });
          for (const { width, colorScheme } of views) {
            await page.setViewportSize({ width, height: 800 });
            await page.emulateMedia({ colorScheme });
            const measured = (await page.evaluate(measurePage)) as Measured;
            expect({ step, locale, width, colorScheme, violations: measured.violations }).toMatchObject({
              violations: [],
            });
            expect(measured.width).toBeLessThanOrEqual(width);
            expect(measured.headings).toBe('H1 H2 H2 H2 H2');
            expect(measured.buttonHeight).toBeGreaterThanOrEqual(44);
            if (measured.addressLetter <= widestLetter) expect(measured.addressLines).toBe(1);
            else hasWideFonts = true;
            expect(measured.alt).toBe('Contoso');
            // A transparent logo, and its name where images are off, is made for white.
            expect(measured.plate).toBe('rgb(255, 255, 255)');
            expect(measured.seen).toContain('https://passwords.contoso.com');
          }
          // The logo's cid: is the mail program's to find.
          expect(asked.filter((url) => !url.startsWith('cid:'))).toEqual([]);
        } finally {
          await page.close();
        }
      }
    },
  );
});
