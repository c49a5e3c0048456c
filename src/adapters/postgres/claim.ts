import type { Claim, ClaimedMessage, ClaimOptions, ClaimStep } from '../../engine/ports/message-ledger.js';
import { closeLeases } from './leases.js';
import type { Pool } from './pool.js';
import { withoutNulls } from './without-nulls.js';

interface ClaimRow extends Omit<ClaimStep, 'key' | 'registrationsAsOf'> {
  id: number;
  state: 'claimed' | 'suppressed' | 'uncertain' | 'waiting';
  leaseId: number;
  attempts: number;
  resends: number;
  messageId: string | null;
  datedAt: Date | null;
  recipient: ClaimedMessage['recipient'];
  registrationsAsOf: Date | null;
  toldDate: string | null;
  registeredAt: Date | null;
}

/**
 * One statement, so that what it reads is what it writes: whoever registered before it began is suppressed here.
 * SKIP LOCKED lets workers claim side by side without waiting for each other.
 * LATERAL ... LIMIT 1 and ANY (ARRAY ...) make the planner go by primary key: it cannot know how few rows `due` has,
 * and read both tables whole otherwise, 16 of 20 ms a claim with 20,000 rows.
 */
const claimSql = `
  WITH step AS (
    SELECT s.*, c.version, c.registrations_as_of, c.sender FROM steps s JOIN campaigns c ON c.id = s.campaign_id
    WHERE s.key = $1 AND s.opened_at IS NOT NULL AND hold_of(s, $2) IS NULL
      AND $6 <= coalesce((SELECT max(id) FROM leases), 0)),
  -- One group: its mails have the same dates. Of those that are due at once each worker takes another first.
  grp AS (
    SELECT g.key, g.expires_at FROM step_groups g CROSS JOIN LATERAL (
      SELECT due_at FROM messages WHERE group_key = g.key AND due_at <= $2 ORDER BY due_at LIMIT 1) m
    WHERE g.step_key = (SELECT key FROM step) AND g.opened_at IS NOT NULL AND g.expires_at > $2 AND (g.windows IS NULL OR g.windows @> $2::timestamptz)
    ORDER BY m.due_at, hashtextextended($4, g.key) LIMIT 1),
  -- A paused sender whose time to be tried has come: whoever moves that time is the one who tries, with one mail.
  trouble AS (SELECT p.name FROM paused_senders p JOIN step ON step.sender = p.name),
  probe AS (
    UPDATE paused_senders p SET probe_at = $2::timestamptz + interval '30 seconds'
    FROM step WHERE p.name = step.sender AND p.probe_at <= $2 RETURNING p.name),
  due AS (
    SELECT m.id, m.recipient_id, m.due_at FROM messages m
    WHERE m.group_key = (SELECT key FROM grp) AND m.due_at <= $2
    ORDER BY m.due_at, m.id
    LIMIT CASE WHEN EXISTS (SELECT FROM trouble) THEN (SELECT count(*) FROM probe) ELSE $3 END
    FOR UPDATE SKIP LOCKED),
  lease AS (
    INSERT INTO leases (worker, until, message_ids)
    SELECT $4, clock_timestamp() + $5 * interval '1 ms', ARRAY(SELECT id FROM due) WHERE EXISTS (SELECT FROM due) RETURNING id),
  judged AS (
    SELECT due.id, r.person_key, r.address, r.first_name, r.display_name, r.locale, r.attributes, r.registered_at, t.told, f.free_at,
      coalesce(r.left_out,
        CASE WHEN step.only_unregistered AND r.registered_at IS NOT NULL THEN 'registered'
             WHEN EXISTS (SELECT FROM suppressed_addresses x WHERE x.person_key = r.person_key) THEN 'address-gone'
             WHEN step.kind = 'launch-moved' AND t.told IS NOT DISTINCT FROM (SELECT launch_date FROM step_groups WHERE key = grp.key) THEN 'knows-the-date'
             WHEN step.only_unregistered AND step.max_reminders <= reminders_of(step.campaign_id, r.id) THEN 'enough-reminders'
             WHEN f.free_at >= grp.expires_at THEN 'too-close'
             -- Registered anew since, or not at all any more.
             WHEN coalesce(r.registered_at, 'infinity') > $2::timestamptz - step.reconfirm_after + interval '1 day' THEN 'confirmed'
        END) AS reason
    FROM due CROSS JOIN step CROSS JOIN grp
      CROSS JOIN LATERAL (SELECT * FROM recipients o WHERE o.id = due.recipient_id LIMIT 1) r
      CROSS JOIN LATERAL (SELECT CASE WHEN step.kind = 'launch-moved' THEN told_of(step.campaign_id, r.id) END AS told) t
      -- When the gap to this person's last mail, of any campaign, is over; null: it is.
      CROSS JOIN LATERAL (SELECT CASE WHEN step.min_gap IS NOT NULL
        THEN nullif(greatest($2::timestamptz, last_mail_of(r.person_key) + step.min_gap,
          -- Of two that are due together the earlier step goes first, as the plan says; this one looks again in a moment.
          CASE WHEN EXISTS (
            SELECT FROM steps q JOIN messages o ON o.step_key = q.key AND o.recipient_id = r.id
            WHERE q.campaign_id = step.campaign_id AND o.due_at <= $2 AND (o.due_at, q.key) < (due.due_at, step.key)
              AND hold_of(q, $2) IS NULL) THEN $2::timestamptz + interval '1 second' END), $2::timestamptz) END AS free_at) f),
  moved AS (
    UPDATE messages m SET
      -- A repeat: the first may have arrived, whatever is known of the person now.
      state = CASE WHEN j.reason IS NOT NULL AND m.resends > 0 THEN 'uncertain' WHEN j.reason IS NOT NULL THEN 'suppressed'
                   WHEN j.free_at IS NOT NULL THEN 'waiting' ELSE 'claimed' END::message_state,
      due_at = CASE WHEN j.reason IS NULL THEN j.free_at END,
      lease_id = CASE WHEN j.reason IS NULL AND j.free_at IS NULL THEN lease.id END,
      reason = CASE WHEN j.reason IS NULL AND j.free_at IS NOT NULL THEN 'too-close' ELSE j.reason END,
      settled_at = CASE WHEN j.reason IS NOT NULL THEN $2::timestamptz END,
      evidence_as_of = CASE WHEN j.reason = 'registered' THEN step.registrations_as_of END
    FROM judged j CROSS JOIN lease CROSS JOIN step WHERE m.id = j.id AND m.id = ANY (ARRAY(SELECT id FROM due))
    RETURNING m.id, m.state, lease.id AS lease_id, m.attempts, m.resends, m.message_id, m.dated_at,
      j.person_key, j.address, j.first_name, j.display_name, j.locale, j.attributes, j.told, j.registered_at)
  SELECT moved.id, moved.state, moved.lease_id AS "leaseId", moved.attempts, moved.resends,
    moved.message_id AS "messageId", moved.dated_at AS "datedAt",
    moved.person_key AS "personKey", moved.address, moved.first_name AS "firstName",
    moved.display_name AS "displayName", moved.locale, moved.attributes, moved.told AS "toldDate",
    CASE WHEN step.kind = 'reconfirmation' THEN moved.registered_at END AS "registeredAt",
    step.step_id AS "stepId", step.kind, step.campaign_id AS "campaignId", step.version AS "campaignVersion",
    step.only_unregistered AS "onlyUnregistered", step.on_uncertain AS "onUncertain", grp.expires_at AS "expiresAt", grp.key AS "groupKey", (step.min_gap IS NOT NULL OR step.max_reminders IS NOT NULL) AS "isLimited",
    step.registrations_as_of AS "registrationsAsOf", step.sender, EXISTS (SELECT FROM trouble) AS probe
  FROM moved CROSS JOIN step CROSS JOIN grp ORDER BY moved.id`;

export async function claim(
  pool: Pool,
  stepKey: number,
  { now, limit, leaseMs, worker, newestLease }: ClaimOptions,
): Promise<Claim | undefined> {
  const { rows } = await pool.query<ClaimRow & ClaimedMessage['recipient']>({
    name: 'claim',
    text: claimSql,
    values: [stepKey, now, limit, worker, leaseMs, newestLease],
  });
  const first = rows[0];
  if (!first) return undefined;
  const { stepId, kind, campaignId, campaignVersion, onlyUnregistered, onUncertain, expiresAt, registrationsAsOf } =
    first;
  const { sender, probe, groupKey, isLimited } = first;
  const messages = rows.filter(({ state }) => state === 'claimed').map(readClaimed);
  if (messages.length === 0) await closeLeases(pool, [first.leaseId]);
  return {
    leaseId: first.leaseId,
    claimedAt: now,
    step: {
      key: stepKey,
      ...{ stepId, kind, campaignId, campaignVersion, onlyUnregistered, onUncertain, expiresAt },
      ...{ sender, probe, groupKey, isLimited },
      ...(registrationsAsOf && { registrationsAsOf }),
    },
    messages,
    suppressed: rows.length - messages.length,
  };
}

function readClaimed(row: ClaimRow & ClaimedMessage['recipient']): ClaimedMessage {
  const { id, attempts, resends, messageId, datedAt, toldDate, registeredAt } = row;
  const { personKey, address, firstName, displayName, locale, attributes } = row;
  return {
    ...{ id, attempts, resends },
    recipient: withoutNulls({
      personKey,
      address,
      firstName,
      displayName,
      locale,
      attributes,
    }) as ClaimedMessage['recipient'],
    ...(messageId && { messageId }),
    ...(datedAt && { datedAt }),
    ...(toldDate && { toldDate }),
    ...(registeredAt && { registeredAt }),
  };
}
