import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { LeaseKeeper } from '../../src/engine/lease-keeper.js';
import type { MessageLedger } from '../../src/engine/ports/message-ledger.js';
import { quietLog } from '../../src/engine/quiet-log.js';

const leaseMs = 150;

function openKeeper() {
  const told: string[] = [];
  // Only this is asked of the ledger.
  const ledger = { extendLeases: async (ids: number[]) => ids } as unknown as MessageLedger;
  const keeper = new LeaseKeeper(ledger, leaseMs, { ...quietLog, warn: (message) => told.push(message) });
  return { keeper, told };
}

function beBusy(ms: number): void {
  for (const since = performance.now(); performance.now() - since < ms; );
}

describe('a worker that was busy with one thing', () => {
  test('for longer than a lease tells that it stalled, and knows that its lease may be gone', async () => {
    const { keeper, told } = openKeeper();
    keeper.keep(1, performance.now());
    beBusy(leaseMs * 1.5);
    expect(keeper.holds(1)).toBe(false);
    await sleep(leaseMs / 2);
    keeper.stop();
    expect(told).toEqual(['worker.stalled']);
  });

  test('for a moment only tells nothing, and holds its lease', async () => {
    const { keeper, told } = openKeeper();
    keeper.keep(1, performance.now());
    beBusy(leaseMs / 10);
    expect(keeper.holds(1)).toBe(true);
    keeper.stop();
    expect(told).toEqual([]);
  });
});
