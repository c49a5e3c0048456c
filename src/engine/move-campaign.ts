import type { Campaign } from '../campaign/campaign.js';
import { BadInput } from '../campaign/problem.js';
import type { ConcernCode } from '../campaign/rollout-field.js';
import { usualShift, usualWorth } from '../campaign/step-kind.js';
import type { Calendar } from '../plan/calendar.js';
import { findNextSlot } from '../plan/next-slot.js';
import { planCampaign } from '../plan/plan-campaign.js';
import { resolveWallTime } from '../plan/wall-time.js';
import { compileCampaign, refuseConcerns } from './apply-campaign.js';
import { listToldOtherwise } from './describe-told-dates.js';
import { indexRows } from './index-rows.js';
import { type JudgedPlan, judgePlan, type KnownSender } from './judge-plan.js';
import { layLedgerOver } from './lay-ledger-over.js';
import type { AppliedCampaign, CampaignStore, GroupRow, Regroup, StepSettings } from './ports/campaign-store.js';
import { createRegroup, settleStep, withRings } from './regroup-campaign.js';

export interface MoveInput {
  applied: AppliedCampaign;
  /** The new launch date, `YYYY-MM-DD`. */
  date: string;
  accept: readonly ConcernCode[];
  /** Whether a `launch-moved` mail is to tell those who know another date. */
  tell: boolean;
  calendar: Calendar;
  sender: KnownSender;
  now: Date;
}

/** What becomes of a step of a group: one line of the difference. */
export interface StepMove {
  step: string;
  ring: string;
  zone: string;
  people: number;
  /** `moves`; `stays`, also where it has gone out; `held`, being sent; `past`, not sent by itself; `new`, `removed`. */
  what: 'moves' | 'stays' | 'gone' | 'held' | 'past' | 'new' | 'removed';
  /** Wall time in `zone`; absent where there is none. */
  from?: string;
  to?: string;
  shiftReason?: string;
}

/** What a move would do, for a person to read before it is done. */
export interface MoveProposal {
  from: string;
  to: string;
  expectedVersion: number;
  definition: Campaign;
  plan: JudgedPlan;
  steps: StepSettings[];
  regroup: Regroup;
  moves: StepMove[];
  /** People who were told another launch date than will be theirs, by that date. */
  told: ReadonlyMap<string, number>;
  /** The step that tells them; absent where nobody has to be told, or it is not wanted. */
  launchMoved?: { id: string; date: string; time: string };
  warnings: string[];
  /** Told beside the version. */
  because: string;
  /** Why steps that are being sent are paused. */
  holdSending: string;
}

const pastReason = 'the launch date was moved so that its time had passed';

/**
 * Work out what moving the launch date changes. Nothing is written.
 * @throws BadInput where the date changes nothing, a mail cannot be built, or something must be accepted first
 */
export async function proposeMove(
  { applied, date, accept, tell, calendar, sender, now }: MoveInput,
  campaigns: Pick<CampaignStore, 'groups' | 'countGroups' | 'countTold'>,
): Promise<MoveProposal> {
  const { definition: before, version } = applied;
  const from = before.launch.date;
  if (date === from)
    throw new BadInput(`The launch date of ${before.id} is ${date} already. Nothing has been changed.`);
  refusePast({ ...before.launch, date }, now);
  const rows = await campaigns.groups(before.id, 'counted');
  const moved = withoutPendingNotice({ ...before, launch: { ...before.launch, date } }, rows);
  const told = listToldOtherwise(await campaigns.countTold(before.id), moved, calendar);
  const notice = told.size > 0 && tell ? proposeNotice(moved, calendar, now) : undefined;
  const definition = notice ? { ...moved, steps: [...moved.steps, notice] } : moved;
  const groups = (await campaigns.countGroups(before.id)).filter(({ ring }) =>
    definition.rings.some(({ id }) => id === ring),
  );
  const planned = planCampaign(definition, { calendar, groups: withRings(definition, groups) });
  // What has gone out is no load any more.
  const plan = judgePlan(layLedgerOver(planned, rows), groups, sender);
  refuseConcerns(plan, { accept: [...definition.accept, ...accept] });
  await compileCampaign(definition, plan, applied.content).catch((error: unknown) =>
    explainMissingNotice(error, notice),
  );
  const findRow = indexRows(rows);
  const steps = planned.steps.map((step) => settleStep(step, definition, { findRow, now, past: pastReason }));
  const because = `launch date moved from ${from} to ${date}`;
  return {
    ...{ from, to: date, expectedVersion: version, definition, plan, steps, told, because },
    regroup: createRegroup(definition, calendar, now, pastReason),
    moves: listMoves(rows, steps),
    ...(notice && { launchMoved: { id: notice.id, date: notice.date ?? '', time: notice.time } }),
    warnings: [...plan.warnings, ...plan.concerns.map(({ message }) => message)],
    holdSending: `${because} while it was being sent; what is left waits for a decision: resume it, or cancel it`,
  };
}

function refusePast(launch: Campaign['launch'], now: Date): void {
  if (resolveWallTime(launch).instant > now) return;
  throw new BadInput([
    {
      message: `the launch, ${launch.date} ${launch.time} in ${launch.zone}, would be in the past`,
      hint: 'give a date that is still to come; cancel stops a campaign for good',
    },
  ]);
}

/** A campaign that was applied before there was such a mail has no text for it. */
function explainMissingNotice(error: unknown, notice: Campaign['steps'][number] | undefined): never {
  const isMissing = error instanceof BadInput && /launch-moved\.\S+: this file is missing/.test(error.message);
  if (!notice || !isMissing) throw error;
  throw new BadInput([
    ...error.problems,
    {
      message: 'the pack of this campaign has no launch-moved mail',
      hint: 'apply the campaign again, or move with --no-tell',
    },
  ]);
}

/** A notice of an earlier move that nobody has got is overtaken by this one. */
function withoutPendingNotice(campaign: Campaign, rows: readonly GroupRow[]): Campaign {
  const isGone = (id: string) => rows.some((row) => row.id === id && row.openedAt);
  return { ...campaign, steps: campaign.steps.filter(({ id, kind }) => kind !== 'launch-moved' || isGone(id)) };
}

function proposeNotice(campaign: Campaign, calendar: Calendar, now: Date): Campaign['steps'][number] {
  const kind = 'launch-moved';
  const taken = new Set(campaign.steps.map(({ id }) => id));
  let id: string = kind;
  for (let number = 2; taken.has(id); number += 1) id = `${kind}-${number}`;
  const { date, time } = findNextSlot(now, campaign.launch, calendar);
  return {
    ...{ id, kind, date, time, offset: '0d', template: kind, recipientLocal: false },
    ...{ shift: usualShift[kind], expiresAfter: usualWorth[kind] },
  };
}

function listMoves(rows: readonly GroupRow[], steps: readonly StepSettings[]): StepMove[] {
  const findRow = indexRows(rows);
  const kept = new Set(steps.map(findRow));
  const about = ({ id, group, zone }: Pick<GroupRow, 'id' | 'group' | 'zone'>) => ({
    step: id,
    ring: group.ring,
    zone,
  });
  const changed = steps.map((step): StepMove => {
    const row = findRow(step);
    const to = { ...(step.shiftReason !== undefined && { shiftReason: step.shiftReason }), to: formatWhen(step) };
    if (!row) return { ...about(step), people: 0, what: step.skippedBecause ? 'past' : 'new', ...to };
    const facts = { ...about(step), people: row.people, from: formatWhen(row) };
    if (row.openedAt) return { ...facts, what: row.unsettled > 0 ? 'held' : 'gone' };
    if (step.skippedBecause) return { ...facts, what: 'past', ...to };
    return row.sendAt.getTime() === step.sendAt.getTime()
      ? { ...facts, what: 'stays' }
      : { ...facts, what: 'moves', ...to };
  });
  const removed = rows
    .filter((row) => !row.openedAt && !kept.has(row))
    .map((row): StepMove => ({ ...about(row), people: row.people, what: 'removed', from: formatWhen(row) }));
  return [...changed, ...removed];
}

function formatWhen({ localDate, localTime }: Pick<GroupRow, 'localDate' | 'localTime'>): string {
  return `${localDate} ${localTime}`;
}
