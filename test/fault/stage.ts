import { setTimeout as sleep } from 'node:timers/promises';
import { openStores, type Stores } from '../../src/adapters/postgres/open-stores.js';
import type { UncertainPolicy } from '../../src/campaign/message.js';
import type { Recipient } from '../../src/campaign/recipient.js';
import type { StepSettings } from '../../src/engine/ports/campaign-store.js';
import { quietLog } from '../../src/engine/quiet-log.js';
import { listSettings } from '../../src/engine/step-settings.js';
import { planCampaign } from '../../src/plan/plan-campaign.js';
import type { MailContent } from '../../src/render/mail-content.js';
import { type StepSummary, summariseStep } from '../../src/report/summarise-steps.js';
import { type Ended, openWorkplace, type Started, type Workplace } from '../cli/run-fanfare.js';
import { loadTestContent, makeCampaign, makePeople } from '../rig/make-campaign.js';
import type { QueueBackend } from '../rig/queue-backends.js';
import { type DatabaseServer, openDatabaseServer } from './database-server.js';
import { seedRandom } from './random.js';
import { openRedisServer, type RedisServer } from './redis-server.js';
import { openSink, type Sink } from './sink.js';

/** Load of the matrix: 2 workers with 8 messages in flight each. */
export const inFlight = 8;
const workers = 2;
/** Everything that can be in flight at once: C of the matrix. */
export const allInFlight = workers * inFlight;

/** A picture of one pixel: the sink writes every mail to disk, and the logo is most of a mail. */
const logo = {
  contentType: 'image/gif',
  base64: 'R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7',
  fileName: 'logo.gif',
} as const;

export interface StageOptions {
  seed: number;
  queue: QueueBackend['name'];
  policy: UncertainPolicy;
  people: number;
  leaseSeconds: number;
  /** Another build than `dist/`. */
  main?: string;
}

/** What a launch may change. */
export interface Launch {
  schedulers?: number;
  workers?: number;
  /** The receiving server, where it is not the sink. */
  smtpUrl?: string;
  environment?: Record<string, string>;
  /** An open file for what the process logs. */
  stdout?: number;
  /** Fields of the campaign file. */
  campaign?: Record<string, unknown>;
  person?: (number: number) => Partial<Recipient>;
  /** What its mails are made of, where that is not the shipped pack. */
  content?: (shipped: MailContent) => MailContent;
  /** When the step is due, where that is not now. */
  sendAt?: Date;
}

/** The whole system as operations run it, with processes of its own, for one run of one row. */
export interface Stage extends StageOptions {
  /** From 0 to below 1; decided by the seed. */
  random(): number;
  place: Workplace;
  server: DatabaseServer;
  /** Our own way into the database of this run, for filling and for the books; not for judging. */
  stores: Stores;
  /** Where the queue is; absent where it is on PostgreSQL. */
  redis?: RedisServer;
  sink: Sink;
  running: Started[];
  /** Apply a campaign with one step that is due now, for nobody yet. */
  apply(launch?: Launch): Promise<void>;
  /** The same, for the people. Nothing runs yet. */
  fill(launch?: Launch): Promise<void>;
  start(role: 'scheduler' | 'worker', launch?: Launch): Started;
  /** Run a command to its end, as a person would meanwhile. */
  run(...args: string[]): Promise<Ended>;
  /** `fill`, and start everything; resolves when all are ready, schedulers first. */
  launch(launch?: Launch): Promise<Started[]>;
  /** Until the sink has taken so many mails. @throws Error where it does not within two minutes */
  untilSunk(count: number): Promise<void>;
  /** Until no lease that exists now is left, with the seconds that took. */
  untilLeasesGone(): Promise<number>;
  /** Until nothing is on its way any more. @throws Error where that does not happen in time */
  untilSettled(seconds?: number): Promise<StepSummary>;
  count(): Promise<StepSummary>;
  /** Something that a row has opened beside: closed first. */
  alsoClose(end: () => Promise<unknown>): void;
  close(): Promise<void>;
}

export async function openStage(options: StageOptions): Promise<Stage> {
  const { seed, queue, policy, people, leaseSeconds, main } = options;
  const closing: Array<() => Promise<unknown>> = [];
  const close = async () => {
    for (const end of closing.splice(0).reverse()) await end().catch((error: Error) => console.error(error.message));
  };
  try {
    const place = await openWorkplace(main === undefined ? {} : { main });
    closing.push(() => place.close());
    const server = await openDatabaseServer();
    closing.push(() => server.close());
    const stores = await openStores(server.connectionString, quietLog);
    closing.push(() => stores.close());
    const redis = queue === 'redis' ? await openRedisServer() : undefined;
    if (redis) closing.push(() => redis.close());
    const sink = await openSink(place.folder);
    closing.push(() => sink.stop());
    const running: Started[] = [];
    const servers = { DATABASE_URL: server.connectionString, ...(redis && { REDIS_URL: redis.redisUrl }) };

    const stage: Stage = {
      ...options,
      ...{ random: seedRandom(seed), place, server, stores, sink, running, close },
      ...(redis && { redis }),
      alsoClose: (end) => closing.push(end),

      async apply({ campaign: changes = {}, sendAt, content: change = (shipped: MailContent) => shipped } = {}) {
        const now = new Date();
        const kind = policy === 'park' ? 'sign-up-reminder' : 'available-now';
        const campaign = makeCampaign({ steps: [{ kind, offset: '0d' }], ...changes });
        const plan = planCampaign(campaign);
        const steps = listSettings(plan, campaign).map((step) => moveTo(step, sendAt ?? now));
        const content = change({ ...(await loadTestContent(campaign)), logo });
        await stores.campaigns.save({ definition: campaign, plan, content, steps, expectedVersion: 0, now });
      },

      async fill(launch = {}) {
        await stage.apply(launch);
        await stores.audience.importRecipients('test', makePeople(people, launch.person), {
          mode: 'replace',
          consent: async () => true,
        });
      },

      start(role, { smtpUrl, environment = {}, stdout } = {}) {
        const settings = {
          ...servers,
          SMTP_URL: smtpUrl ?? `smtp://127.0.0.1:${sink.port}?connections=${inFlight}&inFlight=${inFlight}`,
          FANFARE_LEASE_SECONDS: String(leaseSeconds),
          ...environment,
        };
        const started = place.start([role], settings, stdout);
        running.push(started);
        return started;
      },

      run: (...args) => place.run(args, servers),

      async launch(launch = {}) {
        await stage.fill(launch);
        const started = [
          ...Array.from({ length: launch.schedulers ?? 1 }, () => stage.start('scheduler', launch)),
          ...Array.from({ length: launch.workers ?? workers }, () => stage.start('worker', launch)),
        ];
        await Promise.all(started.map((each) => each.says(/"msg":"ready"/)));
        return started;
      },

      async untilSunk(count) {
        const since = performance.now();
        while ((await sink.count()) < count) {
          if (performance.now() - since > 120_000) throw new Error(`the sink took only ${await sink.count()} mails`);
          await sleep(30);
        }
      },

      async untilLeasesGone() {
        const since = performance.now();
        const { rows } = await stores.pool.query<{ last: number }>('SELECT max(id) AS last FROM leases');
        for (;;) {
          const left = await stores.pool.query(`SELECT FROM leases WHERE id <= $1 AND message_ids <> '{}'`, [
            rows[0]?.last ?? 0,
          ]);
          const seconds = (performance.now() - since) / 1000;
          if (left.rowCount === 0) return seconds;
          if (seconds > 180) throw new Error('leases of before the fault are still there after three minutes');
          await sleep(50);
        }
      },

      async count() {
        const step = (await stores.reports.counts('test'))[0];
        if (!step) throw new Error('the campaign has no step');
        return summariseStep(step);
      },

      async untilSettled(seconds = 180) {
        const since = performance.now();
        for (;;) {
          const step = await stage.count().catch(() => undefined);
          if (step && step.audience > 0 && step.waiting + step.claimed + step.sending === 0) return step;
          if (performance.now() - since > seconds * 1000)
            throw new Error(`nothing settled within ${seconds} s: ${JSON.stringify(step)}`);
          await sleep(100);
        }
      },
    };
    return { ...stage, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The same step at another instant, as long worth sending as it was. */
function moveTo(step: StepSettings, sendAt: Date): StepSettings {
  return { ...step, sendAt, expiresAt: new Date(sendAt.getTime() + step.expiresAt.getTime() - step.sendAt.getTime()) };
}
