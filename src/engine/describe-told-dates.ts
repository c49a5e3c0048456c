import type { Campaign } from '../campaign/campaign.js';
import type { Calendar } from '../plan/calendar.js';
import { datesOf, launchDateOf } from '../plan/group-dates.js';
import type { CountedStep } from '../report/summarise-steps.js';
import type { ToldPeople } from './ports/campaign-store.js';

interface Change {
  before: { definition: Campaign };
  after: Campaign;
  calendar: Calendar;
  counts: readonly CountedStep[];
}

/** People who were told a launch date that is no longer theirs, by that date. */
export function listToldOtherwise(
  told: readonly ToldPeople[],
  after: Campaign,
  calendar: Calendar,
): Map<string, number> {
  const wrong = new Map<string, number>();
  for (const { ring, tranche, place, toldDate, people } of told) {
    if (
      !after.rings.some(({ id }) => id === ring) ||
      launchDateOf(after, { ring, tranche, place }, calendar) === toldDate
    )
      continue;
    wrong.set(toldDate, (wrong.get(toldDate) ?? 0) + people);
  }
  return wrong;
}

/**
 * People hold mails that name a date which this apply makes wrong: their launch date, or else the date until which to
 * register. Nothing where the apply moves neither. An uncertain mail may have been read too.
 */
export function describeToldDates(told: readonly ToldPeople[], { before, after, calendar, counts }: Change): string[] {
  const wrong = listToldOtherwise(told, after, calendar);
  if (wrong.size > 0) {
    return [...wrong].map(
      ([date, people]) =>
        `${nameCount(people)} told ${writeDay(date)}; nothing corrects that by itself: fanfare move proposes a mail that does`,
    );
  }
  const registerBy = (campaign: Campaign) =>
    campaign.rings.map(
      ({ id }) => datesOf(campaign, { ring: id, tranche: 0, zone: '', place: '' }, calendar).registerBy,
    );
  const [was, is] = [registerBy(before.definition), registerBy(after)];
  if (was.join() === is.join()) return [];
  return counts.flatMap(({ id, states }) => {
    const people = states.sent + states.uncertain;
    if (people === 0) return [];
    return [
      `${nameCount(people)} asked to register by ${[...new Set(was)].map(writeDay).join(' or ')} by ${id}; nothing corrects that by itself`,
    ];
  });
}

function nameCount(people: number): string {
  return `${people.toLocaleString('en-GB')} ${people === 1 ? 'person was' : 'people were'}`;
}

/** `24 November 2026`. */
export function writeDay(date: string): string {
  return new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(`${date}T00:00:00Z`));
}
