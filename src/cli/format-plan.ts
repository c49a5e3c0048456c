import type { Campaign } from '../campaign/campaign.js';
import type { PlannedStep } from '../campaign/plan.js';
import type { JudgedPlan } from '../engine/judge-plan.js';
import { formatLocalTime } from '../report/local-time.js';
import { formatInstant } from '../report/summarise-steps.js';
import { formatCount, formatNumber, formatTable } from './print-table.js';

/** Groups that share a step, a ring and an instant: one line of the timeline. */
export interface PlanLine {
  step: PlannedStep;
  people?: number;
  finishesAt?: Date;
  /** Whose holidays count, where groups of one step differ by them. */
  places: string[];
}

/** Lines of one step that go at the same wall time, each in its own zone; the earliest instant stands for them. */
interface TimelineLine extends PlanLine {
  zones: string[];
}

/** A ring that is spread over more days, or zones, than this is told by its first lines and its last. */
const mostLines = 8;

/** The plan as a timeline: a table a ring, what moved and why, and what a person must decide. */
export function formatTimeline(campaign: Campaign, plan: JudgedPlan, hasPeople: boolean): string {
  const { launch } = campaign;
  const parts = [
    `${campaign.name}: launch on ${weekday(launch.date)} ${launch.date} at ${launch.time} (${launch.zone})`,
  ];
  const lines = mergeGroups(plan, hasPeople);
  for (const { id, gate } of campaign.rings) {
    const shown = lines.filter(({ step, people }) => step.group.ring === id && people !== 0);
    const mine = mergeZones(shown);
    if (campaign.rings.length > 1)
      parts.push(
        '',
        describeRing(
          id,
          lines.filter(({ step }) => step.group.ring === id),
        ),
      );
    if (gate) parts.push(`  It waits for its gate: ${describeGate(gate)}.`);
    if (mine.length > 0) parts.push('', formatLines(mine, hasPeople), ...describeShifts(shown));
  }
  for (const { id, canary } of campaign.steps) {
    if (!canary) continue;
    const { first, wait, maxFailures } = canary;
    const who = typeof first === 'number' ? formatNumber(first, 'person', 'people') : `${first} of its people`;
    parts.push('', `${id} begins with ${who}; the others follow after ${wait}, while at most ${maxFailures} fail.`);
  }
  return parts.join('\n');
}

/** One line for groups that differ in nothing a reader of the timeline sees. */
export function mergeGroups(plan: JudgedPlan, hasPeople: boolean): PlanLine[] {
  const lines = new Map<string, PlanLine>();
  for (const step of plan.steps) {
    const { id, group, zone, sendAt, skippedBecause = '', shiftReason = '', kind } = step;
    const { people, finishesAt } = plan.figures.get(step) ?? { people: 0 };
    const key = [id, group.ring, zone, sendAt.getTime(), skippedBecause, shiftReason].join('|');
    const line = lines.get(key);
    if (!line) {
      const counted = hasPeople && kind !== 'launch-moved' ? { people } : {};
      lines.set(key, { step, ...counted, ...(finishesAt && { finishesAt }), places: [group.place] });
      continue;
    }
    if (line.people !== undefined) line.people += people;
    if (finishesAt && (!line.finishesAt || finishesAt > line.finishesAt)) line.finishesAt = finishesAt;
    if (!line.places.includes(group.place)) line.places.push(group.place);
  }
  return [...lines.values()];
}

/** A step at nine in four zones is one line to a reader, and four in --csv and --json. */
function mergeZones(lines: readonly PlanLine[]): TimelineLine[] {
  const merged = new Map<string, TimelineLine>();
  for (const line of lines) {
    const { id, localDate, localTime, skippedBecause = '' } = line.step;
    const key = [id, localDate, localTime, skippedBecause].join('|');
    const known = merged.get(key);
    if (known) addLine(known, line);
    else merged.set(key, { ...line, places: [...line.places], zones: [line.step.zone] });
  }
  return [...merged.values()];
}

function addLine(to: TimelineLine, { step, people, finishesAt }: PlanLine): void {
  if (people !== undefined) to.people = (to.people ?? 0) + people;
  if (finishesAt && (!to.finishesAt || finishesAt > to.finishesAt)) to.finishesAt = finishesAt;
  if (!to.zones.includes(step.zone)) to.zones.push(step.zone);
}

function describeRing(id: string, lines: readonly PlanLine[]): string {
  const launches = [...new Set(lines.map(({ step }) => step.launchDate))].sort();
  const [first = '', last = first] = [launches[0], launches.at(-1)];
  const people = Math.max(0, ...peopleOfSteps(lines).values());
  const count = lines.some((line) => line.people !== undefined) ? `, ${formatNumber(people, 'person', 'people')}` : '';
  const days = launches.length > 1 ? `, spread over ${launches.length} days until ${last}` : '';
  return `Ring ${id}: launch on ${weekday(first)} ${first}${days}${count}`;
}

function peopleOfSteps(lines: readonly PlanLine[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { step, people = 0 } of lines) sums.set(step.id, (sums.get(step.id) ?? 0) + people);
  return sums;
}

function describeGate({ go, maxFailures, maxTickets }: NonNullable<Campaign['rings'][number]['gate']>): string {
  return [
    ...(go ? ["somebody's go"] : []),
    ...(maxFailures === undefined ? [] : [`at most ${maxFailures} of the earlier ring's mails failed`]),
    ...(maxTickets === undefined ? [] : [`at most ${maxTickets} help-desk tickets of it`]),
  ].join(', ');
}

function formatLines(lines: readonly TimelineLine[], hasPeople: boolean): string {
  const hasZones = new Set(lines.flatMap(({ zones }) => zones)).size > 1;
  const hasFinish = lines.some(({ finishesAt, step }) => finishesAt && finishesAt > step.sendAt);
  const shown = shorten(lines);
  return formatTable(
    [
      ...[
        'Step',
        'Offset',
        'Day',
        'Date',
        'Time',
        ...(hasZones ? ['Zone'] : []),
        hasZones ? 'From (UTC)' : 'Instant (UTC)',
      ],
      ...(hasPeople ? ['Recipients'] : []),
      ...(hasFinish ? ['Done by'] : []),
    ],
    shown.map((line) => {
      if (typeof line === 'string') return [line];
      const { step, people, finishesAt, zones } = line;
      const { id, offset, localDate, localTime, zone, sendAt, skippedBecause } = step;
      const where = zones.length === 1 ? zone : `in ${zones.length} zones`;
      return [
        ...[id, offset, weekday(localDate), localDate, localTime, ...(hasZones ? [where] : [])],
        skippedBecause === undefined ? formatInstant(sendAt) : 'not sent',
        ...(hasPeople ? [people === undefined ? 'who was told' : formatCount(people)] : []),
        ...(hasFinish ? [finishesAt ? formatLocalTime(finishesAt, zone) : 'never'] : []),
      ];
    }),
    [hasZones ? 7 : 6],
  );
}

/** Of a step with very many lines the first and the last; all of them are in --csv and --json. */
function shorten(lines: readonly TimelineLine[]): Array<TimelineLine | string> {
  const byStep = new Map<string, TimelineLine[]>();
  for (const line of lines) byStep.set(line.step.id, [...(byStep.get(line.step.id) ?? []), line]);
  if ([...byStep.values()].every(({ length }) => length <= mostLines)) return [...lines];
  return [...byStep.values()].flatMap((mine) =>
    mine.length <= mostLines
      ? mine
      : [...mine.slice(0, mostLines - 2), `(${mine.length - mostLines + 1} more)`, mine.at(-1) as TimelineLine],
  );
}

function describeShifts(lines: readonly PlanLine[]): string[] {
  const told = lines.flatMap(({ step }) => {
    const { id, shiftedFrom, shiftReason, skippedBecause, localDate } = step;
    if (skippedBecause !== undefined) return [`  ${id} is not sent: ${skippedBecause}`];
    if (shiftReason === undefined) return [];
    const from = shiftedFrom === undefined ? '' : ` from ${weekday(shiftedFrom)} ${shiftedFrom}`;
    return [`  ${id} moved${from} to ${weekday(localDate)} ${localDate}: ${shiftReason}`];
  });
  return [...new Set(told)].slice(0, mostLines);
}

/** `Tue`: a date alone does not say whether it is a working day. */
export function weekday(date: string): string {
  return new Intl.DateTimeFormat('en-GB', { weekday: 'short', timeZone: 'UTC' }).format(new Date(`${date}T00:00:00Z`));
}
