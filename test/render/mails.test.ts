import { beforeAll, describe, expect, test } from '@jest/globals';
import { compileStep } from '../../src/render/compile-step.js';
import type { FilledMail } from '../../src/render/mail-content.js';
import {
  anna,
  sampleCampaign,
  sampleContent,
  sampleLocales,
  sampleMoment,
  samplePlan,
  sampleSteps,
} from './sspr-mail.js';

const portal = 'https://passwords.contoso.com';
const expected = {
  en: {
    launch: 'Tuesday 12 January 2027',
    registerBy: 'Friday 29 January 2027',
    asOf: 'Monday 25 January 2027, 06:00',
    greeting: 'Hello Anna,',
    nameless: 'Hello,',
    register: 'How to register',
    reset: 'how to reset your password',
    minutes: '2 minutes',
    genuine: 'We never ask for your password',
    ignore: 'Already registered? Then you can ignore this mail.',
    nothing: 'Today you do not have to do anything.',
    hours: 'Monday to Friday, 07:30 to 18:00',
  },
  nl: {
    launch: 'dinsdag 12 januari 2027',
    registerBy: 'vrijdag 29 januari 2027',
    asOf: 'maandag 25 januari 2027, 6.00 uur',
    greeting: 'Hallo Anna,',
    nameless: 'Hallo,',
    register: 'Registreren',
    reset: 'zo stel je een nieuw wachtwoord in',
    minutes: '2 minuten',
    genuine: 'We vragen nooit om je wachtwoord',
    ignore: 'Al geregistreerd? Dan kun je deze mail negeren.',
    nothing: 'Vandaag hoef je niets te doen.',
    hours: 'maandag tot en met vrijdag, 7.30 tot 18.00 uur',
  },
} as const;

/** What a reader sees of the html, on one line. */
function readHtml(html: string): string {
  return html
    .replace(/<(style|title)[\s\S]*?<\/\1>/g, ' ')
    .replace(/<!--[\s\S]*?-->/g, ' ')
    .replace(/<\/?(?:strong|a|span)\b[^>]*>/g, '')
    .replace(/<[^>]+>/g, ' ')
    .replace(/&#8202;/g, ' ')
    .replace(/&#39;/g, "'")
    .replace(/&quot;/g, '"')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&amp;/g, '&')
    .replace(/\s+/g, ' ');
}

const oneLine = (text: string) => text.replace(/\s+/g, ' ');
const mails = sampleSteps.flatMap((step) => sampleLocales.map((locale) => ({ step, locale })));
const filled = new Map<string, FilledMail>();

beforeAll(async () => {
  for (const step of sampleSteps) {
    const compiled = await compileStep({ campaign: sampleCampaign, plan: samplePlan, step, content: sampleContent });
    expect(compiled.warnings).toEqual([]);
    for (const locale of sampleLocales) {
      filled.set(`${step} ${locale}`, compiled.fill({ ...anna, locale }, sampleMoment));
      filled.set(`${step} ${locale} nobody`, compiled.fill({ address: 'x@contoso.com', locale, attributes: {} }, {}));
    }
  }
});

describe.each(mails)('$step in $locale', ({ step, locale }) => {
  const facts = expected[locale];
  const both = (mail: FilledMail) => [readHtml(mail.html), oneLine(mail.text)];

  test('says what every mail must say, in html and in text', () => {
    const mail = filled.get(`${step} ${locale}`)!;
    for (const part of both(mail)) {
      for (const fact of [
        portal,
        facts.launch,
        facts.registerBy,
        facts.greeting,
        facts.minutes,
        facts.genuine,
        facts.hours,
      ]) {
        expect(part).toContain(fact);
      }
      expect(part).toContain(facts.register);
      expect(part.toLowerCase()).toContain(facts.reset.toLowerCase());
      expect(part).toContain('+1 425 555 0100');
      expect(part).toContain('helpdesk@contoso.com');
      expect(part).not.toMatch(/\{\{|\}\}|\[\[|undefined|\[object/);
    }
    expect(mail.html).toContain(`lang="${locale}"`);
  });

  test('has what this mail alone says', () => {
    for (const part of both(filled.get(`${step} ${locale}`)!)) {
      expect(part.includes(facts.nothing)).toBe(step === 'coming-soon');
      expect(part.includes(facts.ignore)).toBe(step === 'sign-up-reminder');
      expect(part.includes(facts.asOf)).toBe(step === 'sign-up-reminder');
    }
  });

  test('leaves out what is not known: the name and the age of the list', () => {
    for (const part of both(filled.get(`${step} ${locale} nobody`)!)) {
      expect(part).toContain(facts.nameless);
      expect(part).not.toContain(facts.asOf.split(',')[0]);
    }
  });

  test('has every sentence of the html in the text', () => {
    const { html, text } = filled.get(`${step} ${locale}`)!;
    const body = html.slice(html.indexOf('<h1'));
    const blocks = body.replace(/<!--[\s\S]*?-->/g, ' ').split(/<\/?(?:p|h1|h2|li|td|th|div|tr|table|ol|ul)\b[^>]*>/);
    const sentences = blocks.map((block) => readHtml(block).trim()).filter((block) => block !== '');
    expect(sentences.length).toBeGreaterThan(25);
    for (const sentence of sentences) expect(oneLine(text)).toContain(sentence);
  });

  test('keeps to the limits of the copy guide', () => {
    const { subject, previewText, text, html } = filled.get(`${step} ${locale}`)!;
    expect(subject.length).toBeLessThanOrEqual(50);
    expect(previewText.length).toBeLessThanOrEqual(110);
    expect(previewText.length).toBeGreaterThanOrEqual(70);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(76);
    expect(Buffer.byteLength(html)).toBeLessThan(60_000);
    expect(`${subject} ${previewText} ${text}`).not.toMatch(
      /!|urgent|immediately|click here|dringend|onmiddellijk|klik hier|SSPR|MFA/i,
    );
    const sentences = text.split(/\n\n/).flatMap((block) => oneLine(block).split(/[.?:] /));
    for (const sentence of sentences) expect(sentence.split(' ').length).toBeLessThanOrEqual(22);
  });

  test('links to the portal and nowhere else, and shows each address it links to', () => {
    const { html } = filled.get(`${step} ${locale}`)!;
    const links = [...html.matchAll(/<a\b[^>]*href="([^"]*)"[^>]*>([\s\S]*?)<\/a>/g)].map(([, to, shown]) => [
      to,
      shown!.trim(),
    ]);
    expect(links.length).toBeGreaterThanOrEqual(6);
    for (const [to, shown] of links) {
      if (to!.startsWith('https:')) expect(to).toBe(portal);
      else expect(to).toMatch(/^(tel:\+14255550100|mailto:helpdesk@contoso\.com)$/);
      if (shown!.startsWith('http')) expect(shown).toBe(to);
    }
    expect(html).not.toMatch(/<script|<form|javascript:|@import|url\(/i);
  });
});

/** The step as it reads on that day, its text part on one line. */
async function readOn(step: string, localDate: string, locale: string): Promise<string> {
  const steps = samplePlan.steps.map((each) => (each.id === step ? { ...each, localDate } : each));
  const plan = { ...samplePlan, steps };
  const compiled = await compileStep({ campaign: sampleCampaign, plan, step, content: sampleContent });
  return oneLine(compiled.fill({ ...anna, locale }, sampleMoment).text);
}

describe('on the day itself a mail says "today"', () => {
  test.each([
    ['available-now', '2027-01-12', 'en', 'From today, Tuesday 12 January 2027, you no longer', 'Since'],
    ['available-now', '2027-01-13', 'en', 'Since Tuesday 12 January 2027 you no longer', 'today'],
    ['available-now', '2027-01-12', 'nl', 'Vanaf vandaag, dinsdag 12 januari 2027, hoef je', 'Sinds'],
    ['available-now', '2027-01-13', 'nl', 'Sinds dinsdag 12 januari 2027 hoef je', 'vandaag'],
    ['available-now', '2027-01-29', 'en', 'Please register today, Friday 29 January 2027.', 'register by'],
    ['available-now', '2027-01-28', 'en', 'Please register by Friday 29 January 2027.', 'register today'],
    ['available-now', '2027-01-29', 'nl', 'Registreer je vandaag nog, vrijdag 29 januari 2027.', 'uiterlijk'],
    ['sign-up-reminder', '2027-01-12', 'en', 'From today, Tuesday 12 January 2027, you can', 'Since'],
    ['sign-up-reminder', '2027-01-12', 'nl', 'Vanaf vandaag, dinsdag 12 januari 2027, kun je', 'Sinds'],
    ['sign-up-reminder', '2027-01-29', 'en', 'Register by: Today, Friday 29 January 2027', 'by: Friday'],
    ['sign-up-reminder', '2027-01-29', 'nl', 'Registreer je: Vandaag nog, vrijdag 29 januari 2027', 'uiterlijk'],
    ['sign-up-reminder', '2027-01-28', 'nl', 'Registreer je uiterlijk: vrijdag 29 januari 2027', 'andaag'],
  ])('%s on %s in %s', async (step, day, locale, said, unsaid) => {
    const text = await readOn(step, day, locale);
    expect(text).toContain(said);
    expect(text).not.toContain(unsaid);
  });
});

test('without a list, a reminder speaks of none', () => {
  expect(filled.get('sign-up-reminder en')!.text).toMatch(/Our list/);
  expect(filled.get('sign-up-reminder nl')!.text).toMatch(/[Oo]nze\s+lijst/);
  expect(filled.get('sign-up-reminder en nobody')!.text).not.toMatch(/\blist\b/);
  expect(filled.get('sign-up-reminder nl nobody')!.text).not.toMatch(/\blijst\b/);
});
