import { rmSync } from 'node:fs';
import { mkdtemp, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createDatabaseClock } from './adapters/clock/database-clock.js';
import { systemClock } from './adapters/clock/system-clock.js';
import { formatCsvRow } from './adapters/csv/format-csv-row.js';
import { openCsv } from './adapters/csv/open-csv.js';
import { writeRejects } from './adapters/csv/write-rejects.js';
import { findPlaces, loadContent } from './adapters/files/load-content.js';
import { locateProblems } from './adapters/files/locate-problems.js';
import { readRingLists } from './adapters/files/read-ring-lists.js';
import { createWitnessFile } from './adapters/files/witness-file.js';
import type { IcsEvent } from './adapters/ics/write-ics.js';
import { openMailbox } from './adapters/mailbox/open-mailbox.js';
import type { EmbeddedServer } from './adapters/postgres/embedded-server.js';
import { readCampaignFile } from './adapters/yaml/read-campaign-file.js';
import { readClosures as readYamlClosures } from './adapters/yaml/read-closures.js';
import { readSenderProfile } from './adapters/yaml/read-sender-profile.js';
import type { Campaign } from './campaign/campaign.js';
import type { Closure, Holidays } from './campaign/plan.js';
import { BadInput, Unavailable } from './campaign/problem.js';
import type { Config } from './config.js';
import type { KnownSender } from './engine/judge-plan.js';
import type { AudienceStore } from './engine/ports/audience-store.js';
import type { CampaignStore } from './engine/ports/campaign-store.js';
import type { Clock } from './engine/ports/clock.js';
import type { ControlStore } from './engine/ports/control-store.js';
import type { Doorbell } from './engine/ports/doorbell.js';
import type { Log } from './engine/ports/log.js';
import type { MessageLedger } from './engine/ports/message-ledger.js';
import type { PresenceStore } from './engine/ports/presence-store.js';
import type { ReportStore } from './engine/ports/report-store.js';
import type { RestoreStore, Witness } from './engine/ports/restore-store.js';
import { defaultSender, type Senders } from './engine/ports/transport.js';
import { quietLog } from './engine/quiet-log.js';
import { releaseOnSignal } from './release-on-signal.js';
import { waitForServer } from './wait-for-server.js';

/**
 * The one place where the engine's ports meet their adapters. What talks to servers is loaded when it is asked for:
 * together that is half a second, which `plan`, `preview` and `schema` need not wait for.
 */
export type Composition = ReturnType<typeof compose>;

export interface Database {
  campaigns: CampaignStore;
  audience: AudienceStore;
  ledger: MessageLedger;
  reports: ReportStore;
  control: ControlStore;
  presence: PresenceStore;
  restores: RestoreStore;
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
  onWait?: (message: string) => void;
  /** Ends the waiting with an `AbortError`. */
  stop?: AbortSignal;
  /** The caller answers Ctrl-C itself; otherwise an embedded server goes down with the command. */
  answersSignals?: boolean;
}

export function compose(config: Config) {
  return {
    clock: systemClock,
    async createLog(terminal: boolean) {
      const { createLog } = await import('./adapters/log/create-log.js');
      return createLog(config.logLevel, terminal);
    },
    openTable: openCsv,
    writeRejects,
    formatCsvRow,
    openMailbox,
    dataDir: config.dataDir,
    leaseMs: config.leaseMs,
    hasDefaultSender: config.smtpUrl !== undefined,
    fileTime: async (path: string) => (await stat(path)).mtime,

    async readCampaign(file: string) {
      const campaign = await readCampaignFile(file);
      await refuseUnknownPlaces(file, campaign);
      const places = findPlaces(file, campaign);
      const lists = { closures: await readClosures(file, campaign), rings: await readRingLists(file, campaign) };
      return {
        ...{ campaign, lists, content: await loadContent(file, campaign) },
        /** Do something with them: what is wrong with a template is told with the path of its file. */
        locateProblems: <Result>(work: () => Promise<Result>) => locateProblems(places, work),
      };
    },
    listHolidays,

    /** What a sender allows, as its profile or SMTP_URL says; nothing where neither is there. */
    async knowSender(profile: string | undefined): Promise<KnownSender> {
      const { readSmtpUrl } = await import('./adapters/smtp/open-sender.js');
      const limits =
        profile !== undefined
          ? (await readSenderProfile(join(config.sendersDir, `${profile}.yaml`))).limits
          : config.smtpUrl && readSmtpUrl(config.smtpUrl, 'SMTP_URL').limits;
      const { perMinute, perDay } = limits || {};
      return {
        name: profile ?? defaultSender,
        limits: { ...(perMinute !== undefined && { perMinute }), ...(perDay !== undefined && { perDay }) },
      };
    },

    async writeIcs(events: IcsEvent[], now: Date): Promise<string> {
      const { writeIcs } = await import('./adapters/ics/write-ics.js');
      return writeIcs(events, now);
    },

    async openDatabase({ log = quietLog, answersSignals = false, onWait, stop }: OpenOptions = {}): Promise<Database> {
      const { databaseUrl } = config;
      if (databaseUrl) {
        // Any number of machines may run the engine on a database server.
        const open = async () => ({ ...(await openDatabaseOn(databaseUrl, log)), claimEngine: async () => true });
        return waitForServer('The database', open, onWait, stop);
      }
      const { openEmbeddedServer } = await import('./adapters/postgres/embedded-server.js');
      const opening = openEmbeddedServer(config.dataDir);
      const forget = answersSignals ? () => {} : abandonOnSignal(opening, () => {});
      return openEmbeddedStores(opening, log, async () => forget());
    },

    /** What a starting process asks of the database: one that is restarting at this moment is waited for. */
    untilAnswered: <Answer>(work: () => Promise<Answer>, { onWait, stop }: OpenOptions): Promise<Answer> =>
      waitForServer('The database', work, onWait, stop),

    openDoorbell: (database: Database, { log = quietLog, onWait, stop }: OpenOptions = {}): Promise<Doorbell> =>
      waitForServer(
        config.redisUrl ? 'Redis' : 'The database',
        async () => {
          const { createDoorbell } = await import('./adapters/bullmq/doorbell.js');
          return createDoorbell({ databaseUrl: database.connectionString, redisUrl: config.redisUrl, log });
        },
        onWait,
        stop,
      ),

    /** Where it is remembered how far the database has come; Redis is a second place, which all machines share. */
    async openWitnesses(): Promise<Witness[]> {
      const witnesses = [createWitnessFile(config.dataDir)];
      if (config.redisUrl) {
        const { createRedisWitness } = await import('./adapters/bullmq/redis-witness.js');
        witnesses.push(createRedisWitness(config.redisUrl));
      }
      return witnesses;
    },

    async openSenders(): Promise<Senders> {
      const { createSenders } = await import('./adapters/smtp/senders.js');
      return createSenders(config, readSenderProfile);
    },

    /** A world of its own for `simulate`: its database is thrown away, its queue is nobody else's. */
    async openPlayground(
      smtpUrl: string,
    ): Promise<{ database: Database; doorbell: Doorbell; senders: Senders; close(): Promise<void> }> {
      const [
        { createSmtpTransport },
        { readSmtpUrl },
        { openEmbeddedServer, removeEmbeddedServer },
        { createDoorbell },
      ] = await Promise.all([
        import('./adapters/smtp/smtp-transport.js'),
        import('./adapters/smtp/open-sender.js'),
        import('./adapters/postgres/embedded-server.js'),
        import('./adapters/bullmq/doorbell.js'),
      ]);
      const transport = createSmtpTransport(readSmtpUrl(smtpUrl, '--smtp'));
      const verified = await transport.verify();
      if (verified.kind !== 'accepted') {
        const reason = verified.kind === 'refused' ? verified.reply : verified.reason;
        throw new Unavailable(`The SMTP server does not take our mail: ${reason}`);
      }
      const folder = await mkdtemp(join(tmpdir(), 'fanfare-'));
      const opening = openEmbeddedServer(folder, { throwaway: true });
      const forget = abandonOnSignal(opening, () => rmSync(folder, { recursive: true, force: true }));
      const database = await openEmbeddedStores(opening, quietLog, async () => {
        await removeEmbeddedServer(folder);
        forget();
      });
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

/** Loaded where a campaign names holidays: that costs as much as the rest of a command. */
async function listHolidays(places: readonly string[], years: { from: number; to: number }): Promise<Holidays> {
  return (await import('./adapters/holidays/list-holidays.js')).listHolidays(places, years);
}

/** @throws BadInput with every place that nobody knows holidays of */
async function refuseUnknownPlaces(file: string, { calendar }: Campaign): Promise<void> {
  if (calendar.holidays.length === 0) return;
  const { describeUnknownPlace } = await import('./adapters/holidays/list-holidays.js');
  const problems = calendar.holidays.flatMap((place, index) => {
    const unknown = describeUnknownPlace(place);
    return unknown ? [{ file, field: `calendar.holidays[${index}]`, ...unknown }] : [];
  });
  if (problems.length > 0) throw new BadInput(problems);
}

/** The organisation's own days off, from YAML or from a calendar that somebody exported. */
async function readClosures(campaignFile: string, { calendar, launch }: Campaign): Promise<Closure[]> {
  if (calendar.closures === undefined) return [];
  const file = resolve(dirname(campaignFile), calendar.closures);
  const year = Number(launch.date.slice(0, 4));
  if (/\.ics$/i.test(file)) {
    const { readIcsClosures } = await import('./adapters/ics/read-ics-closures.js');
    return readIcsClosures(file, { from: year - 1, to: year + 4 }, launch.zone);
  }
  return readYamlClosures(file);
}

/** Also while it is being opened: then it is taken down as soon as it is up. */
function abandonOnSignal(opening: Promise<EmbeddedServer>, afterwards: () => void): () => void {
  return releaseOnSignal(async () => {
    await (await opening).abandon();
    afterwards();
  });
}

async function openEmbeddedStores(
  opening: Promise<EmbeddedServer>,
  log: Log,
  afterwards: () => Promise<void>,
): Promise<Database> {
  const embedded = await opening.catch(async (error) => {
    await afterwards();
    throw error;
  });
  const release = async () => {
    await embedded.release();
    await afterwards();
  };
  try {
    const stores = await openDatabaseOn(embedded.connectionString, log);
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

async function openDatabaseOn(connectionString: string, log: Log): Promise<Omit<Database, 'claimEngine'>> {
  const { openStores } = await import('./adapters/postgres/open-stores.js');
  const { pool, ...stores } = await openStores(connectionString, log);
  return { ...stores, clock: createDatabaseClock(pool) };
}
