import type { CountedGroup, Group } from '../../campaign/plan.js';
import type { GroupRow, StepSettings } from '../../engine/ports/campaign-store.js';
import type { Connection, Queryable } from './pool.js';
import { withoutNulls } from './without-nulls.js';

/** The planned groups of a campaign's steps, in the order of their instants. */
export async function listGroups(on: Queryable, campaignId: string, counted?: 'counted'): Promise<GroupRow[]> {
  const { rows } = await on.query<Omit<GroupRow, 'group'> & Group>(
    `WITH unsettled AS MATERIALIZED (
       SELECT group_key, count(*) AS unsettled FROM messages
       WHERE $2 AND step_key IN (SELECT key FROM steps WHERE campaign_id = $1) AND state IN ('waiting', 'claimed', 'sending')
       GROUP BY group_key)
     SELECT g.key, s.step_id AS id, s.kind, s."offset", g.ring, g.tranche, g.zone AS "groupZone", g.place,
            g.local_date AS "localDate", g.local_time AS "localTime", g.local_zone AS zone, g.send_at AS "sendAt",
            g.expires_at AS "expiresAt", g.launch_date AS "launchDate", g.register_by AS "registerBy",
            g.enforced_from AS "enforcedFrom", g.people, g.opened_at AS "openedAt", g.released_at AS "releasedAt",
            g.skipped_because AS "skippedBecause", s.cancelled_at IS NOT NULL AS cancelled,
            coalesce(m.unsettled, 0) AS unsettled
     FROM step_groups g JOIN steps s ON s.key = g.step_key LEFT JOIN unsettled m ON m.group_key = g.key
     WHERE s.campaign_id = $1 AND g.joined_at IS NULL ORDER BY g.send_at, g.key`,
    [campaignId, counted !== undefined],
  );
  return rows.map((row) => {
    const { ring, tranche, place, groupZone, ...rest } = row as typeof row & { groupZone: string };
    return { ...withoutNulls(rest), group: { ring, tranche, zone: groupZone, place } } as GroupRow;
  });
}

/** The audience by group. */
export async function countGroups(on: Queryable, campaignId: string): Promise<CountedGroup[]> {
  const { rows } = await on.query<CountedGroup>(
    `SELECT ring, tranche, zone, place, count(*) AS people, count(registered_at) AS registered
     FROM recipients WHERE campaign_id = $1 AND left_out IS NULL GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4`,
    [campaignId],
  );
  return rows;
}

/**
 * Store the planned groups of a campaign's steps. A group that is open is history: its rows exist, and its instant was
 * real; only the dates that its unsent mails name follow the plan.
 */
export async function saveGroups(
  client: Connection,
  campaignId: string,
  steps: readonly StepSettings[],
): Promise<void> {
  await client.query(
    `CREATE TEMP TABLE planned ON COMMIT DROP AS
     SELECT s.key AS step_key, p.* FROM jsonb_to_recordset($2) AS p (id text, ring text, tranche smallint, zone text, place text,
       local_date date, local_time text, local_zone text, send_at timestamptz, expires_at timestamptz, windows text,
       launch_date date, register_by date, enforced_from date, shifted_from date, shift_reason text, skipped_because text)
     JOIN steps s ON s.campaign_id = $1 AND s.step_id = p.id`,
    [campaignId, JSON.stringify(steps.map(toRecord))],
  );
  await client.query(
    `DELETE FROM step_groups g USING steps s WHERE s.key = g.step_key AND s.campaign_id = $1 AND g.opened_at IS NULL AND g.joined_at IS NULL
       AND NOT EXISTS (SELECT FROM planned p WHERE p.step_key = g.step_key AND ${isSameGroup('p', 'g')})`,
    [campaignId],
  );
  const columns =
    'local_date, local_time, local_zone, send_at, expires_at, windows, shifted_from, shift_reason, skipped_because';
  const dates = 'launch_date, register_by, enforced_from';
  const excluded = (list: string) => list.replaceAll(/\w+/g, 'excluded.$&');
  await client.query(
    `INSERT INTO step_groups (step_key, ring, tranche, zone, place, people, ${columns}, ${dates})
     SELECT step_key, ring, tranche, zone, place, 0, ${columns.replace('windows', 'windows::tstzmultirange')}, ${dates} FROM planned ORDER BY send_at
     ON CONFLICT (step_key, ring, tranche, zone, place) WHERE joined_at IS NULL DO UPDATE SET
       (${columns}) = ROW (${excluded(columns)}), (${dates}) = ROW (${excluded(dates)}),
       released_at = CASE WHEN step_groups.send_at = excluded.send_at THEN step_groups.released_at END
     WHERE step_groups.opened_at IS NULL`,
  );
  await client.query(
    `UPDATE step_groups g SET (${dates}) = (SELECT ${dates.replaceAll(/\w+/g, 'p.$&')} FROM planned p
       WHERE p.step_key = g.step_key AND ${isSameGroup('p', 'g')})
     FROM steps s WHERE s.key = g.step_key AND s.campaign_id = $1 AND g.opened_at IS NOT NULL
       AND EXISTS (SELECT FROM planned p WHERE p.step_key = g.step_key AND ${isSameGroup('p', 'g')})`,
    [campaignId],
  );
  await client.query('DROP TABLE planned');
  await countPeople(client, campaignId);
}

/** Which of its groups have people. */
export async function countPeople(client: Queryable, campaignId: string): Promise<void> {
  await client.query(
    `WITH counted AS (
       SELECT ring, tranche, zone, place, count(*) AS people FROM recipients
       WHERE campaign_id = $1 AND left_out IS NULL GROUP BY 1, 2, 3, 4)
     UPDATE step_groups g SET people = coalesce(c.people, 0)
     FROM steps s, step_groups o LEFT JOIN counted c ON ${isSameGroup('c', 'o')}
     WHERE o.key = g.key AND s.key = g.step_key AND s.campaign_id = $1 AND g.people IS DISTINCT FROM coalesce(c.people, 0)`,
    [campaignId],
  );
}

export function isSameGroup(one: string, other: string): string {
  return ['ring', 'tranche', 'zone', 'place'].map((column) => `${one}.${column} = ${other}.${column}`).join(' AND ');
}

function toRecord(step: StepSettings) {
  const { id, group, localDate, localTime, zone, sendAt, expiresAt, windows, launchDate, registerBy } = step;
  return {
    ...{ id, ...group, local_date: localDate, local_time: localTime, local_zone: zone },
    ...{ send_at: sendAt, expires_at: expiresAt, launch_date: launchDate, register_by: registerBy },
    windows:
      windows && `{${windows.map(({ from, until }) => `[${from.toISOString()},${until.toISOString()})`).join(',')}}`,
    enforced_from: step.enforcedFrom,
    shifted_from: step.shiftedFrom,
    shift_reason: step.shiftReason,
    skipped_because: step.skippedBecause,
  };
}
