import type { LeftOutReason } from '../../campaign/recipient.js';
import type { AudienceStore } from '../../engine/ports/audience-store.js';
import { noteJoinersSql } from './admit-late-joiners.js';
import { type Connection, inTransaction, type Pool, type Queryable } from './pool.js';
import { importRecipients } from './recipient-import.js';
import { importRegistrations, matchRegistrations } from './registration-import.js';
import { regroup } from './regroup.js';

export function createAudienceStore(pool: Pool): AudienceStore {
  return {
    async importRecipients(campaignId, rows, { mode, consent, now, regroup: how }) {
      return keepWithConsent(pool, consent, async (client) => {
        await lockAudience(client, campaignId);
        const spreads = how?.spread !== undefined;
        const changed = await importRecipients(client, campaignId, rows, { mode, spreads, now });
        await matchRegistrations(client, campaignId, 'all');
        await regroup(client, campaignId, how);
        if (now) await client.query(noteJoinersSql, [campaignId, now]);
        const { audience, leftOut } = await countAudience(client, campaignId);
        return { ...changed, audience, leftOut };
      });
    },

    importRegistrations: (campaignId, rows, { consent, ...facts }) =>
      keepWithConsent(pool, consent, async (client) => {
        await lockAudience(client, campaignId);
        return importRegistrations(client, campaignId, rows, facts);
      }),

    count: (campaignId) => countAudience(pool, campaignId),
  };
}

/** Do the import, show what it would change, and keep it only with consent. */
async function keepWithConsent<Seen>(
  pool: Pool,
  consent: (seen: Seen) => Promise<boolean>,
  work: (client: Connection) => Promise<Seen>,
): Promise<Seen | undefined> {
  const refused = new Error('not kept');
  try {
    return await inTransaction(pool, async (client) => {
      const seen = await work(client);
      if (!(await consent(seen))) throw refused;
      return seen;
    });
  } catch (error) {
    if (error === refused) return undefined;
    throw error;
  }
}

/**
 * Two imports into one campaign go one after the other; sending is not held up by them. The campaign itself is locked
 * as a foreign key would, once instead of once a row.
 */
async function lockAudience(client: Connection, campaignId: string): Promise<void> {
  await client.query(`SELECT pg_advisory_xact_lock(hashtextextended('audience:' || $1, 0))`, [campaignId]);
  const { rowCount } = await client.query('SELECT FROM campaigns WHERE id = $1 FOR KEY SHARE', [campaignId]);
  if (rowCount === 0) throw new Error(`there is no campaign ${campaignId}`);
}

async function countAudience(on: Queryable, campaignId: string) {
  const { rows } = await on.query<{ left_out: LeftOutReason | null; people: number; registered: number }>(
    `SELECT left_out, count(*) AS people, count(registered_at) AS registered
     FROM recipients WHERE campaign_id = $1 GROUP BY left_out ORDER BY left_out`,
    [campaignId],
  );
  const inside = rows.find((row) => row.left_out === null);
  const leftOut: Partial<Record<LeftOutReason, number>> = {};
  for (const row of rows) if (row.left_out) leftOut[row.left_out] = row.people;
  return { audience: inside?.people ?? 0, registered: inside?.registered ?? 0, leftOut };
}
