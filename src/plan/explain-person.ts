import type { Campaign } from '../campaign/campaign.js';
import { type Group, nameGroup, type Plan, type PlannedStep } from '../campaign/plan.js';
import { parseAge } from '../campaign/quantity.js';
import { isOnlyForUnregistered } from '../campaign/step-kind.js';
import { type Calendar, shiftDate } from './calendar.js';
import { dayOffIn } from './group-dates.js';
import { formatInstantIn } from './local-words.js';
import { reconfirmDay } from './reconfirm-day.js';
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
  const soFar: SoFar = { reminders: 0 };
  return plan.steps
    .filter(({ group }) => nameGroup(group) === nameGroup(person.group))
    .map((step) => ({ step, at: instantFor(step, person, campaign, calendar) }))
    .sort((a, b) => a.at.getTime() - b.at.getTime())
    .map(({ step, at }): PersonStep => {
      const refusal = findRefusal(step, at, person);
      if (refusal !== undefined) return { step, because: refusal };
      if (step.kind === 'sign-up-reminder') return placeReminder(step, at, person, soFar, campaign);
      return placeMail(step, at, person, soFar, campaign);
    });
}

/** What this person has got by then. */
interface SoFar {
  last?: Date;
  reminders: number;
}

/** Why a step is not for this person, whatever they have got. */
function findRefusal(step: PlannedStep, at: Date, { registeredAt }: PlannedPerson): string | undefined {
  if (step.skippedBecause !== undefined) return step.skippedBecause;
  if (step.kind === 'launch-moved') return 'only for people who were told another launch date';
  if (step.kind === 'reconfirmation' && registeredAt === undefined) return 'only for people who have registered';
  const isRegistered = registeredAt !== undefined && registeredAt <= at;
  return isOnlyForUnregistered(step.kind) && isRegistered ? 'already registered' : undefined;
}

function placeReminder(
  step: PlannedStep,
  at: Date,
  person: PlannedPerson,
  soFar: SoFar,
  campaign: Campaign,
): PersonStep {
  const { maxReminders = Number.POSITIVE_INFINITY } = campaign.discipline;
  if (soFar.reminders >= maxReminders)
    return { step, because: `${maxReminders} reminders are the most that one person gets` };
  const before = soFar.last;
  const placed = placeMail(step, at, person, soFar, campaign);
  if (!placed.dueAt) return placed;
  if (person.registeredAt && person.registeredAt <= placed.dueAt) {
    if (before) soFar.last = before;
    else delete soFar.last;
    return { step, because: 'registered before its turn came' };
  }
  soFar.reminders += 1;
  return placed;
}

/** Not before the gap to the last mail is over, and within the step's windows; not at all where it has expired by then. */
function placeMail(
  step: PlannedStep,
  at: Date,
  person: PlannedPerson,
  soFar: SoFar,
  { discipline: { minGap } }: Campaign,
): PersonStep {
  const gapMs = minGap === undefined ? 0 : parseAge(minGap);
  const free = soFar.last === undefined ? at : new Date(Math.max(at.getTime(), soFar.last.getTime() + gapMs));
  const dueAt = step.windows && free > at ? moveIntoWindow(free, step.windows) : free;
  if (dueAt === undefined || dueAt >= step.expiresAt) {
    const why = minGap === undefined ? 'its turn comes' : `${minGap} after the mail before it`;
    return { step, because: `too close to another mail: when ${why}, it has expired` };
  }
  soFar.last = dueAt;
  return { step, dueAt, because: explainTime(step, person, dueAt > at ? minGap : undefined) };
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
  const registered = formatInstantIn(registeredAt, step.zone).date;
  const wanted = reconfirmDay(registered, step, reconfirmation, dayOffIn(calendar, group.place));
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
