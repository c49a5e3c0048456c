import type { Campaign } from '../campaign/campaign.js';
import { parseAge } from '../campaign/quantity.js';
import { addDays, applyOffset } from './calendar.js';
import type { IsDayOff } from './group-dates.js';
import { parseOffset } from './offset.js';

const dayMs = 86_400_000;

/**
 * The day on which somebody is told that a registration must be confirmed again, before days off are looked at: so many
 * days after the registration's own, less the notice, and then the step's offset.
 */
export function reconfirmDay(
  registered: string,
  { offset }: { offset: string },
  reconfirmation: NonNullable<Campaign['reconfirmation']>,
  isDayOff: IsDayOff,
): string {
  return applyOffset(addDays(registered, countNoticeDays(reconfirmation)), offset, isDayOff);
}

/** About so many days after the registration: for looking people up; a work day may be up to a weekend away. */
export function countReconfirmDays(offset: string, reconfirmation: NonNullable<Campaign['reconfirmation']>): number {
  return countNoticeDays(reconfirmation) + parseOffset(offset).amount;
}

/** A notice of less than a day is one of a day. */
function countNoticeDays({ everyDays, remindBefore }: NonNullable<Campaign['reconfirmation']>): number {
  return everyDays - Math.ceil(parseAge(remindBefore) / dayMs);
}
