import type { Mark, MarkAnswer, Verdict } from '../../engine/ports/message-ledger.js';
import type { Queryable } from './pool.js';

/**
 * Write down what is about to be handed over and what was answered, in one commit.
 * `lease_id` is the fence: a worker that was stopped, lost its lease and wakes up again changes nothing here.
 * IS NOT DISTINCT FROM keeps the planner from the index on leases, where it would compare every row of this exchange
 * with every leased row; by primary key it is one look a row.
 */
export async function exchange(on: Queryable, marks: Mark[], verdicts: Verdict[]): Promise<MarkAnswer[]> {
  const parts: string[] = [];
  const values: unknown[] = [];
  const parameter = (value: unknown) => `$${values.push(value)}`;
  if (verdicts.length > 0) parts.push(`recorded AS (${recordSql(verdicts, parameter)})`);
  const gone = verdicts.filter(({ state, reason }) => state === 'failed' && reason === 'recipient-gone');
  if (gone.length > 0) parts.push(`suppressed AS (${suppressSql(gone, parameter)})`);
  const checked = marks.some(({ onlyUnregistered }) => onlyUnregistered);
  if (marks.length > 0) parts.push(`marked AS (${markSql(marks, checked, parameter)})`);
  if (parts.length === 0) return [];
  const { rows } = await on.query<MarkAnswer>({
    // A few shapes, each prepared once a connection.
    name: `exchange-${verdicts.length > 0}-${gone.length > 0}-${marks.length > 0}-${checked}`,
    text: `WITH ${parts.join(', ')}
      ${marks.length > 0 ? 'SELECT id, state, message_id AS "messageId", dated_at AS "datedAt" FROM marked' : 'SELECT WHERE false'}`,
    values,
  });
  return rows;
}

type Parameter = (value: unknown) => string;

function recordSql(verdicts: Verdict[], parameter: Parameter): string {
  const column = (pick: (verdict: Verdict) => unknown) => parameter(verdicts.map(pick));
  return `UPDATE messages m SET
      state = v.state, due_at = v.due_at, reason = v.reason, reply = v.reply,
      settled_at = CASE WHEN v.state <> 'waiting' THEN v.settled_at END,
      attempts = m.attempts + v.attempt, resends = m.resends + v.resend, lease_id = NULL
    FROM unnest(${column((v) => v.id)}::bigint[], ${column((v) => v.leaseId)}::bigint[],
      ${column((v) => v.state)}::message_state[], ${column((v) => (v.state === 'waiting' ? (v.dueAt ?? v.settledAt) : null))}::timestamptz[],
      ${column((v) => v.reason ?? null)}::text[], ${column((v) => v.reply ?? null)}::text[],
      ${column((v) => v.settledAt)}::timestamptz[], ${column((v) => Number(v.countAttempt))}::int[],
      ${column((v) => Number(v.countResend))}::int[])
      AS v (id, lease_id, state, due_at, reason, reply, settled_at, attempt, resend)
    WHERE m.id = v.id AND m.lease_id IS NOT DISTINCT FROM v.lease_id
      AND (m.state = 'sending' OR m.state = 'claimed' AND v.state IN ('failed', 'uncertain'))`;
}

/** Nobody writes again to a mailbox that does not exist, in any campaign. */
function suppressSql(gone: Verdict[], parameter: Parameter): string {
  const column = (pick: (verdict: Verdict) => unknown) => parameter(gone.map(pick));
  return `INSERT INTO suppressed_addresses (person_key, reason, reply, since)
    SELECT r.person_key, 'recipient-gone', v.reply, v.settled_at
    FROM unnest(${column((v) => v.id)}::bigint[], ${column((v) => v.leaseId)}::bigint[],
      ${column((v) => v.reply ?? null)}::text[], ${column((v) => v.settledAt)}::timestamptz[])
      AS v (id, lease_id, reply, settled_at)
      JOIN messages m ON m.id = v.id AND m.lease_id IS NOT DISTINCT FROM v.lease_id
      JOIN recipients r ON r.id = m.recipient_id
    ON CONFLICT (person_key) DO NOTHING`;
}

/** Message-ID and Date are written once; a repeat gets the first ones back. */
function markSql(marks: Mark[], checked: boolean, parameter: Parameter): string {
  const column = (pick: (mark: Mark) => unknown) => parameter(marks.map(pick));
  const marked = `unnest(${column((k) => k.id)}::bigint[], ${column((k) => k.leaseId)}::bigint[],
    ${column((k) => k.messageId)}::text[], ${column((k) => k.datedAt)}::timestamptz[], ${column((k) => k.toldDate)}::date[])
    AS k (id, lease_id, message_id, dated_at, told_date)`;
  const now = `${parameter(marks[0]?.markedAt)}::timestamptz`;
  // Pause, cancel and the window are looked at once a group, not once a row.
  const groups = parameter([...new Set(marks.map((k) => k.groupKey))]);
  const going = `m.group_key IN (SELECT g.key FROM step_groups g JOIN steps s ON s.key = g.step_key WHERE g.key = ANY (${groups}::int[])
      AND (g.windows IS NULL OR g.windows @> ${now}) AND hold_of(s, ${now}, ${parameter(marks.every(({ probe }) => probe))}) IS NULL)`;
  const fence = `m.id = k.id AND m.lease_id IS NOT DISTINCT FROM k.lease_id AND m.state = 'claimed' AND ${going}`;
  const returning = 'RETURNING m.id, m.state, m.message_id, m.dated_at';
  const dated =
    'message_id = coalesce(m.message_id, k.message_id), dated_at = coalesce(m.dated_at, k.dated_at), told_date = k.told_date';
  if (!checked) return `UPDATE messages m SET state = 'sending', ${dated} FROM ${marked} WHERE ${fence} ${returning}`;
  // For people who have not registered: look once more, a millisecond before the hand-over.
  return `UPDATE messages m SET
      state = CASE WHEN NOT stop THEN 'sending' WHEN m.resends > 0 THEN 'uncertain' ELSE 'suppressed' END::message_state,
      lease_id = CASE WHEN NOT stop THEN m.lease_id END,
      reason = CASE WHEN stop THEN 'registered' ELSE m.reason END,
      settled_at = CASE WHEN stop THEN ${now} END,
      evidence_as_of = CASE WHEN stop THEN c.registrations_as_of END,
      ${dated}
    FROM ${marked}
      JOIN messages o ON o.id = k.id JOIN recipients r ON r.id = o.recipient_id
      JOIN steps s ON s.key = o.step_key JOIN campaigns c ON c.id = s.campaign_id
      CROSS JOIN LATERAL (SELECT s.only_unregistered AND r.registered_at IS NOT NULL AS stop) judged
    WHERE ${fence} ${returning}`;
}
