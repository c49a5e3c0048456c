import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { StepDates } from '../../src/campaign/plan.js';
import { compileStep } from '../../src/render/compile-step.js';
import { dateStep } from '../../src/render/date-step.js';
import type { FilledMail, MailMoment } from '../../src/render/mail-content.js';
import { prepareStep } from '../../src/render/prepare-step.js';
import {
  anna,
  freeCampaign,
  type SampleStep,
  sampleCampaign,
  sampleContent,
  sampleDates,
  sampleLocales,
  sampleMoment,
  sampleSteps,
} from './sspr-mail.js';

const oneLine = (text: string) => text.replace(/\s+/g, ' ');

interface Reading {
  campaign?: typeof sampleCampaign;
  dates: StepDates;
  locale: string;
  moment?: MailMoment;
}

async function readMail(step: string, { campaign = sampleCampaign, ...reading }: Reading): Promise<FilledMail> {
  const { dates, locale, moment = sampleMoment } = reading;
  const compiled = await compileStep({ campaign, step, dates, content: sampleContent });
  return compiled.fill({ ...anna, locale }, moment);
}

/** The step as it reads with some dates changed, its text part on one line. */
async function readOn(step: SampleStep, changed: Partial<StepDates>, locale: string): Promise<string> {
  return oneLine((await readMail(step, { dates: { ...sampleDates[step], ...changed }, locale })).text);
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
  ] as const)('%s on %s in %s', async (step, localDate, locale, said, unsaid) => {
    const text = await readOn(step, { localDate }, locale);
    expect(text).toContain(said);
    expect(text).not.toContain(unsaid);
  });
});

describe('a launch that has moved', () => {
  const later = { launchDate: '2027-01-19', toldDate: '2027-01-12' };
  const earlier = { launchDate: '2027-01-12', toldDate: '2027-01-19' };
  test.each([
    ['en', later, 'The start date has moved from Tuesday 12 January 2027 to Tuesday 19 January 2027.'],
    ['nl', later, 'De startdatum is verschoven van dinsdag 12 januari 2027 naar dinsdag 19 januari 2027.'],
    ['en', earlier, 'The start date has moved from Tuesday 19 January 2027 to Tuesday 12 January 2027.'],
    ['nl', earlier, 'De startdatum is verschoven van dinsdag 19 januari 2027 naar dinsdag 12 januari 2027.'],
  ] as const)('names both dates, in %s, in its first sentence and in its subject', async (locale, moved, said) => {
    const dates = { ...sampleDates['launch-moved'], ...moved };
    const { subject, text, html } = await readMail('launch-moved', { dates, locale });
    expect(oneLine(text)).toMatch(new RegExp(`(Hello|Hallo) Anna, ${said}`));
    expect(html).toContain(said);
    const [launch, told] = [moved.launchDate, moved.toldDate].map((date) => `${date.slice(8)} [Jj]anuar[iy]`);
    expect(subject).toMatch(new RegExp(`: ${launch} \\(was ${told}\\)$`));
  });

  const [nothing, soon] = ['Today you do not have to do anything.', 'We will send you a mail when you can register.'];
  const [again, isEarlier] = ['Then you do not have to do it again.', 'That is earlier than we told you before.'];
  const [now, stays] = ['You can register now.', 'Until then everything stays as it is'];
  const from = 'From that day you can register';
  const all = [nothing, soon, again, isEarlier, now, stays, from];
  test.each([
    ['to a later day', { localDate: '2027-01-05', ...later }, [nothing, soon, stays, from]],
    ['to an earlier day', { localDate: '2027-01-05', ...earlier }, [nothing, soon, stays, from, isEarlier]],
    ['on the old day', { localDate: '2027-01-12', ...later }, [nothing, again]],
    ['when the old day is over', { localDate: '2027-01-13', ...later }, [nothing, again]],
    ['to today', { localDate: '2027-01-12', ...earlier }, [now, again, isEarlier]],
    ['and has begun', { localDate: '2027-01-14', ...earlier }, [now, again, isEarlier]],
    ['to a day by now over', { localDate: '2027-01-20', ...later }, [now, again]],
  ])('%s: says what is true on the day', async (_, changed, said) => {
    const text = await readOn('launch-moved', changed, 'en');
    expect(all.filter((each) => text.includes(each)).sort()).toEqual([...said].sort());
    // The Dutch text is as long: it says as many of them.
    const dutch = await readOn('launch-moved', changed, 'nl');
    const allDutch = [
      ...['Vandaag hoef je niets te doen.', 'Je krijgt een mail van ons zodra je je kunt registreren.'],
      ...['niet nog een keer.', 'Dat is eerder dan we je schreven.', 'Je kunt je nu registreren.'],
      ...['Tot die tijd verandert er niets', 'Vanaf die dag kun je je registreren.'],
    ];
    expect(allDutch.filter((each) => dutch.includes(each))).toHaveLength(said.length);
  });

  test.each(['en', 'nl'])('reads well in %s where nobody knows the old date', async (locale) => {
    const { toldDate: _, ...dates } = sampleDates['launch-moved'];
    const { subject, text } = await readMail('launch-moved', { dates, locale });
    expect(subject).toMatch(/^(New date: 12 January|Nieuwe datum: 12 januari)$/);
    expect(oneLine(text)).toMatch(/The start date is now Tuesday 12|De startdatum is nu dinsdag 12/);
  });
});

describe('enforcement', () => {
  const sentences = {
    en: 'Registering is mandatory from Tuesday 9 February 2027.',
    nl: 'Registreren is verplicht vanaf dinsdag 9 februari 2027.',
  };
  const told = ['coming-soon', 'available-now', 'sign-up-reminder', 'launch-moved'] as const;
  test.each(told.flatMap((step) => sampleLocales.map((locale) => [step, locale] as const)))(
    'is one sentence in %s in %s, and without it the mail reads the same',
    async (step, locale) => {
      const { enforcedFrom: _, ...dates } = sampleDates[step];
      const [enforced, free] = await Promise.all([
        readMail(step, { dates: sampleDates[step], locale }),
        readMail(step, { campaign: freeCampaign, dates, locale }),
      ]);
      const sentence = ` ${sentences[locale]}`;
      expect(free.html).not.toMatch(/mandatory|verplicht/);
      expect(enforced.html.split(sentence)).toHaveLength(2);
      expect(enforced.html.replace(sentence, '')).toBe(free.html);
      expect(oneLine(enforced.text).replace(sentence, '')).toBe(oneLine(free.text));
      expect([enforced.subject, enforced.previewText]).toEqual([free.subject, free.previewText]);
    },
  );

  test('is what a last call is about: without it, the mail is refused', async () => {
    const [lastCall] = sampleCampaign.steps.filter(({ id }) => id === 'last-call');
    const campaign = { ...freeCampaign, steps: [lastCall!] };
    const dates = sampleDates['last-call'];
    await expect(compileStep({ campaign, step: 'last-call', dates, content: sampleContent })).rejects.toThrow(
      /pack\/strings\/en\.json:\d+:\d+: \{\{enforcedFrom\}\} may not be known \(put the sentence inside \{\{#if isEnforced\}\}/,
    );
  });
});

test('two groups get the dates of their own from one preparation', async () => {
  const step = sampleCampaign.steps.find(({ id }) => id === 'available-now')!;
  const prepared = await prepareStep(sampleCampaign, step, sampleContent);
  const groups = [
    { localDate: '2027-01-12', launchDate: '2027-01-12', registerBy: '2027-01-26', enforcedFrom: '2027-02-09' },
    { localDate: '2027-01-20', launchDate: '2027-01-20', registerBy: '2027-02-03', enforcedFrom: '2027-02-17' },
  ];
  const compiled = groups.map((dates) => dateStep(sampleCampaign, prepared, dates));
  const days = [
    ['Tuesday 12 January 2027', 'Tuesday 26 January 2027', 'Tuesday 9 February 2027'],
    ['Wednesday 20 January 2027', 'Wednesday 3 February 2027', 'Wednesday 17 February 2027'],
  ];
  // In turn, twice: neither takes anything from the other.
  for (const index of [0, 1, 0, 1]) {
    const { text } = compiled[index]!.fill(anna, sampleMoment);
    expect(oneLine(text).match(/(?:Tues|Wednes)day \d+ \w+ 2027/g)).toEqual([
      days[index]![0],
      ...days[index]!.slice(1),
      days[index]![1],
    ]);
  }
});

const date = fc
  .integer({ min: 0, max: 800 })
  .map((days) => new Date(Date.UTC(2026, 11, 1) + days * 86_400_000).toISOString().slice(0, 10));

test.each(sampleSteps)('%s has no gap and no subject too long, whatever the dates', async (step) => {
  const campaigns = step === 'last-call' ? [sampleCampaign] : [sampleCampaign, freeCampaign];
  await fc.assert(
    fc.asyncProperty(
      fc.record({ localDate: date, launchDate: date, registerBy: date, enforcedFrom: date }),
      fc.record({ toldDate: date }, { requiredKeys: [] }),
      fc.record({ confirmBy: date, asOf: fc.constant(sampleMoment.asOf!) }, { requiredKeys: [] }),
      fc.constantFrom(...sampleLocales),
      fc.constantFrom(...campaigns),
      async (days, told, moment, locale, campaign) => {
        const { enforcedFrom, ...free } = days;
        const dates = { ...(campaign === sampleCampaign ? { ...free, enforcedFrom } : free), ...told };
        const { subject, previewText, text, html } = await readMail(step, { campaign, dates, locale, moment });
        expect(subject.length).toBeLessThanOrEqual(60);
        for (const part of [subject, previewText, text]) {
          expect(part).not.toMatch(/undefined|\S {2,}|[^\S\n][.,:?)](\s|$)|\( |\*\*/);
        }
        expect(text).not.toMatch(/^- [^:\n]*: *$/m);
        expect(text).not.toMatch(/\b(from|to|by|van|naar|vanaf|uiterlijk)[.,?]/i);
        expect(html).not.toMatch(/<(p|h1|h2|li|td|th|strong|span)\b[^>]*>\s*<\/\1>/);
      },
    ),
    { numRuns: 40 },
  );
});
