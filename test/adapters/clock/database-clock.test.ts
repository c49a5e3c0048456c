import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { createDatabaseClock } from '../../../src/adapters/clock/database-clock.js';

/** A database whose clock and round trips the test sets, on a monotonic clock that only the test moves. */
class FakeDatabase {
  monotonicMs = 1_000;
  /** How far the database's clock is from the monotonic one. */
  offsetMs = Date.UTC(2027, 0, 12, 8);
  questions = 0;
  askMs = 0;
  answerMs = 0;

  get trueTime(): number {
    return this.monotonicMs + this.offsetMs;
  }

  async query<Row>(): Promise<{ rows: Row[] }> {
    this.questions += 1;
    this.monotonicMs += this.askMs;
    const now = new Date(this.trueTime);
    this.monotonicMs += this.answerMs;
    return { rows: [{ now } as Row] };
  }
}

let database: FakeDatabase;
beforeEach(() => {
  database = new FakeDatabase();
  jest.spyOn(performance, 'now').mockImplementation(() => database.monotonicMs);
});
afterEach(() => {
  jest.restoreAllMocks();
});

describe('the database clock', () => {
  test('asks once in 5 seconds, however many ask it', async () => {
    const clock = createDatabaseClock(database);
    await Promise.all(Array.from({ length: 1_000 }, () => clock.now()));
    expect(database.questions).toBe(1);
    database.monotonicMs += 5_000;
    expect((await clock.now()).getTime()).toBe(database.trueTime);
    expect(database.questions).toBe(1);
    database.monotonicMs += 1;
    await Promise.all(Array.from({ length: 1_000 }, () => clock.now()));
    expect(database.questions).toBe(2);
  });

  test('is never early and never runs backward, whatever the round trips', async () => {
    const clock = createDatabaseClock(database);
    let last = 0;
    // Round trips that swing between 0 and 900 ms, in a fixed disorder.
    for (let step = 1; step <= 2_000; step += 1) {
      database.askMs = (step * 7_919) % 400;
      database.answerMs = (step * 104_729) % 500;
      database.monotonicMs += (step * 1_299_709) % 3_000;
      const told = (await clock.now()).getTime();
      expect(told).toBeLessThanOrEqual(database.trueTime);
      expect(told).toBeGreaterThanOrEqual(last);
      expect(told).toBeGreaterThan(database.trueTime - 1_000);
      last = told;
    }
    expect(database.questions).toBeGreaterThan(100);
  });

  test.each([3 * 3_600_000, -4 * 3_600_000, 2_000, -2_000])(
    'follows a database that is set by %i ms',
    async (change) => {
      const clock = createDatabaseClock(database);
      await clock.now();
      database.offsetMs += change;
      database.monotonicMs += 5_001;
      expect((await clock.now()).getTime()).toBe(database.trueTime);
    },
  );

  test('a database that does not answer is an error each time, never a guess', async () => {
    let broken = true;
    const clock = createDatabaseClock({
      query: <Row>() => (broken ? Promise.reject(new Error('down')) : database.query<Row>()),
    });
    await expect(clock.now()).rejects.toThrow('down');
    await expect(clock.now()).rejects.toThrow('down');
    broken = false;
    expect((await clock.now()).getTime()).toBe(database.trueTime);
    await expect(createDatabaseClock({ query: async () => ({ rows: [] }) }).now()).rejects.toThrow('tell the time');
  });
});
