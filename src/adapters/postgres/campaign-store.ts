import { type Campaign, campaignSchema } from '../../campaign/campaign.js';
import type { OpenSpan, Plan, PlannedStep } from '../../campaign/plan.js';
import type {
  AppliedCampaign,
  CampaignLists,
  CampaignStore,
  StepRow,
  ToldPeople,
} from '../../engine/ports/campaign-store.js';
import type { MailContent } from '../../render/mail-content.js';
import { findPerson } from './find-person.js';
import { inTransaction, type Pool } from './pool.js';
import { countTickets, letRingGo, listRings, moveToRing } from './rings.js';
import { saveCampaign } from './save-campaign.js';
import { countGroups, listGroups } from './step-groups.js';
import { withoutNulls } from './without-nulls.js';

interface CampaignRow {
  definition: Campaign;
  plan: Plan;
  content: MailContent;
  lists: CampaignLists;
  version: number;
  registrations_as_of: Date | null;
}

export function createCampaignStore(pool: Pool): CampaignStore {
  return {
    async find(id) {
      const { rows } = await pool.query<CampaignRow>(
        'SELECT definition, plan, content, lists, version, registrations_as_of FROM campaigns WHERE id = $1',
        [id],
      );
      return rows[0] && readCampaignRow(rows[0]);
    },

    async list() {
      const { rows } = await pool.query<{ id: string; name: string; launchDate: string; zone: string }>(
        `SELECT id, definition->>'name' AS name, definition->'launch'->>'date' AS "launchDate",
                definition->'launch'->>'zone' AS zone
         FROM campaigns ORDER BY definition->'launch'->>'date', id`,
      );
      return rows;
    },

    save: (input) => inTransaction(pool, (client) => saveCampaign(client, input)),
    moveToRing: (input) => inTransaction(pool, (client) => moveToRing(client, input)),
    letRingGo: (target, because, now) => letRingGo(pool, target, because, now),
    countTickets: (target, tickets, now) => countTickets(pool, target, tickets, now),
    rings: (campaignId) => listRings(pool, campaignId),

    async steps(campaignId) {
      const { rows } = await pool.query<StepRow>(
        `SELECT ${stepColumns}, shown_hold_of(s, clock_timestamp()) AS "heldBecause"
         FROM steps s WHERE campaign_id = $1 ORDER BY send_at, key`,
        [campaignId],
      );
      return rows.map(withoutNulls);
    },

    groups: (campaignId, counted) => listGroups(pool, campaignId, counted),
    countGroups: (campaignId) => countGroups(pool, campaignId),

    async countTold(campaignId) {
      const { rows } = await pool.query<ToldPeople>(
        `WITH told AS (
           SELECT DISTINCT ON (m.recipient_id) m.recipient_id, m.told_date
           FROM messages m WHERE m.step_key IN (SELECT key FROM steps WHERE campaign_id = $1) AND m.told_date IS NOT NULL
             AND m.state IN ('sending', 'sent', 'uncertain')
           ORDER BY m.recipient_id, CASE WHEN m.state = 'sent' THEN m.settled_at ELSE m.dated_at END DESC)
         SELECT r.ring, r.tranche, r.place, t.told_date AS "toldDate", count(*) AS people
         FROM told t JOIN recipients r ON r.id = t.recipient_id WHERE r.left_out IS NULL GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4`,
        [campaignId],
      );
      return rows;
    },

    findPerson: (campaignId, address) => findPerson(pool, campaignId, address),

    async versions(campaignId) {
      const { rows } = await pool.query<{ version: number; because: string; appliedAt: Date; launchDate: string }>(
        `SELECT version, because, applied_at AS "appliedAt", definition->'launch'->>'date' AS "launchDate"
         FROM campaign_versions WHERE campaign_id = $1 ORDER BY version`,
        [campaignId],
      );
      return rows;
    },
  };
}

/** The columns of `steps s` as a `StepRow`, without the hold. */
export const stepColumns = `s.key, s.campaign_id AS "campaignId", s.step_id AS id, s.kind, s."offset",
  s.local_date AS "localDate", s.local_time AS "localTime", s.zone, s.send_at AS "sendAt", s.expires_at AS "expiresAt",
  s.opened_at AS "openedAt", s.canary_until AS "canaryUntil", s.cancelled_at AS "cancelledAt", s.skipped_because AS "skippedBecause"`;

/** What was stored may lack a field that a later version added: the schema fills its default in again. */
function readCampaignRow(row: CampaignRow): AppliedCampaign {
  const { definition, plan, content, lists, version, registrations_as_of: asOf } = row;
  return {
    definition: campaignSchema.parse(definition),
    plan: { ...plan, concerns: plan.concerns ?? [], steps: plan.steps.map(readPlannedStep) },
    ...{ content, lists, version },
    ...(asOf && { registrationsAsOf: asOf }),
  };
}

/** JSON has no instants; and a plan of before there were groups has one of everybody. */
function readPlannedStep(step: PlannedStep): PlannedStep {
  const { group = { ring: 'everyone', tranche: 0, zone: '', place: '' }, windows } = step;
  const readSpan = ({ from, until }: OpenSpan) => ({ from: new Date(from), until: new Date(until) });
  return {
    ...{ ...step, group, sendAt: new Date(step.sendAt), expiresAt: new Date(step.expiresAt) },
    ...(windows && { windows: windows.map(readSpan) }),
  };
}
