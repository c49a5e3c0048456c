import { readRegistrations } from '../audience/read-registrations.js';
import type { RejectedRow, Table } from '../audience/table.js';
import type { Campaign } from '../campaign/campaign.js';
import type { Plan } from '../campaign/plan.js';
import { BadInput, Unavailable } from '../campaign/problem.js';
import type { LeftOutReason, Registration } from '../campaign/recipient.js';
import { planCampaign } from '../plan/plan-campaign.js';
import type { MailContent } from '../render/mail-content.js';
import { type StepSummary, summariseStep } from '../report/summarise-steps.js';
import { compileCampaign } from './apply-campaign.js';
import { calendarOf } from './campaign-calendar.js';
import { type DeliveryPorts, startWorker } from './deliver.js';
import { dispatchDueSteps } from './dispatch.js';
import { importRecipients, type Rollout } from './import-audience.js';
import type { AudienceStore } from './ports/audience-store.js';
import type { CampaignLists, CampaignStore } from './ports/campaign-store.js';
import type { ListHolidays } from './ports/holidays.js';
import type { ReportStore } from './ports/report-store.js';
import { createRegroup } from './regroup-campaign.js';
import type { SimulatedClock } from './simulated-clock.js';
import { listSettings } from './step-settings.js';

export interface SimulatePorts extends DeliveryPorts {
  campaigns: CampaignStore;
  audience: AudienceStore;
  reports: ReportStore;
  clock: SimulatedClock;
  listHolidays: ListHolidays;
}

export interface SimulationInput {
  campaign: Campaign;
  content: MailContent;
  lists: CampaignLists;
  recipients: Table;
  /** A `registeredAt` column lets people register while the campaign runs. */
  registrations?: Table | undefined;
  acceptRejects: boolean;
}

export interface Simulation {
  campaign: string;
  audience: number;
  leftOut: Partial<Record<LeftOutReason, number>>;
  steps: StepSummary[];
  /** Not part of the counts: rows that name somebody twice, and registrations of nobody. */
  merged: number;
  nobody: number;
}

/** What the clock has reached, for a progress line. */
export interface SimulationMoment {
  now: Date;
  /** Messages that have come to their end. */
  settled: number;
  registered: number;
}

/** Zones are up to 26 hours apart. */
const leadMs = 2 * 86_400_000;
/** So many moves of the clock without one message settled: the server takes nothing any more. */
const movesWithoutProgress = 50;

/**
 * Play a campaign from its first step to its last: the real engine, queue, database and SMTP, on a clock that jumps
 * from one event to the next. It belongs into a database of its own.
 */
export async function simulateCampaign(
  input: SimulationInput,
  ports: SimulatePorts,
  onMoment: (moment: SimulationMoment) => void = () => {},
): Promise<Simulation> {
  const { content, lists } = input;
  // Gates are opened by people and by figures that a simulation does not have.
  const campaign = { ...input.campaign, rings: input.campaign.rings.map(({ gate: _, ...ring }) => ring) };
  const calendar = await calendarOf(campaign, lists, ports.listHolidays);
  const plan = planCampaign(campaign, { calendar });
  await compileCampaign(campaign, plan, content);
  const registrations = await readAllRegistrations(input);
  const start = startOf(plan);
  ports.clock.moveTo(new Date(start));

  const saved = await ports.campaigns.save({
    ...{ definition: campaign, plan, content, lists, steps: listSettings(plan, campaign) },
    ...{ expectedVersion: 0, now: new Date(start) },
  });
  if (!saved) throw new Error('the simulation needs a database of its own');
  const rollout = { lists, now: new Date(start), regroup: createRegroup(campaign, calendar, new Date(0), '') };
  const imported = await importPeople(input, rollout, ports.audience);

  const learn = createLearner(campaign.id, registrations, ports);
  let nobody = await learn(new Date(start));
  const worker = startWorker(ports);
  try {
    let idleMoves = 0;
    let settledBefore = 0;
    for (let next = await ports.ledger.nextDue(new Date(start)); next; next = await ports.ledger.nextDue(next)) {
      ports.clock.moveTo(next);
      nobody += await learn(next);
      await settleEverythingDue(ports, next, async () =>
        onMoment({ now: next as Date, ...(await countMoment(campaign.id, ports)) }),
      );
      const moment = await countMoment(campaign.id, ports);
      onMoment({ now: next, ...moment });
      idleMoves = moment.settled === settledBefore ? idleMoves + 1 : 0;
      settledBefore = moment.settled;
      if (idleMoves > movesWithoutProgress)
        throw new Unavailable('The SMTP server stopped taking mail: the simulation cannot go on.');
    }
  } finally {
    await worker.stop();
  }
  const counts = await ports.reports.counts(campaign.id);
  return {
    campaign: campaign.id,
    audience: imported.audience,
    leftOut: imported.leftOut,
    steps: counts.map(summariseStep),
    merged: imported.mergedCount,
    nobody,
  };
}

/** Early enough to see the first step coming, also from the zone that comes first. */
function startOf({ steps }: Plan): number {
  return Math.min(...steps.map(({ sendAt }) => sendAt.getTime())) - leadMs;
}

/** Tick and wait until nothing is due, claimed or being sent at this instant. */
async function settleEverythingDue(ports: SimulatePorts, now: Date, onWait: () => Promise<void>): Promise<void> {
  for (;;) {
    await dispatchDueSteps({ ...ports, reconfirm: ports });
    for (let wait = 0; wait < 20; wait += 1) {
      if ((await ports.ledger.countUnsettled(now)) === 0) return;
      await new Promise((done) => setTimeout(done, 25));
    }
    await onWait();
  }
}

async function countMoment(campaignId: string, { reports, audience }: SimulatePorts) {
  const counts = await reports.counts(campaignId);
  const settled = counts.reduce(
    (sum, { states }) => sum + states.sent + states.failed + states.uncertain + states.suppressed,
    0,
  );
  return { settled, registered: (await audience.count(campaignId)).registered };
}

async function importPeople(
  { campaign, recipients, acceptRejects }: SimulationInput,
  rollout: Rollout,
  store: AudienceStore,
) {
  const report = await importRecipients(
    recipients,
    { campaign, rollout, mode: 'replace', acceptRejects, acceptShrink: true, keepRejects: async () => {} },
    store,
  );
  if (report.refusedBecause === 'rejects') refuseRejects(report.rejects, false);
  if (report.refusedBecause === 'empty') {
    throw new BadInput([
      {
        file: recipients.file,
        message: 'nobody in this list is in the audience',
        hint: 'see who is left out, and why, with: fanfare plan',
      },
    ]);
  }
  return report.seen;
}

async function readAllRegistrations({
  registrations,
  campaign,
  acceptRejects,
}: SimulationInput): Promise<Registration[]> {
  if (!registrations) return [];
  const all: Registration[] = [];
  const rejects: RejectedRow[] = [];
  for await (const row of readRegistrations(registrations, { goalField: campaign.goal.field })) {
    if ('reject' in row) rejects.push(row);
    else all.push(row.registration);
  }
  refuseRejects(rejects, acceptRejects);
  // In the order in which they come to be known; those without an instant are known from the start.
  return all.sort((a, b) => (a.registeredAt?.getTime() ?? 0) - (b.registeredAt?.getTime() ?? 0));
}

function refuseRejects(rejects: RejectedRow[], accept: boolean): void {
  if (rejects.length === 0 || accept) return;
  throw new BadInput([
    ...rejects.slice(0, 20).map(({ reject }) => reject),
    {
      message: rejects.length === 1 ? '1 row cannot be used' : `${rejects.length} rows cannot be used`,
      hint: `mend ${rejects.length === 1 ? 'it' : 'them'}, or say --accept-rejects to go on without`,
    },
  ]);
}

/** Hands the engine what has become known by `now`; the data is as fresh as the moment. Returns rows of nobody. */
function createLearner(campaignId: string, registrations: Registration[], { audience }: SimulatePorts) {
  let known = 0;
  return async (now: Date): Promise<number> => {
    const from = known;
    while (known < registrations.length && (registrations[known]?.registeredAt ?? now) <= now) known += 1;
    const news = registrations.slice(from, known);
    async function* rows(): AsyncGenerator<Registration> {
      yield* news;
    }
    const result = await audience.importRegistrations(campaignId, rows(), {
      ...{ asOf: () => now, source: 'simulation', now },
      consent: async () => true,
    });
    return result?.nobody.count ?? 0;
  };
}
