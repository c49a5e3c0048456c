import type { StepSettings } from '../../engine/ports/campaign-store.js';
import type { Connection } from './pool.js';
import { saveGroups } from './step-groups.js';

/** Store the steps of a plan and their groups. What is open is history: its rows exist, and its instant was real. */
export async function saveSteps(client: Connection, campaignId: string, steps: readonly StepSettings[]): Promise<void> {
  const byId = new Map<string, StepSettings[]>();
  for (const step of steps) byId.set(step.id, [...(byId.get(step.id) ?? []), step]);
  await client.query('DELETE FROM steps WHERE campaign_id = $1 AND opened_at IS NULL AND NOT (step_id = ANY ($2))', [
    campaignId,
    [...byId.keys()],
  ]);
  for (const groups of byId.values()) await saveStep(client, campaignId, groups);
  await saveGroups(client, campaignId, steps);
}

/** A step is shown at the time of its first group that is sent at all, and has expired when its last one has. */
async function saveStep(client: Connection, campaignId: string, groups: readonly StepSettings[]): Promise<void> {
  const first = groups.find(({ skippedBecause }) => skippedBecause === undefined) ?? groups[0];
  if (!first) return;
  await client.query(
    `INSERT INTO steps (campaign_id, step_id, kind, "offset", local_date, local_time, zone, send_at, expires_at,
                        only_unregistered, on_uncertain, skipped_because, canary, max_reminders, min_gap, reconfirm_after)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15::float8 * interval '1 ms', $16 * interval '1 day')
     ON CONFLICT (campaign_id, step_id) DO UPDATE SET
       kind = excluded.kind, "offset" = excluded."offset", local_date = excluded.local_date,
       local_time = excluded.local_time, zone = excluded.zone, send_at = excluded.send_at,
       expires_at = excluded.expires_at, only_unregistered = excluded.only_unregistered,
       on_uncertain = excluded.on_uncertain, skipped_because = excluded.skipped_because, canary = excluded.canary,
       max_reminders = excluded.max_reminders, min_gap = excluded.min_gap, reconfirm_after = excluded.reconfirm_after
     WHERE steps.opened_at IS NULL`,
    [
      campaignId,
      first.id,
      first.kind,
      first.offset,
      first.localDate,
      first.localTime,
      first.zone,
      first.sendAt,
      new Date(Math.max(...groups.map(({ expiresAt }) => expiresAt.getTime()))),
      first.onlyUnregistered,
      first.onUncertain,
      first.skippedBecause ?? null,
      first.canary ?? null,
      first.maxReminders ?? null,
      first.minGapMs ?? null,
      first.reconfirmAfterDays ?? null,
    ],
  );
  // What one person gets at most holds for a step that has begun, too.
  await client.query(
    `UPDATE steps SET max_reminders = $3, min_gap = $4::float8 * interval '1 ms', reconfirm_after = $5 * interval '1 day'
     WHERE campaign_id = $1 AND step_id = $2 AND opened_at IS NOT NULL`,
    [campaignId, first.id, first.maxReminders ?? null, first.minGapMs ?? null, first.reconfirmAfterDays ?? null],
  );
}
