import type { Campaign } from '../campaign/campaign.js';
import type { StepDates } from '../campaign/plan.js';
import { findLongestDate, writeDate, writeShortDate, writeTime } from './date-words.js';
import { personNames } from './person-values.js';
import { pickLocale } from './pick-locale.js';
import { claim, constant, type GroupValue, group, guarded, type Value } from './template-value.js';

function pickWords(
  texts: Readonly<Record<string, string>>,
  locale: string,
  fallback: string,
): { text: string; from: string } {
  const from = pickLocale(locale, Object.keys(texts)) ?? fallback;
  return { text: texts[from] ?? '', from };
}

/**
 * Every name that templates and texts know, in one locale; `t` holds the texts. Without dates these are the names of
 * any day: every date as long as one can be, and no claim decided.
 */
export function nameStep(
  campaign: Campaign,
  locale: string,
  texts: GroupValue,
  dates?: StepDates,
): { names: GroupValue; warnings: string[] } {
  const { organisation, sender, portal } = campaign;
  const hours = pickWords(organisation.helpDesk.hours, locale, campaign.locale);
  const title = pickWords(organisation.intranetTitle, locale, campaign.locale);
  const warnings = [
    { field: 'organisation.helpDesk.hours', from: hours.from },
    { field: 'organisation.intranetTitle', from: title.from },
  ]
    .filter(({ from }) => pickLocale(locale, [from]) === undefined)
    .map(
      ({ field, from }) => `${field} has no text for "${locale}": mails in that language show the one for "${from}"`,
    );

  const fixed: Record<string, Value> = {
    t: texts,
    locale: constant(locale),
    organisation: constant(organisation.name),
    campaignName: constant(campaign.name),
    portal: { ...constant(portal.url), isLink: true },
    ...nameDates(campaign, locale, dates),
    intranetTitle: constant(title.text),
    senderName: constant(sender.name),
    replyTo: constant(sender.replyTo),
    helpDesk: group({
      phone: constant(organisation.helpDesk.phone),
      phoneLink: constant(`tel:${organisation.helpDesk.phone.replace(/[^+\d]/g, '')}`),
      email: constant(organisation.helpDesk.email),
      hours: constant(hours.text),
    }),
    attributes: {
      kind: 'group',
      members: new Map(),
      open: (name) => ({ kind: 'person', key: `attributes.${name}` }),
    },
  };
  for (const [key, guardedBy] of Object.entries(personNames)) {
    fixed[key] = { kind: 'person', key, ...(guardedBy && { guardedBy }) };
  }
  return { names: group(fixed), warnings };
}

function nameDates({ launch, enforcement, reconfirmation }: Campaign, locale: string, dates?: StepDates) {
  const { localDate, launchDate, registerBy, enforcedFrom, toldDate } = dates ?? onAnyDay(locale, enforcement);
  const claimOf = (isTrue: boolean) => claim(dates ? isTrue : undefined);
  const long = (date: string | undefined) => date && writeDate(date, locale);
  const short = (date: string | undefined) => date && writeShortDate(date, locale);
  const told = ['oldLaunchDate', 'oldLaunchShort'];
  const enforced = ['isEnforced', 'enforcedFrom', 'enforcedFromShort'];
  return {
    launchDate: constant(writeDate(launchDate, locale)),
    launchShort: constant(writeShortDate(launchDate, locale)),
    launchTime: constant(writeTime(launch.time, locale)),
    registerBy: constant(writeDate(registerBy, locale)),
    registerByShort: constant(writeShortDate(registerBy, locale)),
    sendDate: constant(writeDate(localDate, locale)),
    // On the day itself "since Tuesday" and "by Tuesday" read wrong: a text says "today" there.
    onLaunchDay: claimOf(localDate === launchDate),
    onLastDay: claimOf(localDate === registerBy),
    // A campaign without enforcement has no such date, and says nothing of it.
    enforcedFrom: guarded(long(enforcedFrom), enforced),
    enforcedFromShort: guarded(short(enforcedFrom), enforced),
    isEnforced: claimOf(enforcedFrom !== undefined),
    // Only people who were told another date before have one.
    oldLaunchDate: guarded(long(toldDate), told, true),
    oldLaunchShort: guarded(short(toldDate), told, true),
    isEarlier: claimOf(toldDate !== undefined && launchDate < toldDate),
    // Whether people can register on the day they read it, and whether they could since the old date.
    isOpen: claimOf(launchDate <= localDate),
    wasOpen: claimOf(toldDate !== undefined && toldDate <= localDate),
    everyDays: guarded(reconfirmation && String(reconfirmation.everyDays), ['everyDays']),
  } satisfies Record<string, Value>;
}

function onAnyDay(locale: string, enforcement: Campaign['enforcement']): StepDates {
  const date = findLongestDate(locale);
  return {
    ...{ localDate: date, launchDate: date, registerBy: date, toldDate: date },
    ...(enforcement && { enforcedFrom: date }),
  };
}
