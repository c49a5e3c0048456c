import { matchRegistrations } from '../audience/match-registrations.js';
import { createPlacer } from '../audience/place-person.js';
import { readRegistrations } from '../audience/read-registrations.js';
import type { Table } from '../audience/table.js';
import type { Campaign } from '../campaign/campaign.js';
import type { Group, Plan } from '../campaign/plan.js';
import { BadInput } from '../campaign/problem.js';
import type { Recipient } from '../campaign/recipient.js';
import type { StepKind } from '../campaign/step-kind.js';
import type { Calendar } from '../plan/calendar.js';
import { explainPerson, type PersonStep } from '../plan/explain-person.js';
import { launchDateOf } from '../plan/group-dates.js';
import { planCampaign } from '../plan/plan-campaign.js';
import { spreadLaunches } from '../plan/spread-launches.js';
import { findPerson } from './find-person.js';
import { indexRows } from './index-rows.js';
import type { KnownSender } from './judge-plan.js';
import { layLedgerOver } from './lay-ledger-over.js';
import type { AppliedCampaign, CampaignLists, CampaignStore, KnownPerson } from './ports/campaign-store.js';
import { previewPlan } from './preview-plan.js';

/** What one person gets, when and why, and what not and why not. Instants are ISO 8601 in UTC. */
export interface Explanation {
  person: string;
  leftOut?: string;
  ring?: string;
  zone?: string;
  launchDate?: string;
  registeredAt?: string;
  ringMoves: Array<{ from: string; to: string; because: string; at: string }>;
  steps: Array<{
    step: string;
    kind: string;
    /** Null: not sent. */
    dueAt: string | null;
    because: string;
    /** What has become of it already. */
    became?: string;
  }>;
}

/** From lists, before anything is kept. */
export async function explainListed(input: {
  campaign: Campaign;
  lists: CampaignLists;
  calendar: Calendar;
  sender: KnownSender;
  person: string;
  recipients: Table;
  registrations: Table | undefined;
  /** A table is read once: the list is needed again where days are drawn by lot. */
  reopen: () => Promise<Table>;
}): Promise<Explanation> {
  const { campaign, lists, calendar, registrations } = input;
  const person = await findPerson(input.person, input.recipients, campaign, '--explain');
  const { header } = input.recipients;
  const { ring, zone, place, lot } = createPlacer(campaign, header, lists.rings)(person).placement;
  const tranche = campaign.newPerDay === undefined ? 0 : await findDay(input, { ring, lot });
  const group = { ring, tranche, zone, place };
  const registeredAt = registrations && (await findRegistration(person, registrations, campaign));
  const plan = planCampaign(campaign, { calendar, groups: [group] });
  const steps = explainPerson({ group, ...(registeredAt && { registeredAt }) }, plan, campaign, calendar);
  return describe(input.person, { campaign, group, registeredAt, steps, plan, calendar });
}

/** On which of its ring's days a person launches. */
async function findDay(
  { campaign, lists, calendar, sender, reopen }: Parameters<typeof explainListed>[0],
  { ring, lot }: { ring: string; lot: number },
): Promise<number> {
  const preview = await previewPlan(campaign, { lists, calendar, sender }, { recipients: await reopen() });
  const people = preview.audience?.peopleByRing ?? new Map<string, number>();
  const before = preview.audience?.countBefore(ring, lot) ?? 0;
  let sum = 0;
  for (const [day, size] of (spreadLaunches(campaign, people, calendar).get(ring) ?? []).entries()) {
    sum += size;
    if (before < sum) return day;
  }
  return 0;
}

/** When the person registered; before everything, where the list does not say. */
async function findRegistration(person: Recipient, table: Table, campaign: Campaign): Promise<Date | undefined> {
  const matcher = matchRegistrations([person]);
  for await (const row of readRegistrations(table, { goalField: campaign.goal.field })) {
    if ('reject' in row || !row.registration.registered || !matcher.find(row.registration)) continue;
    return row.registration.registeredAt ?? new Date(0);
  }
  return undefined;
}

/** Of a campaign in the ledger: with what has become of it already. */
export async function explainApplied(
  { applied, calendar, person: wanted }: { applied: AppliedCampaign; calendar: Calendar; person: string },
  { campaigns }: { campaigns: Pick<CampaignStore, 'findPerson' | 'groups' | 'rings'> },
): Promise<Explanation> {
  const { definition: campaign } = applied;
  const person = await campaigns.findPerson(campaign.id, wanted);
  if (!person)
    throw new BadInput([
      {
        field: '--explain',
        message: `"${wanted}" is nobody's address or sign-in name in ${campaign.id}`,
        hint: 'see: fanfare report ID --csv',
      },
    ]);
  if (person.leftOut !== undefined) return { person: wanted, leftOut: person.leftOut, ringMoves: [], steps: [] };
  const { group, registeredAt } = person;
  const plan = planCampaign(campaign, { calendar, groups: [group] });
  const rows = await campaigns.groups(campaign.id);
  const findRow = indexRows(rows);
  const gate = (await campaigns.rings(campaign.id)).find(({ ring }) => ring === group.ring)?.waitsFor;
  const known = layLedgerOver(plan, rows);
  const steps = explainPerson({ group, ...(registeredAt && { registeredAt }) }, known, campaign, calendar).map(
    (told) => {
      if (told.step.kind === 'launch-moved' && !told.step.skippedBecause) return explainNotice(told, person.toldDate);
      const isOpen = findRow(told.step)?.openedAt !== undefined;
      if (told.step.kind === 'launch-moved' && !told.step.skippedBecause) return explainNotice(told, person.toldDate);
      return gate !== undefined && !isOpen && isGated(told.step.kind)
        ? { ...told, because: `${told.because}; ${gate}` }
        : told;
    },
  );
  return describe(wanted, { campaign, group, registeredAt, steps, plan, calendar, person });
}

/** Announcements may go before a gate opens; `is_gated` in the ledger says the same. */
function isGated(kind: StepKind): boolean {
  return kind !== 'coming-soon' && kind !== 'launch-moved';
}

/** Who was told another launch date gets the notice of the move. */
function explainNotice({ step, because }: PersonStep, toldDate: string | undefined): PersonStep {
  if (toldDate === undefined || toldDate === step.launchDate) return { step, because };
  return { step, dueAt: step.sendAt, because: `was told ${toldDate}, and launches on ${step.launchDate}` };
}

function describe(
  person: string,
  facts: {
    campaign: Campaign;
    group: Group;
    registeredAt: Date | undefined;
    steps: PersonStep[];
    plan: Plan;
    calendar: Calendar;
    person?: KnownPerson;
  },
): Explanation {
  const { campaign, group, registeredAt, calendar, steps } = facts;
  const became = new Map(facts.person?.messages.map((message) => [message.step, message]));
  return {
    person,
    ring: group.ring,
    zone: group.zone || campaign.launch.zone,
    launchDate: launchDateOf(campaign, group, calendar),
    ...(registeredAt && { registeredAt: registeredAt.toISOString() }),
    ringMoves: (facts.person?.ringMoves ?? []).map(({ at, ...move }) => ({ ...move, at: at.toISOString() })),
    steps: steps.map(({ step, dueAt, because }) => {
      const message = became.get(step.id);
      const when = message?.settledAt ?? message?.dueAt ?? dueAt;
      return {
        ...{ step: step.id, kind: step.kind, dueAt: when?.toISOString() ?? null, because },
        ...(message && { became: describeMessage(message) }),
      };
    }),
  };
}

function describeMessage({ state, reason }: KnownPerson['messages'][number]): string {
  return reason === undefined || reason === '' ? state : `${state}: ${reason}`;
}
