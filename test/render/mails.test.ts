import { beforeAll, describe, expect, test } from '@jest/globals';
import { compileStep } from '../../src/render/compile-step.js';
import type { FilledMail } from '../../src/render/mail-content.js';
import {
  anna,
  sampleCampaign,
  sampleContent,
  sampleDates,
  sampleLocales,
  sampleMoment,
  sampleSteps,
} from './sspr-mail.js';

const portal = 'https://passwords.contoso.com';
/** Which of the facts below a mail names, and which it does not. */
const factsOf = {
  'coming-soon': ['launch', 'registerBy', 'enforced', 'nothing', 'reset', 'register'],
  'available-now': ['launch', 'registerBy', 'enforced', 'reset', 'register'],
  'sign-up-reminder': ['launch', 'registerBy', 'enforced', 'ignore', 'asOf', 'reset', 'register'],
  'last-call': ['enforced', 'ignore', 'asOf', 'reset', 'register', 'asked', 'samePassword'],
  'launch-moved': ['launch', 'told', 'registerBy', 'enforced', 'nothing', 'sorry', 'reset', 'register'],
  reconfirmation: ['confirmBy', 'days', 'reset', 'unchanged'],
} as const;

const everyMail = {
  en: {
    greeting: 'Hello Anna,',
    minutes: '2 minutes',
    genuine: 'We never ask for your password',
    hours: 'Monday to Friday, 07:30 to 18:00',
  },
  nl: {
    greeting: 'Hallo Anna,',
    minutes: '2 minuten',
    genuine: 'We vragen nooit om je wachtwoord',
    hours: 'maandag tot en met vrijdag, 7.30 tot 18.00 uur',
  },
} as const;
const expected = {
  en: {
    launch: 'Tuesday 12 January 2027',
    told: 'Tuesday 5 January 2027',
    registerBy: 'Friday 29 January 2027',
    enforced: 'Tuesday 9 February 2027',
    confirmBy: 'Sunday 11 July 2027',
    days: '180 days',
    asOf: 'Monday 25 January 2027, 06:00',
    register: 'How to register',
    reset: 'ow to reset your password',
    ignore: 'Already registered? Then you can ignore this mail.',
    nothing: 'Today you do not have to do anything.',
    asked: 'Then you are asked to do it first, the next time you sign in.',
    samePassword: 'Your password stays the same.',
    sorry: 'We are sorry for this extra mail.',
    unchanged: 'Nothing changes for your password.',
  },
  nl: {
    launch: 'dinsdag 12 januari 2027',
    told: 'dinsdag 5 januari 2027',
    registerBy: 'vrijdag 29 januari 2027',
    enforced: 'dinsdag 9 februari 2027',
    confirmBy: 'zondag 11 juli 2027',
    days: '180 dagen',
    asOf: 'maandag 25 januari 2027, 6.00 uur',
    register: ': zo doe je dat',
    reset: 'o stel je een nieuw wachtwoord in',
    ignore: 'Al geregistreerd? Dan kun je deze mail negeren.',
    nothing: 'Vandaag hoef je niets te doen.',
    asked: 'Dan vragen we je om dat eerst te doen zodra je weer inlogt.',
    samePassword: 'Je wachtwoord blijft hetzelfde.',
    sorry: 'Sorry voor deze extra mail.',
    unchanged: 'Aan je wachtwoord verandert niets.',
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
    const dates = sampleDates[step];
    const compiled = await compileStep({ campaign: sampleCampaign, step, dates, content: sampleContent });
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
      for (const fact of Object.values(everyMail[locale])) expect(part).toContain(fact);
      for (const fact of [portal, '+1 425 555 0100', 'helpdesk@contoso.com']) expect(part).toContain(fact);
      expect(part).not.toMatch(/\{\{|\}\}|\[\[|undefined|\[object/);
    }
    expect(mail.html).toContain(`lang="${locale}"`);
  });

  test('says what this mail must say, and nothing that is another mail’s', () => {
    const named: readonly string[] = factsOf[step];
    for (const part of both(filled.get(`${step} ${locale}`)!)) {
      for (const [fact, words] of Object.entries(facts)) {
        expect({ fact, said: part.includes(words) }).toEqual({ fact, said: named.includes(fact) });
      }
    }
  });

  test('leaves out what is not known: the name, the age of the list, the last day to confirm', () => {
    for (const part of both(filled.get(`${step} ${locale} nobody`)!)) {
      expect(part).toMatch(/(Hello|Hallo),/);
      expect(part).not.toContain(facts.asOf.split(',')[0]);
      expect(part).not.toContain(facts.confirmBy);
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

test('without a list, a reminder speaks of none', () => {
  expect(filled.get('sign-up-reminder en')!.text).toMatch(/Our list/);
  expect(filled.get('sign-up-reminder nl')!.text).toMatch(/[Oo]nze\s+lijst/);
  expect(filled.get('sign-up-reminder en nobody')!.text).not.toMatch(/\blist\b/);
  expect(filled.get('sign-up-reminder nl nobody')!.text).not.toMatch(/\blijst\b/);
});
