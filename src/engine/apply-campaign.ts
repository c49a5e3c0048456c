import { type Campaign, isOnlyForUnregistered } from '../campaign/campaign.js';
import type { Plan, PlannedStep } from '../campaign/plan.js';
import { BadInput } from '../campaign/problem.js';
import { parseAge, parseShare } from '../campaign/quantity.js';
import { planCampaign } from '../plan/plan-campaign.js';
import { resolveWallTime } from '../plan/wall-time.js';
import { compileStep } from '../render/compile-step.js';
import type { CompiledStep, MailContent } from '../render/mail-content.js';
import { expiresAfterMs, uncertainPolicyOf } from '../send/decide-verdict.js';
import { describeChanges, describeSkips } from './describe-changes.js';
import { describeToldDates } from './describe-told-dates.js';
import type { AppliedCampaign, CampaignStore, Canary, StepRow, StepSettings } from './ports/campaign-store.js';
import type { ReportStore } from './ports/report-store.js';

interface ApplyPorts {
  campaigns: Pick<CampaignStore, 'find' | 'steps'>;
  reports: Pick<ReportStore, 'counts'>;
}

/** What an apply would do, for a person to read before it is done. */
export interface Proposal {
  definition: Campaign;
  plan: Plan;
  content: MailContent;
  steps: StepSettings[];
  /** 0: the campaign is new. */
  expectedVersion: number;
  /** Sentences; empty where nothing would change. */
  changes: string[];
  warnings: string[];
}

/**
 * Work out what applying a campaign file changes. Nothing is written.
 * @throws BadInput where the launch date is in the past, or a mail cannot be built
 */
export async function proposeCampaign(
  definition: Campaign,
  content: MailContent,
  { campaigns, reports, now }: ApplyPorts & { now: Date },
): Promise<Proposal> {
  const applied = await campaigns.find(definition.id);
  refusePastLaunch(definition, applied, now);
  const rows = applied ? await campaigns.steps(definition.id) : [];
  const lasting = keepOpenedSteps(definition, applied, rows);
  const plan = planCampaign(lasting);
  const compiled = await compileCampaign(lasting, plan, content);
  const counts = rows.some(({ openedAt }) => openedAt) ? await reports.counts(definition.id) : [];
  const steps = plan.steps.map((step) => settleStep(step, rows, now));
  return {
    ...{ definition: lasting, plan, content, steps },
    expectedVersion: applied?.version ?? 0,
    changes: describeChanges({ definition, content, steps: steps.filter(isIn(definition)), applied, rows }),
    warnings: [
      ...plan.warnings,
      ...new Set(compiled.flatMap(({ warnings }) => warnings)),
      ...describeSkips(steps, rows),
      ...(applied ? describeToldDates(applied.plan, plan, { rows, counts }) : []),
    ],
  };
}

/** A step that has begun stays, also where the file has dropped it: some of its messages may still have to go out. */
function keepOpenedSteps(definition: Campaign, applied: AppliedCampaign | undefined, rows: StepRow[]): Campaign {
  const begun = (applied?.definition.steps ?? []).filter(({ id }) => rows.some((row) => row.id === id && row.openedAt));
  return { ...definition, steps: [...definition.steps, ...begun.filter((step) => !isIn(definition)(step))] };
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
    try {
      compiled.push(await compileStep({ campaign: definition, plan, step: id, content }));
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

/** The engine's settings of a planned step. */
export function settingsOf(step: PlannedStep): StepSettings {
  const onlyUnregistered = isOnlyForUnregistered(step.kind);
  const { canary, onUncertain, expiresAfter, ...planned } = step;
  const worthMs = expiresAfter === undefined ? expiresAfterMs(onlyUnregistered) : parseAge(expiresAfter);
  return {
    ...planned,
    onlyUnregistered,
    onUncertain: onUncertain ?? uncertainPolicyOf(onlyUnregistered),
    expiresAt: new Date(step.sendAt.getTime() + worthMs),
    ...(canary && { canary: canaryOf(canary) }),
  };
}

function canaryOf({ first, wait, maxFailures }: NonNullable<PlannedStep['canary']>): Canary {
  return {
    ...(typeof first === 'number' ? { count: first } : { share: parseShare(first) }),
    ...{ waitMs: parseAge(wait), maxFailures: parseShare(maxFailures) },
  };
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

/** A step whose time has passed before anybody applied it is not sent late without a word: it is skipped. */
function settleStep(step: PlannedStep, rows: StepRow[], now: Date): StepSettings {
  const known = rows.find(({ id }) => id === step.id);
  const alreadyDue = known && !known.skippedBecause && known.sendAt.getTime() === step.sendAt.getTime();
  if (step.sendAt > now || alreadyDue || known?.openedAt) return settingsOf(step);
  return { ...settingsOf(step), skippedBecause: 'its time had passed when the campaign was applied' };
}
