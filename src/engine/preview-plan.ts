import { gatherAudience } from '../audience/gather-audience.js';
import { matchRegistrations } from '../audience/match-registrations.js';
import { readRecipients } from '../audience/read-recipients.js';
import { readRegistrations } from '../audience/read-registrations.js';
import type { RejectedRow, Table } from '../audience/table.js';
import { type Campaign, isOnlyForUnregistered } from '../campaign/campaign.js';
import type { Plan } from '../campaign/plan.js';
import type { LeftOutReason } from '../campaign/recipient.js';
import { planCampaign } from '../plan/plan-campaign.js';
import { describeNamelessPeople } from './describe-nameless-people.js';

/** A plan with the people in it, computed without a database. */
export interface PlanPreview {
  plan: Plan;
  /** People each step would go to as things stand; absent without a list. */
  recipients?: ReadonlyMap<string, number>;
  audience?: {
    count: number;
    leftOut: Readonly<Record<LeftOutReason, number>>;
    merged: number;
    header: readonly string[];
  };
  registrations?: { count: number; registered: number; nobody: number[] };
  rejects: RejectedRow[];
  /** Sentences about the lists. */
  warnings: string[];
}

export async function previewPlan(
  campaign: Campaign,
  lists: { recipients?: Table | undefined; registrations?: Table | undefined },
): Promise<PlanPreview> {
  const plan = planCampaign(campaign);
  if (!lists.recipients) return { plan, rejects: [], warnings: [] };
  const { recipients, outside, leftOut, merged, rejects } = await gatherAudience(
    readRecipients(lists.recipients, campaign.audience),
  );
  const audience = { count: recipients.length, leftOut, merged: merged.length, header: lists.recipients.header };
  const registered = new Set<string>();
  let registrations: PlanPreview['registrations'];
  if (lists.registrations) {
    const matcher = matchRegistrations([...recipients, ...outside]);
    registrations = { count: 0, registered: 0, nobody: [] };
    for await (const row of readRegistrations(lists.registrations, { goalField: campaign.goal.field })) {
      if ('reject' in row) {
        rejects.push(row);
        continue;
      }
      registrations.count += 1;
      const person = matcher.find(row.registration);
      if (!person) registrations.nobody.push(row.line);
      else if (row.registration.registered && !person.leftOut) registered.add(person.personKey);
    }
    registrations.registered = registered.size;
  }
  const sizeOf = (kind: (typeof plan.steps)[number]['kind']) =>
    recipients.length - (isOnlyForUnregistered(kind) ? registered.size : 0);
  return {
    plan,
    recipients: new Map(plan.steps.map(({ id, kind }) => [id, sizeOf(kind)])),
    audience,
    ...(registrations && { registrations }),
    rejects,
    warnings: describeNamelessPeople(
      recipients.length,
      recipients.filter(({ firstName }) => firstName === undefined).length,
      lists.recipients,
    ),
  };
}
