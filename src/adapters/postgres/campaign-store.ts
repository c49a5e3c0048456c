import { type Campaign, campaignSchema } from '../../campaign/campaign.js';
import type { OpenSpan, Plan, PlannedStep } from '../../campaign/plan.js';
import { parseAge } from '../../campaign/quantity.js';
import type {
  AppliedCampaign,
  CampaignLists,
  CampaignStore,
  StepRow,
  ToldPeople,
} from '../../engine/ports/campaign-store.js';
import type { MailContent } from '../../render/mail-content.js';
import { noteJoinersSql } from './admit-late-joiners.js';
import { findPerson } from './find-person.js';
import { inTransaction, type Pool } from './pool.js';
import { regroup, replacePeople } from './regroup.js';
import { countTickets, letRingGo, listRings, moveToRing } from './rings.js';
import { saveSteps } from './save-steps.js';
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

    save: (input) =>
      inTransaction(pool, async (client) => {
        const { definition, plan, content, steps, expectedVersion, now } = input;
        const { lists = { closures: [], rings: {} }, because = 'applied', holdSending, place, regroup: how } = input;
        const saved = await client.query(
          expectedVersion === 0
            ? `INSERT INTO campaigns (id, definition, plan, content, lists, registrations_max_age, applied_at, version)
               VALUES ($1, $2, $3, $4, $8, $5::float8 * interval '1 ms', $6, $7 + 1) ON CONFLICT (id) DO NOTHING`
            : `UPDATE campaigns SET definition = $2, plan = $3, content = $4, lists = $8,
                 registrations_max_age = $5::float8 * interval '1 ms', applied_at = $6, version = version + 1
               WHERE id = $1 AND version = $7`,
          [
            definition.id,
            JSON.stringify(definition),
            JSON.stringify(plan),
            JSON.stringify(content),
            definition.goal.maxAge === undefined ? null : parseAge(definition.goal.maxAge),
            now,
            expectedVersion,
            JSON.stringify(lists),
          ],
        );
        if (saved.rowCount === 0) return false;
        await client.query(
          `INSERT INTO campaign_versions (campaign_id, version, definition, plan, because, applied_at)
           SELECT id, version, definition, plan, $2, applied_at FROM campaigns WHERE id = $1`,
          [definition.id, because],
        );
        if (holdSending !== undefined) {
          await client.query(
            `UPDATE steps s SET paused_because = $2 WHERE campaign_id = $1 AND paused_because IS NULL AND cancelled_at IS NULL
               AND EXISTS (SELECT FROM messages m WHERE m.step_key = s.key AND m.state IN ('waiting', 'claimed', 'sending'))`,
            [definition.id, holdSending],
          );
        }
        const spreads = definition.newPerDay !== undefined;
        if (place) await replacePeople(client, definition.id, place, { because: `rings: ${because}`, now, spreads });
        if (how) await regroup(client, definition.id, how);
        else await saveSteps(client, definition.id, steps);
        if (place) await client.query(noteJoinersSql, [definition.id, now]);
        return true;
      }),

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

    groups: (campaignId) => listGroups(pool, campaignId),
    countGroups: (campaignId) => countGroups(pool, campaignId),

    async countTold(campaignId) {
      const { rows } = await pool.query<ToldPeople>(
        `SELECT r.ring, r.tranche, t.told AS "toldDate", count(*) AS people
         FROM recipients r CROSS JOIN LATERAL (SELECT told_of($1, r.id) AS told) t
         WHERE r.campaign_id = $1 AND r.left_out IS NULL AND t.told IS NOT NULL GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`,
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
