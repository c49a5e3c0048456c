import type { Campaign, Step } from '../campaign/campaign.js';
import type { Group, GroupDates, PlannedStep } from '../campaign/plan.js';
import { parseAge } from '../campaign/quantity.js';
import { usualWorth } from '../campaign/step-kind.js';
import { applyOffset, type Calendar, shiftDate } from './calendar.js';
import { dayOffIn, type IsDayOff } from './group-dates.js';
import { formatInstantIn } from './local-words.js';
import { reconfirmDay } from './reconfirm-day.js';
import { listWindows, moveIntoWindow } from './send-windows.js';
import { resolveWallTime } from './wall-time.js';

const dayMs = 86_400_000;

/** One step for one group: its day, moved off days off where its rule says so, its instant, and until when it goes. */
export function planStep(
  step: Step,
  { campaign, group, dates, calendar }: { campaign: Campaign; group: Group; dates: GroupDates; calendar: Calendar },
): PlannedStep {
  const isDayOff = dayOffIn(calendar, group.place);
  const wanted = dayOf(step, campaign, dates, isDayOff);
  const shifted = shiftDate(wanted, step.shift, isDayOff);
  const date = shifted === 'skip' ? wanted : shifted.date;
  const reason = calendar.dayOffReason(wanted, group.place);
  const zone = (step.recipientLocal && group.zone) || campaign.launch.zone;
  const timed = placeInTime(step, { date, zone }, isDayOff);
  const { id, kind, offset, canary, onUncertain } = step;
  return {
    ...{ id, kind, offset, ...timed, ...dates, group },
    ...(timed.localDate !== wanted && { shiftedFrom: wanted }),
    ...((timed.localDate !== wanted || timed.localTime !== step.time) && {
      shiftReason: date === wanted ? `outside ${step.window}` : (reason ?? 'a day off'),
    }),
    ...(shifted === 'skip' && { skippedBecause: `${wanted} is a day off: ${reason}` }),
    ...(campaign.reconfirmation?.everyDays === 0 &&
      kind === 'reconfirmation' && { skippedBecause: 'registrations count for ever: reconfirmation.everyDays is 0' }),
    ...(canary && { canary }),
    ...(onUncertain && { onUncertain }),
  };
}

/** The day a step would have if every day were a work day. */
function dayOf(step: Step, { reconfirmation }: Campaign, dates: GroupDates, isDayOff: IsDayOff): string {
  const { launchDate, enforcedFrom = launchDate } = dates;
  switch (step.kind) {
    case 'launch-moved':
      return step.date ?? launchDate;
    case 'last-call':
      return applyOffset(enforcedFrom, step.offset, isDayOff);
    case 'reconfirmation':
      // The earliest: of somebody who registered on the launch date itself.
      return reconfirmation ? reconfirmDay(launchDate, step, reconfirmation, isDayOff) : launchDate;
    default:
      return applyOffset(launchDate, step.offset, isDayOff);
  }
}

function placeInTime(step: Step, { date, zone }: { date: string; zone: string }, isDayOff: IsDayOff) {
  const { instant } = resolveWallTime({ date, time: step.time, zone });
  const worthMs = parseAge(step.kind === 'reconfirmation' ? usualWorth.reconfirmation : step.expiresAfter);
  const asWanted = { localDate: date, localTime: step.time, zone };
  if (step.window === undefined || step.kind === 'reconfirmation')
    return { ...asWanted, sendAt: instant, expiresAt: new Date(instant.getTime() + worthMs) };
  const listAhead = (days: number, window: string) => {
    const until = new Date(instant.getTime() + days * dayMs + worthMs);
    return listWindows({ window, zone, from: instant, until, isDayOff });
  };
  // A fortnight nearly always holds a window; only a long closure wants more.
  const near = listAhead(14, step.window);
  const windows = moveIntoWindow(instant, near) ? near : listAhead(400, step.window);
  const sendAt = moveIntoWindow(instant, windows) ?? instant;
  const expiresAt = new Date(sendAt.getTime() + worthMs);
  const { date: localDate, time: localTime } = formatInstantIn(sendAt, zone);
  const local = sendAt.getTime() === instant.getTime() ? asWanted : { localDate, localTime, zone };
  return {
    ...local,
    sendAt,
    expiresAt,
    windows: windows.filter(({ from, until }) => from < expiresAt && until > sendAt),
  };
}
