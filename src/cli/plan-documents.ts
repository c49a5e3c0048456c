import type { Campaign } from '../campaign/campaign.js';
import type { JudgedPlan } from '../engine/judge-plan.js';
import { formatInstant } from '../report/summarise-steps.js';
import { mergeGroups } from './format-plan.js';

export interface PlanDocument {
  campaign: Campaign;
  plan: JudgedPlan;
  hasPeople: boolean;
  /** Of an applied campaign. */
  version?: number | undefined;
  warnings: string[];
}

/** These names are an interface: keep them stable. One entry a step and group. */
export function formatPlanJson({ plan, hasPeople, version, warnings }: PlanDocument): string {
  const { campaign, launch } = plan;
  const steps = mergeGroups(plan, hasPeople).map(({ step, people, finishesAt, places }) => {
    const { id, kind, offset, localDate, localTime, zone, sendAt, group, launchDate, canary } = step;
    const { shiftedFrom, shiftReason, skippedBecause } = step;
    return {
      ...{ id, kind, offset, localDate, localTime, zone },
      sendAt: formatInstant(sendAt),
      ...{ ring: group.ring, launchDate },
      ...(places.some((place) => place !== '') && { places }),
      ...(shiftedFrom !== undefined && { shiftedFrom }),
      ...(shiftReason !== undefined && { shiftReason }),
      ...(skippedBecause !== undefined && { skippedBecause }),
      recipients: people ?? null,
      finishesAt: finishesAt ? formatInstant(finishesAt) : null,
      ...(canary && { canary }),
    };
  });
  const concerns = plan.concerns.map(({ code, message, hint }) => ({ code, message, hint }));
  return JSON.stringify({ campaign, version: version ?? null, launch, steps, concerns, warnings }, null, 2);
}

const csvHead = [
  ...['campaign', 'step', 'kind', 'ring', 'zone', 'localDate', 'localTime', 'sendAt', 'launchDate', 'recipients'],
  ...['finishesAt', 'shiftedFrom', 'shiftReason', 'notSentBecause'],
];

export function formatPlanCsv({ plan, hasPeople }: PlanDocument, formatRow: (cells: string[]) => string): string {
  const rows = mergeGroups(plan, hasPeople).map(({ step, people, finishesAt }) => [
    ...[plan.campaign, step.id, step.kind, step.group.ring, step.zone, step.localDate, step.localTime],
    ...[formatInstant(step.sendAt), step.launchDate, people === undefined ? '' : String(people)],
    finishesAt ? formatInstant(finishesAt) : '',
    ...[step.shiftedFrom ?? '', step.shiftReason ?? '', step.skippedBecause ?? ''],
  ]);
  return [csvHead, ...rows].map((cells) => formatRow(cells)).join('\n');
}

/** For a calendar: what goes when, and until when it takes. */
export function listPlanEvents({ campaign, plan, hasPeople }: PlanDocument) {
  return mergeGroups(plan, hasPeople)
    .filter(({ step, people }) => step.skippedBecause === undefined && people !== 0)
    .map(({ step, people, finishesAt }) => {
      const { id, group, zone, sendAt, localDate, localTime, shiftReason } = step;
      const ring = campaign.rings.length > 1 ? `, ring ${group.ring}` : '';
      const who = people === undefined ? '' : `, ${people} people`;
      return {
        uid: `${campaign.id}.${id}.${group.ring}.${zone}.${sendAt.getTime()}@fanfare`.replaceAll('/', '-'),
        start: sendAt,
        ...(finishesAt && finishesAt > sendAt && { end: finishesAt }),
        summary: `${campaign.name}: ${id}${ring}${who}`,
        description: `${id} of ${campaign.id} at ${localDate} ${localTime} (${zone})${shiftReason ? `; moved: ${shiftReason}` : ''}`,
      };
    });
}
