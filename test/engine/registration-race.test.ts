import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { MessageLedger } from '../../src/engine/ports/message-ledger.js';
import { makeCampaign } from '../rig/make-campaign.js';
import { openEngine } from '../rig/open-engine.js';
import { openTestDatabase, type TestDatabase } from '../rig/open-test-database.js';
import { listQueueBackends } from '../rig/queue-backends.js';
import { openScriptedSmtp } from '../rig/scripted-smtp.js';

const reminder = new Date('2027-01-19T08:00:00Z');
const people = 1_000;
const together = 5;

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());
beforeEach(() => database.clear());

describe.each(listQueueBackends())('1,000 registrations race the reminder on $name', (backend) => {
  test('nobody whose registration was committed before the claim gets the reminder', async () => {
    const queue = await backend.open();
    const smtp = await openScriptedSmtp({ dotDelayMs: 10 });
    const engine = await openEngine(database, { smtpUrl: smtp.url, redisUrl: queue.redisUrl });
    try {
      await engine.launch(makeCampaign({ steps: [{ kind: 'sign-up-reminder', offset: '+7d' }] }), people);
      await engine.playUntilOpened(reminder);
      // When the claim that took a person began, and when that person's registration was there: one monotonic clock.
      const claimedAt = new Map<string, number>();
      const registeredAt = new Map<string, number>();
      const watching: MessageLedger = {
        ...database.ledger,
        claim: async (...args) => {
          const began = performance.now();
          const claim = await database.ledger.claim(...args);
          for (const { recipient } of claim?.messages ?? []) claimedAt.set(recipient.address, began);
          return claim;
        },
      };
      await engine.addWorker({ ledger: watching, claimSize: 10 });
      // Small claims, so that there are many races; a ring for each of them.
      const [step] = await database.campaigns.steps('test');
      await engine.doorbell.ring(step?.key ?? 0, people / 10);
      const registering = (async () => {
        const order = Array.from(
          { length: people / together },
          (_, group) => ((group * 37) % (people / together)) * together,
        );
        for (const first of order) {
          const addresses = Array.from({ length: together }, (_, index) => `p${first + index + 1}@contoso.com`);
          await database.audience.importRegistrations('test', listRegistrations(addresses), {
            ...{ asOf: () => reminder, source: 'race', now: reminder },
            consent: async () => true,
          });
          const committed = performance.now();
          for (const address of addresses) registeredAt.set(address, committed);
        }
      })();
      await Promise.all([registering, engine.playUntil(reminder)]);

      const mailed = smtp.accepted.map(({ to }) => to[0] ?? '');
      const wrong = mailed.filter((address) => (registeredAt.get(address) ?? 0) < (claimedAt.get(address) ?? 0));
      expect(wrong).toEqual([]);
      expect(new Set(mailed).size).toBe(mailed.length);
      // The race was one: some were reminded, some were spared, and nobody is unaccounted for.
      expect(mailed.length).toBeGreaterThan(20);
      expect(mailed.length).toBeLessThan(people - 20);
      const [counted] = await database.reports.counts('test');
      expect(counted?.states).toMatchObject({
        sent: mailed.length,
        suppressed: people - mailed.length,
        waiting: 0,
        uncertain: 0,
      });
    } finally {
      await engine.close();
      await smtp.close();
      await queue.close();
    }
  }, 120_000);
});

async function* listRegistrations(addresses: string[]) {
  for (const [index, addressKey] of addresses.entries()) yield { addressKey, registered: true, line: index + 1 };
}
