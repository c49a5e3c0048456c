import { mkdtemp, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDoorbell } from './adapters/bullmq/doorbell.js';
import { createDatabaseClock } from './adapters/clock/database-clock.js';
import { systemClock } from './adapters/clock/system-clock.js';
import { formatCsvRow } from './adapters/csv/format-csv-row.js';
import { openCsv } from './adapters/csv/open-csv.js';
import { writeRejects } from './adapters/csv/write-rejects.js';
import { loadContent } from './adapters/files/load-content.js';
import { createLog } from './adapters/log/create-log.js';
import { openMailbox } from './adapters/mailbox/open-mailbox.js';
import { createAudienceStore } from './adapters/postgres/audience-store.js';
import { createCampaignStore } from './adapters/postgres/campaign-store.js';
import { type EmbeddedServer, openEmbeddedServer, removeEmbeddedServer } from './adapters/postgres/embedded-server.js';
import { createMessageLedger } from './adapters/postgres/message-ledger.js';
import { migrate } from './adapters/postgres/migrate.js';
import { createPool, type Pool } from './adapters/postgres/pool.js';
import { createReportStore } from './adapters/postgres/report-store.js';
import { readSmtpUrl } from './adapters/smtp/open-sender.js';
import { createSenders } from './adapters/smtp/senders.js';
import { createSmtpTransport } from './adapters/smtp/smtp-transport.js';
import { readCampaignFile } from './adapters/yaml/read-campaign-file.js';
import { readSenderProfile } from './adapters/yaml/read-sender-profile.js';
import { Unavailable } from './campaign/problem.js';
import type { Config } from './config.js';
import type {
  AudienceStore,
  CampaignStore,
  Clock,
  Doorbell,
  Log,
  MessageLedger,
  ReportStore,
  Senders,
} from './engine/ports.js';
import { quietLog } from './engine/quiet-log.js';
import { waitForServer } from './wait-for-server.js';

/** The one place where the engine's ports meet their adapters. */
export type Composition = ReturnType<typeof compose>;

export interface Database {
  campaigns: CampaignStore;
  audience: AudienceStore;
  ledger: MessageLedger;
  reports: ReportStore;
  clock: Clock;
  /** Keys the Message-IDs of this installation. */
  secret: Buffer;
  connectionString: string;
  /** Whether this process may run the engine: false where another one already does, on the same embedded folder. */
  claimEngine(): Promise<boolean>;
  close(): Promise<void>;
}

export interface OpenOptions {
  log?: Log;
  /** Wait for a server that is coming up, telling this once; without it a server that is away is an error. */
  onWait?: ((message: string) => void) | undefined;
}

export function compose(config: Config) {
  return {
    clock: systemClock,
    createLog: (terminal: boolean) => createLog(config.logLevel, terminal),
    openTable: openCsv,
    writeRejects,
    formatCsvRow,
    openMailbox,
    dataDir: config.dataDir,
    hasDefaultSender: config.smtpUrl !== undefined,
    fileTime: async (path: string) => (await stat(path)).mtime,

    async readCampaign(file: string) {
      const campaign = await readCampaignFile(file);
      return { campaign, content: await loadContent(file, campaign) };
    },
    readCampaignFile,

    async openDatabase({ log = quietLog, onWait }: OpenOptions = {}): Promise<Database> {
      const { databaseUrl } = config;
      if (databaseUrl) {
        const open = () => openStores(databaseUrl, log);
        return waitForServer('The database', open, onWait);
      }
      const embedded = await openEmbeddedServer(config.dataDir);
      return openEmbeddedStores(embedded, log, async () => {});
    },

    openDoorbell: (database: Database, { log = quietLog, onWait }: OpenOptions = {}): Promise<Doorbell> =>
      waitForServer(
        config.redisUrl ? 'Redis' : 'The database',
        () => createDoorbell({ databaseUrl: database.connectionString, redisUrl: config.redisUrl, log }),
        onWait,
      ),

    openSenders: (): Senders => createSenders(config, readSenderProfile),

    /** A world of its own for `simulate`: its database is thrown away, its queue is nobody else's. */
    async openPlayground(
      smtpUrl: string,
    ): Promise<{ database: Database; doorbell: Doorbell; senders: Senders; close(): Promise<void> }> {
      const transport = createSmtpTransport(readSmtpUrl(smtpUrl, '--smtp'));
      const verified = await transport.verify();
      if (verified.kind !== 'accepted') {
        const reason = verified.kind === 'refused' ? verified.reply : verified.reason;
        throw new Unavailable(`The SMTP server does not take our mail: ${reason}`);
      }
      const folder = await mkdtemp(join(tmpdir(), 'fanfare-'));
      const embedded = await openEmbeddedServer(folder, { throwaway: true });
      const database = await openEmbeddedStores(embedded, quietLog, () => removeEmbeddedServer(folder));
      const doorbell = await createDoorbell({
        databaseUrl: database.connectionString,
        redisUrl: config.redisUrl,
        prefix: `fanfare-simulation-${process.pid}-${Math.random().toString(36).slice(2)}`,
        log: quietLog,
      });
      return {
        ...{ database, doorbell },
        senders: { find: async () => transport, close: () => transport.close() },
        async close() {
          await doorbell.close();
          await transport.close();
          await database.close();
        },
      };
    },
  };
}

async function openEmbeddedStores(
  embedded: EmbeddedServer,
  log: Log,
  afterwards: () => Promise<void>,
): Promise<Database> {
  const release = async () => {
    await embedded.release();
    await afterwards();
  };
  try {
    const stores = await openStores(embedded.connectionString, log);
    return {
      ...stores,
      claimEngine: embedded.claimEngine,
      async close() {
        await stores.close();
        await release();
      },
    };
  } catch (error) {
    await release();
    throw error;
  }
}

async function openStores(connectionString: string, log: Log): Promise<Database> {
  const pool = createPool(connectionString, log);
  try {
    await migrate(pool);
    return {
      campaigns: createCampaignStore(pool),
      audience: createAudienceStore(pool),
      ledger: createMessageLedger(pool),
      reports: createReportStore(pool),
      clock: createDatabaseClock(pool),
      secret: await readSecret(pool),
      connectionString,
      // Any number of machines may run the engine on a database server.
      claimEngine: async () => true,
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
