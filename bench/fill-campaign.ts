import type { BenchMail } from './bench-mail.js';
import type { BenchDatabase } from './open-cluster.js';
import { listSettings, planCampaign } from './shipped-build.js';

/** Save a campaign as `apply` does, whatever its dates, with `people` in its audience. */
export async function fillCampaign(
  { campaigns, sql }: BenchDatabase,
  { campaign: definition, content }: Pick<BenchMail, 'campaign' | 'content'>,
  people: number,
): Promise<void> {
  const plan = planCampaign(definition);
  const steps = listSettings(plan, definition);
  await campaigns.save({ definition, plan, content, steps, expectedVersion: 0, now: new Date(0) });
  await sql.query(
    `INSERT INTO recipients (campaign_id, person_key, address, display_name, first_name, attributes)
     SELECT $1, 'person' || n || '@contoso.test', 'person' || n || '@contoso.test', 'Robin' || n || ' de Vries',
            'Robin' || n, '{"Department":"Finance"}'
     FROM generate_series(1, $2::int) n`,
    [definition.id, people],
  );
  await sql.query('UPDATE step_groups SET people = $1', [people]);
  await sql.query('VACUUM (ANALYZE) recipients');
}

/** As before anything was opened, and due at `sendAt`. */
export async function closeAgain(sql: BenchDatabase['sql'], sendAt: Date | 'infinity'): Promise<void> {
  await sql.query('TRUNCATE messages');
  await sql.query('UPDATE steps SET opened_at = NULL');
  await sql.query(`UPDATE step_groups SET opened_at = NULL, send_at = $1, expires_at = 'infinity'`, [sendAt]);
}

/** How long before their instant rows are made: so that making them is over by then. */
const leadMs = 1_500;
const leadMsARow = 0.03;

/**
 * Make fresh message rows of the one step, due at an instant that is still to come.
 * @throws Error where making them took longer than that
 */
export async function openFreshStep({ sql, ledger }: BenchDatabase, people: number): Promise<Date> {
  await closeAgain(sql, 'infinity');
  const { rows } = await sql.query<{ dueAt: Date }>(
    `UPDATE step_groups SET send_at = date_trunc('milliseconds', clock_timestamp()) + $1 * interval '1 ms',
       expires_at = clock_timestamp() + interval '1 day' RETURNING send_at AS "dueAt"`,
    [leadMs + people * leadMsARow],
  );
  const dueAt = rows[0]?.dueAt;
  if (!dueAt) throw new Error('the campaign has no step');
  const opened = await ledger.openDueSteps(dueAt);
  if (opened[0]?.audience !== people) throw new Error(`${opened[0]?.audience} rows were made instead of ${people}`);
  await sql.query('VACUUM (ANALYZE) messages');
  await sql.query('CHECKPOINT');
  const { rows: after } = await sql.query<{ late: boolean }>('SELECT clock_timestamp() > $1 AS late', [dueAt]);
  if (after[0]?.late) throw new Error('making the rows took longer than the lead allows');
  return dueAt;
}
