import type { Campaign } from '../campaign/campaign.js';
import type { Group, Plan, PlannedStep } from '../campaign/plan.js';
import { parseAge } from '../campaign/quantity.js';
import { isOnlyForUnregistered } from '../campaign/step-kind.js';
import { addDays, type Calendar, shiftDate } from './calendar.js';
import { dayOffIn } from './group-dates.js';
import { formatInstantIn } from './local-words.js';
import { moveIntoWindow } from './send-windows.js';
import { resolveWallTime } from './wall-time.js';

/** A person of the audience as the plan knows them. */
export interface PlannedPerson {
  group: Group;
  /** Absent: has not registered. */
  registeredAt?: Date;
  /** Registers while the campaign runs: counts from then on. */
  address?: string;
}

/** What one step is for one person, and why. */
export interface PersonStep {
  step: PlannedStep;
  /** When it is due for this person; absent: they do not get it. */
  dueAt?: Date;
  /** Why at that time, or why not. */
  because: string;
}

/**
 * What one person gets, when and why, and what they do not get and why not, as things stand: in the order of the plan.
 * The engine decides the same when the time comes, by what is true then; `simulate` is held to this by a property.
 */
export function explainPerson(person: PlannedPerson, plan: Plan, campaign: Campaign, calendar: Calendar): PersonStep[] {
  const { minGap, maxReminders } = campaign.discipline;
  const gapMs = minGap === undefined ? 0 : parseAge(minGap);
  let last: Date | undefined;
  let reminders = 0;
  const mine = plan.steps
    .filter(({ group }) => isSameGroup(group, person.group))
    .map((step) => ({ step, at: instantFor(step, person, campaign, calendar) }))
    .sort((a, b) => a.at.getTime() - b.at.getTime());
  return mine.map(({ step, at }): PersonStep => {
    const { registeredAt } = person;
    const isRegistered = registeredAt !== undefined && registeredAt <= at;
    const not = (because: string) => ({ step, because });
    if (step.skippedBecause !== undefined) return not(step.skippedBecause);
    if (step.kind === 'launch-moved') return not('only for people who were told another launch date');
    if (step.kind === 'reconfirmation' && registeredAt === undefined) return not('only for people who have registered');
    if (isOnlyForUnregistered(step.kind) && isRegistered) return not('already registered');
    if (isOnlyForUnregistered(step.kind) && maxReminders !== undefined && reminders >= maxReminders)
      return not(`${maxReminders} reminders are the most that one person gets`);
    const free = last === undefined ? at : new Date(Math.max(at.getTime(), last.getTime() + gapMs));
    const dueAt = step.windows && free > at ? moveIntoWindow(free, step.windows) : free;
    if (dueAt === undefined || dueAt >= step.expiresAt)
      return not(`too close to the mail before it: ${minGap} must lie between two, and by then it has expired`);
    last = dueAt;
    if (isOnlyForUnregistered(step.kind)) reminders += 1;
    return { step, dueAt, because: explainTime(step, person, dueAt > at ? minGap : undefined) };
  });
}

function isSameGroup(one: Group, other: Group): boolean {
  return (
    one.ring === other.ring && one.tranche === other.tranche && one.zone === other.zone && one.place === other.place
  );
}

/** A reconfirmation has an instant for each person; every other step has one for the group. */
function instantFor(
  step: PlannedStep,
  { registeredAt, group }: PlannedPerson,
  campaign: Campaign,
  calendar: Calendar,
): Date {
  const { reconfirmation } = campaign;
  if (step.kind !== 'reconfirmation' || !registeredAt || !reconfirmation) return step.sendAt;
  const rule = campaign.steps.find(({ id }) => id === step.id)?.shift ?? 'after';
  const days = reconfirmation.everyDays - parseAge(reconfirmation.remindBefore) / 86_400_000;
  const wanted = addDays(formatInstantIn(registeredAt, step.zone).date, days);
  const day = shiftDate(wanted, rule, dayOffIn(calendar, group.place));
  return resolveWallTime({ date: day === 'skip' ? wanted : day.date, time: step.localTime, zone: step.zone }).instant;
}

function explainTime(step: PlannedStep, { registeredAt }: PlannedPerson, gap: string | undefined): string {
  const { kind, offset, launchDate, enforcedFrom, group, shiftedFrom, shiftReason, zone } = step;
  const from =
    kind === 'last-call' ? `the enforcement on ${enforcedFrom}` : `the launch of ring ${group.ring} on ${launchDate}`;
  const rule =
    kind === 'reconfirmation'
      ? `registered on ${formatInstantIn(registeredAt ?? step.sendAt, zone).date}, to be confirmed again`
      : `${offset} from ${from}`;
  const shift = shiftReason === undefined ? '' : `, moved from ${shiftedFrom ?? step.localDate}: ${shiftReason}`;
  return `${rule}${shift}${gap === undefined ? '' : `, put off: ${gap} between two mails`}`;
}
