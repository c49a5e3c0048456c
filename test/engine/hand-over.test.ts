import { describe, expect, test } from '@jest/globals';
import { HandOverDesk } from '../../src/engine/hand-over.js';
import type { Mark, MarkAnswer, MessageLedger, Verdict } from '../../src/engine/ports/message-ledger.js';

const at = new Date('2027-01-12T08:00:00Z');
const markOf = (id: number): Mark => ({
  ...{ id, leaseId: 1, groupKey: 1, toldDate: '2027-01-12', isLimited: false, probe: false, onlyUnregistered: false },
  ...{ messageId: `${id}@x`, datedAt: at, markedAt: at },
});
const verdictOf = (id: number): Verdict => ({
  id,
  leaseId: 1,
  state: 'sent',
  countAttempt: true,
  countResend: false,
  settledAt: at,
});
const grant = ({ id, messageId, datedAt }: Mark): MarkAnswer => ({ id, state: 'sending', messageId, datedAt });

type Exchange = MessageLedger['exchange'];
const openDesk = (exchange: Exchange, inFlight: number) =>
  new HandOverDesk({ exchange } as MessageLedger, { inFlight, keepVerdictsMs: 30_000 });
const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));

describe('the desk', () => {
  test.each([
    ['a ledger that answers', 0],
    ['one that often fails', 0.2],
  ])('never has more messages marked and unrecorded than may be in flight: %s', async (_name, failures) => {
    const open = new Set<number>();
    let most = 0;
    let calls = 0;
    const exchange: Exchange = async (marks, verdicts) => {
      calls += 1;
      if (calls * failures - Math.floor(calls * failures) > 1 - failures) throw new Error('restarting');
      for (const { id } of verdicts) open.delete(id);
      for (const { id } of marks) open.add(id);
      most = Math.max(most, open.size);
      await pause(1);
      return marks.map(grant);
    };
    const desk = openDesk(exchange, 8);
    const sent: number[] = [];
    await Promise.all(
      Array.from({ length: 300 }, async (_, id) => {
        while (!(await desk.mark(async () => markOf(id)).catch(() => undefined)));
        await pause(id % 3);
        sent.push(id);
        await desk.record(verdictOf(id));
      }),
    );
    expect(new Set(sent).size).toBe(300);
    expect(most).toBe(8);
  });

  test('writes whatever comes together in one commit', async () => {
    const groups: number[] = [];
    const desk = openDesk(async (marks) => {
      groups.push(marks.length);
      await pause(5);
      return marks.map(grant);
    }, 100);
    await Promise.all(Array.from({ length: 60 }, (_, id) => desk.mark(async () => markOf(id))));
    expect(groups[0]).toBe(60);
  });

  test('whatever is no longer wanted when its turn comes is not marked', async () => {
    const marked: number[] = [];
    const desk = openDesk(async (marks) => {
      marked.push(...marks.map(({ id }) => id));
      return marks.map(grant);
    }, 1);
    await desk.mark(async () => markOf(1));
    const waiting = [2, 3].map((id) => desk.mark(async () => (id === 2 ? undefined : markOf(id))));
    await desk.record(verdictOf(1));
    expect(await waiting[0]).toBeUndefined();
    expect(await waiting[1]).toMatchObject({ id: 3 });
    expect(marked).toEqual([1, 3]);
  });

  test('a mark that does not hold gives its place back', async () => {
    const desk = openDesk(async () => [], 1);
    expect(await desk.mark(async () => markOf(1))).toBeUndefined();
    expect(await desk.mark(async () => markOf(2))).toBeUndefined();
  });

  test('an answer outlives a database that restarts; a mark does not wait for it', async () => {
    let down = false;
    const recorded: number[] = [];
    const desk = openDesk(async (marks, verdicts) => {
      if (down) throw new Error('the database system is starting up');
      recorded.push(...verdicts.map(({ id }) => id));
      return marks.map(grant);
    }, 2);
    await desk.mark(async () => markOf(1));
    down = true;
    const recording = desk.record(verdictOf(1));
    await expect(desk.mark(async () => markOf(2))).rejects.toThrow('starting up');
    await pause(300);
    expect(recorded).toEqual([]);
    down = false;
    await recording;
    expect(recorded).toEqual([1]);
    expect(await desk.mark(async () => markOf(3))).toMatchObject({ id: 3 });
  });
});
