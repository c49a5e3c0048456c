import type { Campaign, Step } from '../campaign/campaign.js';
import type { Plan, PlannedStep } from '../campaign/plan.js';
import { writeDate, writeShortDate, writeTime } from './date-words.js';
import { personNames } from './person-values.js';
import { pickLocale } from './pick-locale.js';
import { claim, constant, type GroupValue, group, type Value } from './template-value.js';

function pickWords(
  texts: Readonly<Record<string, string>>,
  locale: string,
  fallback: string,
): { text: string; from: string } {
  const from = pickLocale(locale, Object.keys(texts)) ?? fallback;
  return { text: texts[from] ?? '', from };
}

/** Every name that templates and texts know, in one locale; `t` holds the texts. */
export function nameStep(
  campaign: Campaign,
  plan: Plan,
  step: PlannedStep,
  locale: string,
  texts: GroupValue,
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
    portal: { kind: 'constant', text: portal.url, isLink: true },
    launchDate: constant(writeDate(plan.launch.date, locale)),
    launchShort: constant(writeShortDate(plan.launch.date, locale)),
    launchTime: constant(writeTime(plan.launch.time, locale)),
    registerBy: constant(writeDate(plan.registerBy, locale)),
    registerByShort: constant(writeShortDate(plan.registerBy, locale)),
    sendDate: constant(writeDate(step.localDate, locale)),
    // On the day itself "since Tuesday" and "by Tuesday" read wrong: a text says "today" there.
    onLaunchDay: claim(step.localDate === plan.launch.date),
    onLastDay: claim(step.localDate === plan.registerBy),
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
  for (const key of personNames) fixed[key] = { kind: 'person', key };
  return { names: group(fixed), warnings };
}

/** The step of that id, in the campaign and in its plan. */
export function findStep(campaign: Campaign, plan: Plan, id: string): { step: Step; planned: PlannedStep } | undefined {
  const step = campaign.steps.find((each) => each.id === id);
  const planned = plan.steps.find((each) => each.id === id);
  return step && planned ? { step, planned } : undefined;
}
