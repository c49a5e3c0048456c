import { parseAge } from '../../campaign/quantity.js';
import type { CampaignStore } from '../../engine/ports/campaign-store.js';
import { noteJoinersSql } from './admit-late-joiners.js';
import type { Connection } from './pool.js';
import { regroup, replacePeople } from './regroup.js';
import { saveSteps } from './save-steps.js';

type Save = Parameters<CampaignStore['save']>[0];

const insertSql = `INSERT INTO campaigns (id, definition, plan, content, lists, registrations_max_age, applied_at, version)
  VALUES ($1, $2, $3, $4, $5, $6::float8 * interval '1 ms', $7, $8 + 1) ON CONFLICT (id) DO NOTHING`;
const updateSql = `UPDATE campaigns SET definition = $2, plan = $3, content = $4, lists = $5,
    registrations_max_age = $6::float8 * interval '1 ms', applied_at = $7, version = version + 1
  WHERE id = $1 AND version = $8`;

/** Create or replace a campaign; false where it is not the version that the caller has seen. */
export async function saveCampaign(client: Connection, input: Save): Promise<boolean> {
  const { definition, steps, now, because = 'applied', place, regroup: how } = input;
  const { id } = definition;
  if (!(await saveDefinition(client, input))) return false;
  await client.query(
    `INSERT INTO campaign_versions (campaign_id, version, definition, plan, because, applied_at)
     SELECT id, version, definition, plan, $2, applied_at FROM campaigns WHERE id = $1`,
    [id, because],
  );
  const spreads = definition.newPerDay !== undefined;
  if (place)
    await replacePeople(client, id, place, {
      ...{ because: `rings: ${because}`, now, spreads },
      rings: definition.rings.map((ring) => ring.id),
    });
  if (how) await regroup(client, id, how);
  else await saveSteps(client, id, steps);
  // After the rows of the steps are locked: what a scheduler was opening at this moment is there by now.
  if (input.holdSending !== undefined) await holdSending(client, id, input.holdSending);
  if (place) await client.query(noteJoinersSql, [id, now]);
  return true;
}

async function saveDefinition(client: Connection, input: Save): Promise<boolean> {
  const { definition, plan, content, lists = { closures: [], rings: {} }, expectedVersion, now } = input;
  const { maxAge } = definition.goal;
  const { rowCount } = await client.query(expectedVersion === 0 ? insertSql : updateSql, [
    definition.id,
    ...[definition, plan, content, lists].map((part) => JSON.stringify(part)),
    ...[maxAge === undefined ? null : parseAge(maxAge), now, expectedVersion],
  ]);
  return rowCount === 1;
}

async function holdSending(client: Connection, campaignId: string, because: string): Promise<void> {
  await client.query('SELECT FROM steps WHERE campaign_id = $1 FOR UPDATE', [campaignId]);
  await client.query(
    `UPDATE steps s SET paused_because = $2 WHERE campaign_id = $1 AND paused_because IS NULL AND cancelled_at IS NULL
       AND (canary_until IS NOT NULL OR EXISTS (SELECT FROM messages m WHERE m.step_key = s.key AND m.state IN ('waiting', 'claimed', 'sending')))`,
    [campaignId, because],
  );
}
