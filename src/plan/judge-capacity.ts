import type { Concern, PlannedStep } from '../campaign/plan.js';
import { addDays, weekdayOf } from './calendar.js';
import { estimateFinishTimes, type Finish, type Load, type SenderLimits } from './finish-times.js';
import { formatInstantIn } from './local-words.js';
import { resolveWallTime } from './wall-time.js';

interface Sender {
  name: string;
  limits: SenderLimits;
}

/** A step of a group with the people it goes to. */
interface Part {
  step: PlannedStep;
  people: number;
  /** The first moment after its day, or after its hours on that day. */
  dueBy: Date;
}

/** What one step sends on one local day, over all groups. */
interface StepDay {
  id: string;
  date: string;
  parts: Part[];
}

type Finishes = Map<PlannedStep, Finish>;

const hourMs = 3_600_000;
const dayMs = 86_400_000;

/**
 * When each step of each group is through, by `estimateFinishTimes`, and which steps cannot be through on their day:
 * before midnight in their zone, or before their last window of that day closes. One concern a step: its first such
 * day over all groups, with the figures and the ways out. What has not gone when a step expires never goes.
 *
 * All parts share the sender. Not counted: other campaigns that use it, and the time for which a canary makes the
 * others wait, for that is meant.
 */
export function judgeCapacity({
  steps,
  people,
  sender,
}: {
  steps: readonly PlannedStep[];
  people: (step: PlannedStep) => number;
  sender: Sender;
}): { finishes: Finishes; concerns: Concern[] } {
  const midnights = new Map<string, Date>();
  const parts = steps.map((step) => ({ step, people: people(step), dueBy: endOfDay(step, midnights) }));
  const finishes = estimate(parts, sender.limits);
  const lateDays = new Map<string, StepDay[]>();
  for (const day of listDays(parts)) {
    if (countLate(day.parts, finishes) > 0) lateDays.set(day.id, [...(lateDays.get(day.id) ?? []), day]);
  }
  const concerns = [...lateDays.values()].flatMap(([first, ...others]) =>
    first ? [describeDay(first, { others, parts, finishes, sender })] : [],
  );
  return { finishes, concerns };
}

function endOfDay({ localDate, zone, windows }: PlannedStep, midnights: Map<string, Date>): Date {
  const key = `${zone} ${localDate}`;
  const date = addDays(localDate, 1);
  const midnight = midnights.get(key) ?? resolveWallTime({ date, time: '00:00', zone }).instant;
  midnights.set(key, midnight);
  return windows?.findLast(({ from }) => from < midnight)?.until ?? midnight;
}

/** As things are, or with some parts so much earlier. */
function estimate(parts: readonly Part[], limits: SenderLimits, earlierMs: (part: Part) => number = () => 0): Finishes {
  const found = estimateFinishTimes(
    parts.map((part, index) => loadOf(part, String(index), earlierMs(part))),
    limits,
  );
  return new Map(parts.map(({ step }, index) => [step, found.get(String(index)) as Finish]));
}

function loadOf({ step, people, dueBy }: Part, key: string, earlierMs: number): Load {
  const sendAt = new Date(step.sendAt.getTime() - earlierMs);
  const expiresAt = new Date(step.expiresAt.getTime() - earlierMs);
  const windows = (step.windows ?? [{ from: sendAt, until: expiresAt }])
    .map(({ from, until }) => ({ from, until: until < expiresAt ? until : expiresAt }))
    .filter(({ from, until }) => from < until);
  return { key, sendAt, count: people, windows, dueBy };
}

function listDays(parts: readonly Part[]): StepDay[] {
  const days = new Map<string, StepDay>();
  for (const part of parts) {
    const { id, localDate: date } = part.step;
    const key = `${id} ${date}`;
    const day = days.get(key) ?? { id, date, parts: [] };
    if (part.people > 0) day.parts.push(part);
    days.set(key, day);
  }
  return [...days.values()];
}

function countLate(parts: readonly Part[], finishes: Finishes): number {
  return parts.reduce((sum, { step }) => sum + (finishes.get(step)?.late ?? 0), 0);
}

function describeDay(
  day: StepDay,
  { others, parts, finishes, sender }: { others: StepDay[]; parts: Part[]; finishes: Finishes; sender: Sender },
): Concern {
  const { id, date } = day;
  if (day.parts.every(({ step }) => step.windows?.length === 0)) return describeDayWithoutHours(day);
  const total = day.parts.reduce((sum, { people }) => sum + people, 0);
  const late = countLate(day.parts, finishes);
  // What would be late if nobody else used the sender.
  const lateAlone = countLate(day.parts, estimate(day.parts, sender.limits));
  const busyWith = lateAlone < late ? nameOthers(day, { parts, finishes, sender }) : '';
  const why = `the sender ${sender.name} takes ${nameLimits(sender.limits)}`;
  const zones = new Set(day.parts.map(({ step }) => step.zone));
  const hasHours = day.parts.every(({ step }) => step.windows);
  const end = `${hasHours ? `its hours on ${date} end` : `${date} ends`}${zones.size > 1 ? ' where they are' : ''}`;
  const sentences = [
    `${id} cannot go out on ${lateAlone > 0 ? 'one day' : date}: ${countPeople(total)}, and ${why}${busyWith ? `, and has ${busyWith} to send as well` : ''}.`,
    `${describeFinish(day, finishes, zones.size > 1)}; ${countPeople(late)} would still wait when ${end}.`,
    ...(others.length > 0 ? [describeOthers(others)] : []),
  ];
  const fitting = lateAlone > 0 ? total - lateAlone : 0;
  const ways = [
    ...describeEarlier(day, parts, sender.limits),
    ...(busyWith ? ['give it a day on which the sender is free'] : []),
    ...(fitting > 0
      ? [`let at most ${formatCount(fitting)} people launch a day ("newPerDay: ${fitting}", or rings)`]
      : []),
    'take another sender, such as High Volume Email for people inside the organisation',
  ];
  return makeConcern(sentences.join(' '), ways);
}

/** No limit of a sender is to blame. */
function describeDayWithoutHours({ id, parts }: StepDay): Concern {
  const total = parts.reduce((sum, { people }) => sum + people, 0);
  const last = parts.reduce((a, b) => (b.step.expiresAt > a.step.expiresAt ? b : a)).step;
  const message = `${id} cannot go out: none of its hours comes before it expires on ${formatMoment(last.expiresAt, last.zone)}. ${countPeople(total)} would never get it.`;
  return makeConcern(message, ['give it longer to expire ("expiresAfter")', 'give it other hours ("window")']);
}

function makeConcern(message: string, waysOut: readonly string[]): Concern {
  const accept = 'accept it: "accept: [capacity]" in the file, or --accept capacity';
  return { code: 'capacity', message, hint: `${waysOut.join(', ')}, or ${accept}` };
}

function describeFinish({ parts }: StepDay, finishes: Finishes, namesZone: boolean): string {
  const ends = parts.map(({ step }) => ({ step, ...finishes.get(step) }));
  const lost = ends.filter(({ left = 0 }) => left > 0);
  const latest = (lost.length > 0 ? lost : ends)
    .map(({ step, at }) => ({ zone: step.zone, at: lost.length > 0 ? step.expiresAt : (at ?? step.expiresAt) }))
    .reduce((a, b) => (b.at > a.at ? b : a));
  const when = `${formatMoment(latest.at, latest.zone)}${namesZone ? ` (${latest.zone})` : ''}`;
  if (lost.length === 0) return `It would finish on ${when}`;
  const left = lost.reduce((sum, { left: never = 0 }) => sum + never, 0);
  return `It expires on ${when}, and ${countPeople(left)} would never get it`;
}

function describeOthers(others: readonly StepDay[]): string {
  const last = others.at(-1)?.date;
  return others.length === 1
    ? `The same holds for ${last}.`
    : `The same holds for ${others.length} more of its days, up to ${last}.`;
}

/** Whose mails take the places that this day lacks: those due no later, and under way then or, for a limit a day, before. */
function nameOthers(
  day: StepDay,
  { parts, finishes, sender }: { parts: readonly Part[]; finishes: Finishes; sender: Sender },
): string {
  const dueMs = day.parts.map(({ step }) => step.sendAt.getTime());
  const [first, last] = [Math.min(...dueMs), Math.max(...dueMs)];
  const takenMs = sender.limits.perDay === undefined ? 0 : dayMs;
  const names = parts
    .filter(({ step, people }) => people > 0 && !(step.id === day.id && step.localDate === day.date))
    .filter(({ step }) => step.sendAt.getTime() <= last)
    .filter(({ step }) => (finishes.get(step)?.at ?? step.expiresAt).getTime() > first - takenMs)
    .map(({ step }) => (step.id === day.id ? `${step.id} of ${step.localDate}` : step.id));
  const distinct = [...new Set(names)];
  if (distinct.length > 3) return `${distinct.slice(0, 2).join(', ')} and others`;
  return [distinct.slice(0, -1).join(', '), ...distinct.slice(-1)].filter(Boolean).join(' and ');
}

/** The fewest hours earlier on the same day that let everybody of that day have it in time; nothing where none do. */
function describeEarlier(day: StepDay, parts: readonly Part[], limits: SenderLimits): string[] {
  const mine = new Set(day.parts);
  const isEnough = (hours: number): boolean =>
    countLate(
      day.parts,
      estimate(parts, limits, (part) => (mine.has(part) ? hours * hourMs : 0)),
    ) === 0;
  let enough = Math.min(...day.parts.map(countHoursBefore));
  if (enough < 1 || !isEnough(enough)) return [];
  for (let tooFew = 0; enough - tooFew > 1; ) {
    const middle = Math.floor((tooFew + enough) / 2);
    if (isEnough(middle)) enough = middle;
    else tooFew = middle;
  }
  const times = day.parts.map(
    ({ step }) => formatInstantIn(new Date(step.sendAt.getTime() - enough * hourMs), step.zone).time,
  );
  const time = new Set(times).size === 1 ? ` ("time: ${times[0]}")` : '';
  return [`start ${enough === 1 ? 'an hour' : `${enough} hours`} earlier${time}`];
}

/** Whole hours of its day, or of its window, that lie before it. */
function countHoursBefore({ step }: Part): number {
  const { localDate, zone, sendAt, windows } = step;
  const from =
    windows?.find(({ until }) => until > sendAt)?.from ??
    resolveWallTime({ date: localDate, time: '00:00', zone }).instant;
  return Math.floor((sendAt.getTime() - from.getTime()) / hourMs);
}

function nameLimits({ perMinute, perDay }: SenderLimits): string {
  const limits = [perMinute && `${formatCount(perMinute)} a minute`, perDay && `${formatCount(perDay)} a day`];
  return limits.filter(Boolean).join(' and ');
}

/** `Wed 2027-01-13 at 14:33`. */
function formatMoment(instant: Date, zone: string): string {
  const { date, time } = formatInstantIn(instant, zone);
  const weekday = weekdayOf(date);
  return `${weekday[0]?.toUpperCase()}${weekday.slice(1)} ${date} at ${time}`;
}

function formatCount(count: number): string {
  return count.toLocaleString('en-GB');
}

function countPeople(count: number): string {
  return `${formatCount(count)} ${count === 1 ? 'person' : 'people'}`;
}
