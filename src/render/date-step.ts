import type { Campaign } from '../campaign/campaign.js';
import type { StepDates } from '../campaign/plan.js';
import { writeDate, writeInstant } from './date-words.js';
import { foldParts } from './fold-parts.js';
import type { CompiledStep } from './mail-content.js';
import { type MailFiller, makeFiller } from './mail-filler.js';
import { rememberMoment } from './person-values.js';
import { pickLocale } from './pick-locale.js';
import type { PreparedStep } from './prepare-step.js';
import { nameStep } from './step-names.js';
import type { GroupValue } from './template-value.js';

/**
 * A prepared step with the dates of one group in it. A locale is worked out when somebody reads it: 5 ms and 0.1 MB
 * each, and most groups read one or two of those that a pack has.
 */
export function dateStep(campaign: Campaign, prepared: PreparedStep, dates: StepDates): CompiledStep {
  const { locales, fallback, attributes, warnings } = prepared;
  const fillers = new Map<string, MailFiller>();

  const localeFor = (tag: string | undefined): string => {
    if (tag !== undefined && prepared.textsByLocale.has(tag)) return tag;
    return (tag === undefined ? undefined : pickLocale(tag, locales)) ?? fallback;
  };
  const fillerFor = (tag: string | undefined): MailFiller => {
    const locale = localeFor(tag);
    const known = fillers.get(locale);
    if (known) return known;
    const made = makeDatedFiller(campaign, prepared, dates, locale);
    fillers.set(locale, made);
    return made;
  };
  return {
    locales,
    attributes,
    warnings,
    localeFor,
    fill: (person, moment) => fillerFor(person.locale).fill(person, moment),
    fillEntity: (person, moment) => fillerFor(person.locale).fillEntity(person, moment),
  };
}

function makeDatedFiller(
  campaign: Campaign,
  { textsByLocale, templates, linkStyle, entityEnd }: PreparedStep,
  dates: StepDates,
  locale: string,
): MailFiller {
  const { names } = nameStep(campaign, locale, textsByLocale.get(locale) as GroupValue, dates);
  const parts = foldParts(templates, { names, linkStyle });
  return makeFiller(parts, locale, entityEnd, templates.file.replace(/\.mjml$/, ''), {
    asOf: rememberMoment((asOf) => writeInstant(asOf, campaign.launch.zone, locale)),
    date: (date) => writeDate(date, locale),
  });
}
