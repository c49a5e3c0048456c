import type { Campaign } from '../campaign/campaign.js';
import type { Plan, PlannedStep } from '../campaign/plan.js';
import { BadInput } from '../campaign/problem.js';
import { addDays, type Calendar } from '../plan/calendar.js';
import { planCampaign } from '../plan/plan-campaign.js';
import { resolveWallTime } from '../plan/wall-time.js';
import { compileStep } from '../render/compile-step.js';
import type { CompiledStep, MailContent } from '../render/mail-content.js';
import { describeChanges, describeSkips } from './describe-changes.js';
import { describeToldDates } from './describe-told-dates.js';
import { indexRows } from './index-rows.js';
import { judgePlan, type KnownSender } from './judge-plan.js';
import type {
  AppliedCampaign,
  CampaignLists,
  CampaignStore,
  Regroup,
  StepRow,
  StepSettings,
} from './ports/campaign-store.js';
import type { ReportStore } from './ports/report-store.js';
import { createRegroup, settleStep, withRings } from './regroup-campaign.js';

export interface ApplyPorts {
  campaigns: Pick<CampaignStore, 'find' | 'steps' | 'groups' | 'countGroups' | 'countTold' | 'versions'>;
  reports: Pick<ReportStore, 'counts'>;
  now: Date;
}

/** What a campaign is applied with, beside its file. */
export interface ApplyFacts {
  content: MailContent;
  lists: CampaignLists;
  calendar: Calendar;
  sender: KnownSender;
}

/** What an apply would do, for a person to read before it is done. */
export interface Proposal {
  definition: Campaign;
  plan: Plan;
  content: MailContent;
  lists: CampaignLists;
  steps: StepSettings[];
  /** 0: the campaign is new. */
  expectedVersion: number;
  /** How its people meet the plan. */
  regroup: Regroup;
  /** Sentences; empty where nothing would change. */
  changes: string[];
  warnings: string[];
}

const pastReason = 'its time had passed when the campaign was applied';

/**
 * Work out what applying a campaign file changes. Nothing is written.
 * @throws BadInput where the launch date is in the past, a mail cannot be built, or something must be accepted first
 */
export async function proposeCampaign(definition: Campaign, facts: ApplyFacts, ports: ApplyPorts): Promise<Proposal> {
  const { campaigns, reports, now } = ports;
  const { content, lists, calendar } = facts;
  const applied = await campaigns.find(definition.id);
  refusePastLaunch(definition, applied, now);
  if (applied) await refuseMovingBack(definition, applied, campaigns);
  const [steps, rows] = applied
    ? [await campaigns.steps(definition.id), await campaigns.groups(definition.id)]
    : [[], []];
  const lasting = keepOpenedSteps(definition, applied, steps);
  const groups = applied ? await campaigns.countGroups(definition.id) : [];
  const known = groups.filter(({ ring }) => lasting.rings.some(({ id }) => id === ring));
  const plan = judgePlan(planCampaign(lasting, { calendar, groups: withRings(lasting, known) }), known, facts.sender);
  refuseConcerns(plan, lasting);
  const compiled = await compileCampaign(lasting, plan, content);
  const counts = steps.some(({ openedAt }) => openedAt) ? await reports.counts(definition.id) : [];
  const findRow = indexRows(rows);
  const settings = plan.steps.map((step) => settleStep(step, lasting, { findRow, now, past: pastReason }));
  const shown = firstOfEach(settings);
  return {
    ...{ definition: lasting, plan, content, lists, steps: settings },
    expectedVersion: applied?.version ?? 0,
    regroup: createRegroup(lasting, calendar, now, pastReason),
    changes: describeChanges({
      definition,
      content,
      lists,
      steps: shown.filter(isIn(definition)),
      applied,
      rows: steps,
    }),
    warnings: [
      ...plan.warnings,
      ...plan.concerns.map(({ message }) => message),
      ...new Set(compiled.flatMap(({ warnings }) => warnings)),
      ...describeSkips(shown, steps),
      ...(applied
        ? describeToldDates(await campaigns.countTold(definition.id), {
            before: applied,
            after: lasting,
            calendar,
            counts,
          })
        : []),
    ],
  };
}

/** A step as a whole is told of at the time of its first group that is sent at all. */
function firstOfEach(steps: readonly StepSettings[]): StepSettings[] {
  const ids = [...new Set(steps.map(({ id }) => id))];
  return ids.flatMap((id) => {
    const groups = steps.filter((step) => step.id === id);
    return groups.find(({ skippedBecause }) => skippedBecause === undefined) ?? groups.slice(0, 1);
  });
}

/** @throws BadInput where something must be accepted first: with the figures and the ways out. */
export function refuseConcerns({ concerns }: Plan, { accept }: Pick<Campaign, 'accept'>): void {
  const open = concerns.filter(({ code }) => !accept.includes(code));
  if (open.length > 0) throw new BadInput(open.map(({ message, hint }) => ({ message, hint })));
}

/** A step that has begun stays, also where the file has dropped it: some of its messages may still have to go out. */
function keepOpenedSteps(definition: Campaign, applied: AppliedCampaign | undefined, rows: StepRow[]): Campaign {
  // The notice of a move belongs to no file: it stays while the date is the one that it tells of.
  const isPendingNotice = (kind: string) =>
    kind === 'launch-moved' && applied?.definition.launch.date === definition.launch.date;
  const begun = (applied?.definition.steps ?? [])
    .filter(({ id, kind }) => isPendingNotice(kind) || rows.some((row) => row.id === id && row.openedAt))
    .filter((step) => !isIn(definition)(step));
  // With what such a step counts from.
  const keeps = (kind: string) => begun.some((step) => step.kind === kind);
  const { enforcement, reconfirmation } = applied?.definition ?? {};
  return {
    ...definition,
    ...(keeps('last-call') && !definition.enforcement && { enforcement }),
    ...(keeps('reconfirmation') && !definition.reconfirmation && { reconfirmation }),
    steps: [...definition.steps, ...begun],
  };
}

function isIn({ steps }: Campaign): (step: { id: string }) => boolean {
  return ({ id }) => steps.some((step) => step.id === id);
}

/** Build every mail of the campaign in every locale: what cannot be sent is refused before anything is stored. */
export async function compileCampaign(definition: Campaign, plan: Plan, content: MailContent): Promise<CompiledStep[]> {
  const compiled: CompiledStep[] = [];
  const problems = [];
  const seen = new Set<string>();
  for (const { id } of definition.steps) {
    const planned = plan.steps.find((step) => step.id === id);
    if (!planned) continue;
    try {
      compiled.push(await compileStep({ campaign: definition, step: id, dates: exampleDates(planned), content }));
    } catch (error) {
      if (!(error instanceof BadInput)) throw error;
      // Two steps that share a template share its mistakes.
      problems.push(...error.problems.filter((problem) => !seen.has(JSON.stringify(problem))));
      for (const problem of error.problems) seen.add(JSON.stringify(problem));
    }
  }
  if (problems.length > 0) throw new BadInput(problems);
  return compiled;
}

/** The dates of a step's first group; a launch that has moved needs one it has moved from. */
export function exampleDates(step: PlannedStep) {
  const { localDate, launchDate, registerBy, enforcedFrom, kind } = step;
  return {
    ...{ localDate, launchDate, registerBy },
    ...(enforcedFrom !== undefined && { enforcedFrom }),
    ...(kind === 'launch-moved' && { toldDate: addDays(launchDate, -7) }),
  };
}

/** `move` does not rewrite the file: applied as it is, it would undo what somebody decided since. */
async function refuseMovingBack(
  { id, launch }: Campaign,
  { definition }: AppliedCampaign,
  campaigns: Pick<CampaignStore, 'versions'>,
): Promise<void> {
  const now = definition.launch.date;
  if (launch.date === now) return;
  const moves = (await campaigns.versions(id)).filter(({ because }) => because.startsWith('launch date moved'));
  if (moves.length === 0) return;
  throw new BadInput([
    {
      field: 'launch.date',
      message: `the file says ${launch.date}, and fanfare move has set ${now} since`,
      hint: `write ${now} into the file; to move the launch again: fanfare move ${id} ${launch.date}`,
    },
  ]);
}

function refusePastLaunch({ launch }: Campaign, applied: AppliedCampaign | undefined, now: Date): void {
  const before = applied?.definition.launch;
  const unchanged = before && before.date === launch.date && before.time === launch.time && before.zone === launch.zone;
  // A running campaign may be applied again, to correct a text.
  if (unchanged || resolveWallTime(launch).instant > now) return;
  throw new BadInput([
    {
      field: 'launch.date',
      message: `the launch, ${launch.date} ${launch.time} in ${launch.zone}, is in the past`,
      hint: 'set a launch date that is still to come; plan, preview and simulate take any date',
    },
  ]);
}
