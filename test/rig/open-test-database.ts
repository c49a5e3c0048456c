import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAudienceStore } from '../../src/adapters/postgres/audience-store.js';
import { createCampaignStore } from '../../src/adapters/postgres/campaign-store.js';
import { createControlStore } from '../../src/adapters/postgres/control-store.js';
import { openEmbeddedServer, removeEmbeddedServer } from '../../src/adapters/postgres/embedded-server.js';
import { createMessageLedger } from '../../src/adapters/postgres/message-ledger.js';
import { migrate } from '../../src/adapters/postgres/migrate.js';
import { createPool, type Pool } from '../../src/adapters/postgres/pool.js';
import { createReportStore } from '../../src/adapters/postgres/report-store.js';
import { createRestoreStore } from '../../src/adapters/postgres/restore-store.js';
import type { AudienceStore } from '../../src/engine/ports/audience-store.js';
import type { CampaignStore } from '../../src/engine/ports/campaign-store.js';
import type { ControlStore } from '../../src/engine/ports/control-store.js';
import type { MessageLedger } from '../../src/engine/ports/message-ledger.js';
import type { ReportStore } from '../../src/engine/ports/report-store.js';
import type { RestoreStore } from '../../src/engine/ports/restore-store.js';
import { quietLog } from '../../src/engine/quiet-log.js';

export interface TestDatabase {
  campaigns: CampaignStore;
  audience: AudienceStore;
  ledger: MessageLedger;
  reports: ReportStore;
  control: ControlStore;
  restores: RestoreStore;
  pool: Pool;
  connectionString: string;
  secret: Buffer;
  /** Empty every table, as if nothing had happened. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

/** A real PostgreSQL of its own for one test file; its data is thrown away. */
export async function openTestDatabase(): Promise<TestDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'fanfare-test-'));
  const server = await openEmbeddedServer(folder, { throwaway: true });
  const pool = createPool(server.connectionString, quietLog, 20);
  await migrate(pool);
  return {
    campaigns: createCampaignStore(pool),
    audience: createAudienceStore(pool),
    ledger: createMessageLedger(pool),
    reports: createReportStore(pool),
    control: createControlStore(pool),
    restores: createRestoreStore(pool),
    pool,
    connectionString: server.connectionString,
    secret: Buffer.from('a secret of this test'),
    clear: async () => {
      await pool.query(
        'TRUNCATE campaigns, steps, recipients, registrations, leases, messages, paused_senders, sender_uses, engine_processes, suppressed_addresses RESTART IDENTITY CASCADE',
      );
      await pool.query('UPDATE installation SET restored_until = NULL, restored_lease = NULL');
    },
    close: async () => {
      await pool.end();
      await server.release();
      await removeEmbeddedServer(folder);
    },
  };
}
