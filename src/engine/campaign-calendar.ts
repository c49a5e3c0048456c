import type { Campaign } from '../campaign/campaign.js';
import { type Calendar, createCalendar } from '../plan/calendar.js';
import type { CampaignLists } from './ports/campaign-store.js';
import type { ListHolidays } from './ports/holidays.js';

/** The years in which a campaign's steps may lie: offsets reach 999 weeks at most, reconfirmations two years. */
const yearsBefore = 1;
const yearsAfter = 4;

/** Work days, holidays and closures of a campaign: what its plan counts by. */
export async function calendarOf(
  campaign: Campaign,
  lists: Pick<CampaignLists, 'closures'>,
  listHolidays: ListHolidays,
): Promise<Calendar> {
  const { workDays, holidays: places } = campaign.calendar;
  const year = Number(campaign.launch.date.slice(0, 4));
  return createCalendar({
    ...{ workDays, places },
    holidays:
      places.length === 0 ? {} : await listHolidays(places, { from: year - yearsBefore, to: year + yearsAfter }),
    closures: lists.closures,
  });
}
