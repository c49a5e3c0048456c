import { describe, expect, test } from '@jest/globals';
import { StepTurns, type TurnEnd } from '../../src/engine/step-turns.js';

const pause = (ms = 1) => new Promise((done) => setTimeout(done, ms));

/** Steps with so many claims left each; what was taken, in order. */
function openTurns(claims: Map<number, number>, atOnce: number) {
  const taken: number[] = [];
  const failures: string[] = [];
  let running = 0;
  let most = 0;
  const take = async (step: number): Promise<TurnEnd> => {
    running += 1;
    most = Math.max(most, running);
    taken.push(step);
    await pause();
    running -= 1;
    if (step === 13) throw new Error('no luck');
    const left = (claims.get(step) ?? 0) - 1;
    claims.set(step, left);
    return left > 0 ? 'more' : 'done';
  };
  const turns = new StepTurns({ atOnce, take, onFailure: (step, error) => failures.push(`${step}: ${error.message}`) });
  return { turns, taken, failures, most: () => most };
}

describe('turns', () => {
  test('a large step goes on by itself, and does not keep a small one waiting', async () => {
    const { turns, taken, most } = openTurns(
      new Map([
        [1, 30],
        [2, 1],
        [3, 2],
      ]),
      1,
    );
    for (const step of [1, 2, 3, 2]) turns.ring(step);
    for (let wait = 0; wait < 200 && taken.length < 33; wait += 1) await pause(5);
    expect(taken).toHaveLength(33);
    expect(taken.slice(0, 6)).toEqual([1, 2, 3, 1, 3, 1]);
    expect(most()).toBe(1);
  });

  test('no more claims at once than allowed', async () => {
    const { turns, taken, most } = openTurns(
      new Map([
        [1, 10],
        [2, 10],
        [3, 10],
      ]),
      2,
    );
    for (const step of [1, 2, 3]) turns.ring(step);
    for (let wait = 0; wait < 200 && taken.length < 30; wait += 1) await pause(5);
    expect([taken.length, most()]).toEqual([30, 2]);
  });

  test('a step that fails is told, and takes nobody with it', async () => {
    const { turns, taken, failures } = openTurns(
      new Map([
        [13, 5],
        [2, 2],
      ]),
      1,
    );
    turns.ring(13);
    turns.ring(2);
    for (let wait = 0; wait < 100 && taken.length < 3; wait += 1) await pause(5);
    expect(taken).toEqual([13, 2, 2]);
    expect(failures).toEqual(['13: no luck']);
  });

  test('stopping takes nothing more and waits for what was taken', async () => {
    const { turns, taken } = openTurns(new Map([[1, 100]]), 2);
    turns.ring(1);
    await turns.stop();
    const count = taken.length;
    turns.ring(1);
    await pause(20);
    expect([count, taken.length]).toEqual([1, 1]);
  });
});
