import { type Campaign, campaignSchema } from '../../campaign/campaign.js';
import type { Plan } from '../../campaign/plan.js';
import { parseAge } from '../../campaign/quantity.js';
import type { AppliedCampaign, CampaignStore, StepRow, StepSettings } from '../../engine/ports/campaign-store.js';
import type { MailContent } from '../../render/mail-content.js';
import { type Connection, inTransaction, type Pool } from './pool.js';

interface CampaignRow {
  definition: Campaign;
  plan: Plan;
  content: MailContent;
  version: number;
  registrations_as_of: Date | null;
}

export function createCampaignStore(pool: Pool): CampaignStore {
  return {
    async find(id) {
      const { rows } = await pool.query<CampaignRow>(
        'SELECT definition, plan, content, version, registrations_as_of FROM campaigns WHERE id = $1',
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
        const saved = await client.query(
          expectedVersion === 0
            ? `INSERT INTO campaigns (id, definition, plan, content, registrations_max_age, applied_at, version)
               VALUES ($1, $2, $3, $4, $5::float8 * interval '1 ms', $6, $7 + 1) ON CONFLICT (id) DO NOTHING`
            : `UPDATE campaigns SET definition = $2, plan = $3, content = $4, registrations_max_age = $5::float8 * interval '1 ms',
                 applied_at = $6, version = version + 1 WHERE id = $1 AND version = $7`,
          [
            definition.id,
            JSON.stringify(definition),
            JSON.stringify(plan),
            JSON.stringify(content),
            definition.goal.maxAge === undefined ? null : parseAge(definition.goal.maxAge),
            now,
            expectedVersion,
          ],
        );
        if (saved.rowCount === 0) return false;
        await saveSteps(client, definition.id, steps);
        return true;
      }),

    async steps(campaignId) {
      const { rows } = await pool.query<StepRow>(
        `SELECT ${stepColumns}, shown_hold_of(s, clock_timestamp()) AS "heldBecause"
         FROM steps s WHERE campaign_id = $1 ORDER BY send_at, key`,
        [campaignId],
      );
      return rows.map(withoutNulls);
    },
  };
}

/** The columns of `steps s` as a `StepRow`, without the hold. */
export const stepColumns = `s.key, s.campaign_id AS "campaignId", s.step_id AS id, s.kind, s."offset",
  s.local_date AS "localDate", s.local_time AS "localTime", s.zone, s.send_at AS "sendAt", s.expires_at AS "expiresAt",
  s.opened_at AS "openedAt", s.canary_until AS "canaryUntil", s.cancelled_at AS "cancelledAt", s.skipped_because AS "skippedBecause"`;

/** SQL's null is the absent property of our types. */
export function withoutNulls<Row extends object>(row: Row): Row {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as Row;
}

/** What was stored may lack a field that a later version added: the schema fills its default in again. */
function readCampaignRow(row: CampaignRow): AppliedCampaign {
  const { definition, plan, content, version, registrations_as_of: asOf } = row;
  return {
    definition: campaignSchema.parse(definition),
    plan: { ...plan, steps: plan.steps.map((step) => ({ ...step, sendAt: new Date(step.sendAt) })) },
    content,
    version,
    ...(asOf && { registrationsAsOf: asOf }),
  };
}

async function saveSteps(client: Connection, campaignId: string, steps: StepSettings[]): Promise<void> {
  // An open step is history: its rows exist, and its instant was real.
  await client.query('DELETE FROM steps WHERE campaign_id = $1 AND opened_at IS NULL AND NOT (step_id = ANY ($2))', [
    campaignId,
    steps.map(({ id }) => id),
  ]);
  for (const step of steps) {
    await client.query(
      `INSERT INTO steps (campaign_id, step_id, kind, "offset", local_date, local_time, zone, send_at, expires_at,
                          only_unregistered, on_uncertain, skipped_because, canary)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
       ON CONFLICT (campaign_id, step_id) DO UPDATE SET
         kind = excluded.kind, "offset" = excluded."offset", local_date = excluded.local_date,
         local_time = excluded.local_time, zone = excluded.zone, send_at = excluded.send_at,
         expires_at = excluded.expires_at, only_unregistered = excluded.only_unregistered,
         on_uncertain = excluded.on_uncertain, skipped_because = excluded.skipped_because, canary = excluded.canary
       WHERE steps.opened_at IS NULL`,
      [
        campaignId,
        step.id,
        step.kind,
        step.offset,
        step.localDate,
        step.localTime,
        step.zone,
        step.sendAt,
        step.expiresAt,
        step.onlyUnregistered,
        step.onUncertain,
        step.skippedBecause ?? null,
        step.canary ?? null,
      ],
    );
  }
}
