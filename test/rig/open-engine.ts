import { createDoorbell } from '../../src/adapters/bullmq/doorbell.js';
import { listHolidays as readHolidays } from '../../src/adapters/holidays/list-holidays.js';
import { readSmtpUrl } from '../../src/adapters/smtp/open-sender.js';
import { createSmtpTransport } from '../../src/adapters/smtp/smtp-transport.js';
import type { Campaign } from '../../src/campaign/campaign.js';
import type { Recipient } from '../../src/campaign/recipient.js';
import { calendarOf } from '../../src/engine/campaign-calendar.js';
import { createPlace } from '../../src/engine/create-place.js';
import { startWorker } from '../../src/engine/deliver.js';
import { dispatchDueSteps, type Tick } from '../../src/engine/dispatch.js';
import { type MoveProposal, proposeMove } from '../../src/engine/move-campaign.js';
import { pastForJoiners } from '../../src/engine/ports/campaign-store.js';
import type { Doorbell } from '../../src/engine/ports/doorbell.js';
import type { Log } from '../../src/engine/ports/log.js';
import type { MessageLedger } from '../../src/engine/ports/message-ledger.js';
import type { Transport } from '../../src/engine/ports/transport.js';
import { quietLog } from '../../src/engine/quiet-log.js';
import { createRegroup } from '../../src/engine/regroup-campaign.js';
import { SimulatedClock } from '../../src/engine/simulated-clock.js';
import { listSettings } from '../../src/engine/step-settings.js';
import { StepTemplates } from '../../src/engine/step-templates.js';
import { planCampaign } from '../../src/plan/plan-campaign.js';
import { loadTestContent, makePeople } from './make-campaign.js';
import type { TestDatabase } from './open-test-database.js';

export interface WorkerChanges {
  smtpUrl?: string;
  /** Transports of campaigns that name a sender profile. */
  profiles?: Record<string, Transport>;
  leaseMs?: number;
  claimSize?: number;
  ledger?: MessageLedger;
  log?: Log;
}

export interface TestEngine {
  clock: SimulatedClock;
  doorbell: Doorbell;
  /** Apply a campaign as if its steps were all to come, and import its people. */
  launch(campaign: Campaign, people: People | number): Promise<void>;
  /** People who come to the list later; a step that is past is past for them. */
  join(campaign: Campaign, people: People): Promise<void>;
  /** Move the launch date as `fanfare move` does. */
  move(campaign: string, date: string, options?: { tell?: boolean }): Promise<MoveProposal>;
  /** Another worker on the same queue and database. */
  addWorker(changes?: WorkerChanges): Promise<{ stop(): Promise<void> }>;
  tick(): Promise<Tick>;
  /** Move the clock and tick once: the rows are made, and nobody has sent them. */
  playUntilOpened(instant: Date): Promise<void>;
  /** Move the clock, tick, and wait until nothing is due, claimed or being sent. */
  playUntil(instant: Date): Promise<void>;
  close(): Promise<void>;
}

type People = AsyncIterable<{ line: number; recipient: Recipient }>;

const listHolidays = async (...asked: Parameters<typeof readHolidays>) => readHolidays(...asked);
const noLists = { closures: [], rings: {} };

async function* placeAll(campaign: Campaign, people: People) {
  const place = createPlace(campaign, noLists);
  for await (const { line, recipient } of people) {
    yield { line, recipient: { ...recipient, placement: place(recipient) } };
  }
}

/** The real engine on a test's database, queue and SMTP server, on a clock that the test moves. */
export async function openEngine(
  database: TestDatabase,
  {
    smtpUrl,
    redisUrl,
    start = new Date('2026-12-01T00:00:00Z'),
  }: { smtpUrl: string; redisUrl?: string | undefined; start?: Date },
): Promise<TestEngine> {
  const clock = new SimulatedClock(start);
  const prefix = `test-${Math.random().toString(36).slice(2)}`;
  const openDoorbell = () =>
    createDoorbell({ databaseUrl: database.connectionString, redisUrl, prefix, log: quietLog });
  const doorbell = await openDoorbell();
  const closing: Array<() => Promise<void>> = [];
  const engine: TestEngine = {
    ...{ clock, doorbell },
    async launch(campaign, people) {
      const plan = planCampaign(campaign);
      const now = await clock.now();
      await database.campaigns.save({
        ...{ definition: campaign, plan, content: await loadTestContent(campaign), now, expectedVersion: 0 },
        steps: listSettings(plan, campaign),
      });
      const listed = typeof people === 'number' ? makePeople(people) : people;
      const regroup = createRegroup(campaign, await calendarOf(campaign, noLists, listHolidays), new Date(0), '');
      await database.audience.importRecipients(campaign.id, placeAll(campaign, listed), {
        ...{ mode: 'replace', consent: async () => true, regroup },
      });
    },
    async join(campaign, people) {
      const now = await clock.now();
      const calendar = await calendarOf(campaign, noLists, listHolidays);
      await database.audience.importRecipients(campaign.id, placeAll(campaign, people), {
        ...{ mode: 'add', consent: async () => true, now },
        regroup: createRegroup(campaign, calendar, now, pastForJoiners),
      });
    },
    async move(id, date, { tell = true } = {}) {
      const applied = await database.campaigns.find(id);
      if (!applied) throw new Error(`no campaign ${id}`);
      const { definition, lists, content } = applied;
      const calendar = await calendarOf(definition, lists, listHolidays);
      const now = await clock.now();
      const sender = { name: 'SMTP_URL', limits: {} };
      const proposal = await proposeMove(
        { applied, date, accept: [], tell, calendar, sender, now },
        database.campaigns,
      );
      if (!(await database.campaigns.save({ ...proposal, content, lists, now }))) throw new Error('not moved');
      return proposal;
    },
    async addWorker({ smtpUrl: other = smtpUrl, profiles, ...changes } = {}) {
      const bell = await openDoorbell();
      const transport = createSmtpTransport(readSmtpUrl(other));
      const worker = startWorker({
        ...database,
        ...{ doorbell: bell, clock, log: quietLog, templates: new StepTemplates(database.campaigns, database.ledger) },
        senders: { find: async (profile) => (profile && profiles?.[profile]) || transport, close: async () => {} },
        ...changes,
      });
      const stop = async () => {
        await worker.stop();
        await transport.close();
        await bell.close();
      };
      closing.push(stop);
      return {
        stop: async () => {
          closing.splice(closing.indexOf(stop), 1);
          await stop();
        },
      };
    },
    tick: () =>
      dispatchDueSteps({ ...database, doorbell, clock, log: quietLog, reconfirm: { ...database, listHolidays } }),
    async playUntilOpened(instant) {
      clock.moveTo(instant);
      await engine.tick();
    },
    async playUntil(instant) {
      clock.moveTo(instant);
      for (;;) {
        await engine.tick();
        for (let wait = 0; wait < 40; wait += 1) {
          if ((await database.ledger.countUnsettled(instant)) === 0) return;
          await new Promise((done) => setTimeout(done, 10));
        }
      }
    },
    async close() {
      for (const stop of closing.splice(0)) await stop();
      await doorbell.close();
    },
  };
  return engine;
}
