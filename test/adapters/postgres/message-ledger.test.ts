import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type MessageState, messageMoves } from '../../../src/campaign/message.js';
import type { Claim, Mark, Verdict } from '../../../src/engine/ports/message-ledger.js';
import { listSettings } from '../../../src/engine/step-settings.js';
import { planCampaign } from '../../../src/plan/plan-campaign.js';
import { loadTestContent, makeCampaign, makePeople } from '../../rig/make-campaign.js';
import { openTestDatabase, type TestDatabase } from '../../rig/open-test-database.js';

const availableNow = new Date('2027-01-12T08:00:00Z');
const reminder = new Date('2027-01-19T08:00:00Z');

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());
beforeEach(() => database.clear());

/** A campaign of `people`, its two steps opened; returns their keys. */
async function openSteps(people: number): Promise<{ now: number; reminder: number }> {
  const campaign = makeCampaign({
    steps: [
      { kind: 'available-now', offset: '0d' },
      { kind: 'sign-up-reminder', offset: '+7d' },
    ],
  });
  const plan = planCampaign(campaign);
  await database.campaigns.save({
    ...{ definition: campaign, plan, content: await loadTestContent(campaign), expectedVersion: 0, now: availableNow },
    steps: listSettings(plan, campaign),
  });
  await database.audience.importRecipients('test', makePeople(people), { mode: 'replace', consent: async () => true });
  await database.ledger.openDueSteps(availableNow);
  await database.ledger.openDueSteps(reminder);
  await database.pool.query(`UPDATE step_groups SET expires_at = '2099-01-01'`);
  const steps = await database.campaigns.steps('test');
  return { now: steps[0]?.key ?? 0, reminder: steps[1]?.key ?? 0 };
}

const claim = (step: number, limit = 10, leaseMs = 60_000): Promise<Claim | undefined> =>
  database.ledger.claim(step, { now: reminder, limit, leaseMs, worker: 'test', newestLease: 0 });
const markAll = (taken: Claim): Mark[] =>
  taken.messages.map(({ id }) => ({
    ...{
      id,
      leaseId: taken.leaseId,
      groupKey: taken.step.groupKey,
      toldDate: '2027-01-12',
      isLimited: false,
      probe: false,
      messageId: `${id}@first`,
      datedAt: reminder,
      markedAt: reminder,
    },
    onlyUnregistered: taken.step.onlyUnregistered,
  }));
const verdictsOf = (taken: Claim, change: Partial<Verdict> = {}): Verdict[] =>
  taken.messages.map(({ id }) => ({
    ...{
      id,
      leaseId: taken.leaseId,
      state: 'sent' as const,
      countAttempt: true,
      countResend: false,
      settledAt: reminder,
    },
    ...change,
  }));
const must = <Value>(value: Value | undefined): Value => {
  if (value === undefined) throw new Error('expected a value');
  return value;
};
const expireLeases = () => database.pool.query(`UPDATE leases SET until = clock_timestamp() - interval '1 second'`);
const countStates = async (step: number) => {
  const { rows } = await database.pool.query(
    'SELECT state, count(*) AS count FROM messages WHERE step_key = $1 GROUP BY state',
    [step],
  );
  return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
};

describe('claims', () => {
  test('two workers at once never hold the same message', async () => {
    const { now: step } = await openSteps(100);
    const claims = await Promise.all(Array.from({ length: 20 }, () => claim(step, 7)));
    const ids = claims.flatMap((taken) => taken?.messages.map(({ id }) => id) ?? []);
    expect(ids).toHaveLength(100);
    expect(new Set(ids).size).toBe(100);
    expect(new Set(claims.map((taken) => taken?.leaseId).filter(Boolean)).size).toBe(claims.filter(Boolean).length);
    expect(await claim(step)).toBeUndefined();
  });

  test('nothing is claimed before its step is open, after it has expired, or before its retry is due', async () => {
    const { now: step } = await openSteps(2);
    const expired = new Date('2099-01-01T00:00:00Z');
    expect(
      await database.ledger.claim(step, { now: expired, limit: 5, leaseMs: 1, worker: 't', newestLease: 0 }),
    ).toBeUndefined();
    await database.pool.query('UPDATE step_groups SET opened_at = NULL WHERE step_key = $1', [step]);
    expect(await claim(step)).toBeUndefined();
    await database.pool.query('UPDATE step_groups SET opened_at = send_at');
    const taken = must(await claim(step));
    await database.ledger.exchange(markAll(taken), []);
    const dueAt = new Date(reminder.getTime() + 60_000);
    await database.ledger.exchange([], verdictsOf(taken, { state: 'waiting', dueAt }));
    expect(await claim(step)).toBeUndefined();
    expect(await database.ledger.nextDue(reminder)).toEqual(dueAt);
    expect(
      (await database.ledger.claim(step, { now: dueAt, limit: 5, leaseMs: 1000, worker: 't', newestLease: 0 }))
        ?.messages,
    ).toHaveLength(2);
  });
});

describe('the fence', () => {
  test('a worker whose lease ran out can neither mark nor record; the peer can', async () => {
    const { now: step } = await openSteps(3);
    const stopped = must(await claim(step));
    await expireLeases();
    expect(await database.ledger.extendLeases([stopped.leaseId], 60_000)).toEqual([]);
    expect(await database.ledger.recoverLeases(reminder)).toEqual({ returned: 3, uncertain: 0 });
    const peer = must(await claim(step));
    expect(await database.ledger.exchange(markAll(stopped), verdictsOf(stopped))).toEqual([]);
    expect(await countStates(step)).toEqual({ claimed: 3 });
    expect(await database.ledger.exchange(markAll(peer), [])).toHaveLength(3);
    await database.ledger.exchange([], verdictsOf(stopped, { state: 'failed' }));
    expect(await countStates(step)).toEqual({ sending: 3 });
    await database.ledger.exchange([], verdictsOf(peer));
    expect(await countStates(step)).toEqual({ sent: 3 });
  });

  test('what was being handed over when its worker died goes out once more, and is then uncertain', async () => {
    const { now: step } = await openSteps(2);
    const first = must(await claim(step));
    await database.ledger.exchange(markAll(first), []);
    await expireLeases();
    expect(await database.ledger.recoverLeases(reminder)).toEqual({ returned: 0, uncertain: 2 });
    const second = must(await claim(step));
    expect(second.messages.map(({ messageId, datedAt, resends }) => [messageId, datedAt, resends])).toEqual(
      first.messages.map(({ id }) => [`${id}@first`, reminder, 1]),
    );
    const again = await database.ledger.exchange(
      markAll(second).map((mark) => ({ ...mark, messageId: 'another', datedAt: new Date() })),
      [],
    );
    expect(again.map(({ messageId, datedAt }) => [messageId, datedAt])).toEqual(
      first.messages.map(({ id }) => [`${id}@first`, reminder]),
    );
    await expireLeases();
    await database.ledger.recoverLeases(reminder);
    expect(await countStates(step)).toEqual({ uncertain: 2 });
  });

  test('a repeat that its step has outlived is uncertain: the first may have arrived', async () => {
    const { now: step } = await openSteps(2);
    await database.ledger.exchange(markAll(must(await claim(step, 1))), []);
    await expireLeases();
    await database.ledger.recoverLeases(reminder);
    expect(await database.ledger.closeWaiting(new Date('2099-01-02'))).toEqual({ expired: 4, cancelled: 0 });
    expect(await countStates(step)).toEqual({ uncertain: 1, failed: 1 });
  });

  test('a reminder in the same place is parked for a person', async () => {
    const { reminder: step } = await openSteps(2);
    await database.ledger.exchange(markAll(must(await claim(step))), []);
    await expireLeases();
    await database.ledger.recoverLeases(reminder);
    expect(await countStates(step)).toEqual({ uncertain: 2 });
  });

  test('a mark looks once more whether the person has registered', async () => {
    const { reminder: step } = await openSteps(3);
    const taken = must(await claim(step));
    await database.pool.query(`UPDATE recipients SET registered_at = $1 WHERE person_key = 'p2@contoso.com'`, [
      reminder,
    ]);
    const answers = await database.ledger.exchange(markAll(taken), []);
    expect(answers.map(({ state }) => state).sort()).toEqual(['sending', 'sending', 'suppressed']);
    expect(await countStates(step)).toEqual({ sending: 2, suppressed: 1 });
  });

  test('giving a lease up returns what was claimed, and only that of its own', async () => {
    const { now: step } = await openSteps(6);
    const [mine, other] = [must(await claim(step, 3)), must(await claim(step, 3))];
    await database.ledger.endLease(mine.leaseId, reminder);
    expect(await countStates(step)).toEqual({ waiting: 3, claimed: 3 });
    expect(await database.ledger.exchange(markAll(other), [])).toHaveLength(3);
  });
});

test('any number of schedulers open a step once, with one row a person', async () => {
  const campaign = makeCampaign();
  const plan = planCampaign(campaign);
  const save = {
    definition: campaign,
    plan,
    content: await loadTestContent(campaign),
    expectedVersion: 0,
    now: availableNow,
  };
  await database.campaigns.save({ ...save, steps: listSettings(plan, campaign) });
  await database.audience.importRecipients('test', makePeople(50), { mode: 'replace', consent: async () => true });
  const opened = (
    await Promise.all(Array.from({ length: 8 }, () => database.ledger.openDueSteps(availableNow)))
  ).flat();
  expect(opened.map(({ stepId }) => stepId)).toEqual(['available-now']);
  const { rows } = await database.pool.query('SELECT count(*) AS count FROM messages');
  expect(rows).toEqual([{ count: 50 }]);
});

test('a step without an audience waits for one', async () => {
  const campaign = makeCampaign();
  const plan = planCampaign(campaign);
  const save = {
    definition: campaign,
    plan,
    content: await loadTestContent(campaign),
    expectedVersion: 0,
    now: availableNow,
  };
  await database.campaigns.save({ ...save, steps: listSettings(plan, campaign) });
  expect(await database.ledger.openDueSteps(availableNow)).toEqual([]);
  await database.audience.importRecipients('test', makePeople(1), { mode: 'replace', consent: async () => true });
  expect(await database.ledger.openDueSteps(availableNow)).toHaveLength(1);
});

/** What a worker, a scheduler or an accident may do to the ledger, in any order. */
interface Action {
  kind: 'claim' | 'mark' | 'record' | 'expire' | 'end';
  worker: number;
  outcome: Verdict['state'];
}

async function perform({ kind, worker, outcome }: Action, step: number, held: Map<number, Claim>): Promise<void> {
  const { ledger } = database;
  const mine = held.get(worker);
  if (kind === 'claim') {
    const taken = await claim(step, 5);
    if (taken) held.set(worker, taken);
  } else if (kind === 'expire') {
    await expireLeases();
    await ledger.recoverLeases(reminder);
  } else if (mine && kind === 'mark') await ledger.exchange(markAll(mine), []);
  else if (mine && kind === 'record') await ledger.exchange([], verdictsOf(mine, { state: outcome, dueAt: reminder }));
  else if (mine) await ledger.endLease(mine.leaseId, reminder);
}

async function readStates(step: number): Promise<Map<number, MessageState>> {
  const { rows } = await database.pool.query<{ id: number; state: MessageState }>(
    'SELECT id, state FROM messages WHERE step_key = $1',
    [step],
  );
  return new Map(rows.map(({ id, state }) => [id, state]));
}

test('whatever happens in whatever order, every row moves along a legal edge and none is lost', async () => {
  const action: fc.Arbitrary<Action> = fc.record({
    kind: fc.constantFrom('claim', 'mark', 'record', 'expire', 'end'),
    worker: fc.nat(2),
    outcome: fc.constantFrom('sent', 'failed', 'uncertain', 'waiting'),
  });
  const story = fc.array(action, { minLength: 5, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(story, fc.boolean(), async (actions, useReminder) => {
      await database.clear();
      const steps = await openSteps(12);
      const step = useReminder ? steps.reminder : steps.now;
      const held = new Map<number, Claim>();
      let before = await readStates(step);
      for (const each of actions) {
        await perform(each, step, held);
        const after = await readStates(step);
        for (const [id, state] of after) {
          const from = must(before.get(id));
          expect([from, ...messageMoves[from]]).toContain(state);
        }
        before = after;
      }
      expect(before.size).toBe(12);
    }),
    { numRuns: 25 },
  );
}, 60_000);
