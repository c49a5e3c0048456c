import type { AudienceStore } from '../../engine/ports/audience-store.js';
import type { CampaignStore } from '../../engine/ports/campaign-store.js';
import type { ControlStore } from '../../engine/ports/control-store.js';
import type { Log } from '../../engine/ports/log.js';
import type { MessageLedger } from '../../engine/ports/message-ledger.js';
import type { PresenceStore } from '../../engine/ports/presence-store.js';
import type { ReportStore } from '../../engine/ports/report-store.js';
import type { RestoreStore } from '../../engine/ports/restore-store.js';
import { createAudienceStore } from './audience-store.js';
import { createCampaignStore } from './campaign-store.js';
import { createControlStore } from './control-store.js';
import { createMessageLedger } from './message-ledger.js';
import { migrate } from './migrate.js';
import { createPool, type Pool } from './pool.js';
import { createPresenceStore } from './presence-store.js';
import { createReportStore } from './report-store.js';
import { createRestoreStore } from './restore-store.js';

/** Everything that is kept in one PostgreSQL. */
export interface Stores {
  campaigns: CampaignStore;
  audience: AudienceStore;
  ledger: MessageLedger;
  reports: ReportStore;
  control: ControlStore;
  presence: PresenceStore;
  restores: RestoreStore;
  pool: Pool;
  /** Keys the Message-IDs of this installation. */
  secret: Buffer;
  connectionString: string;
  close(): Promise<void>;
}

/** Connects and brings the schema up to date. Rejects with what the server or the network said. */
export async function openStores(connectionString: string, log: Log, mostConnections?: number): Promise<Stores> {
  const pool = createPool(connectionString, log, mostConnections);
  try {
    await migrate(pool);
    return {
      campaigns: createCampaignStore(pool),
      audience: createAudienceStore(pool),
      ledger: createMessageLedger(pool),
      reports: createReportStore(pool),
      control: createControlStore(pool),
      presence: createPresenceStore(pool),
      restores: createRestoreStore(pool),
      secret: await readSecret(pool),
      ...{ pool, connectionString },
      close: () => pool.end(),
    };
  } catch (error) {
    await pool.end();
    throw error;
  }
}

async function readSecret(pool: Pool): Promise<Buffer> {
  const { rows } = await pool.query<{ secret: Buffer }>('SELECT secret FROM installation');
  if (!rows[0]) throw new Error('the table installation has lost its row');
  return rows[0].secret;
}
