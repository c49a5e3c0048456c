import { describe, expect, test } from '@jest/globals';
import type { Table, TableRow } from '../../src/audience/table.js';
import { BadInput } from '../../src/campaign/problem.js';
import { importRecipients, importRegistrations } from '../../src/engine/import-audience.js';
import type { AudienceStore } from '../../src/engine/ports/audience-store.js';
import { planCampaign } from '../../src/plan/plan-campaign.js';
import { makeCampaign } from '../rig/make-campaign.js';

/** Takes every row and keeps none. */
const store: AudienceStore = {
  async importRecipients(_, rows, { consent }) {
    let audience = 0;
    for await (const _row of rows) audience += 1;
    const seen = {
      added: audience,
      updated: 0,
      unchanged: 0,
      gone: 0,
      audience,
      leftOut: {},
      merged: [],
      mergedCount: 0,
    };
    return (await consent(seen)) ? seen : undefined;
  },
  async importRegistrations(_, rows, { consent }) {
    let count = 0;
    for await (const _row of rows) count += 1;
    const seen = { rows: count, registered: count, newlyRegistered: count, nobody: { count: 0, lines: [] } };
    return (await consent(seen)) ? seen : undefined;
  },
  count: async () => ({ audience: 0, registered: 0, leftOut: {} }),
};

/** A list of which every `period`th row is good; `read` counts the rows that were asked for. */
function makeList(length: number, period: number) {
  const list = { read: 0 };
  async function* pieces(): AsyncGenerator<TableRow[]> {
    while (list.read < length) {
      const from = list.read;
      list.read += 1_000;
      yield Array.from({ length: 1_000 }, (_, index) => ({
        line: from + index + 2,
        cells: [(from + index) % period === 0 ? `p${from + index}@contoso.com` : 'nobody'],
      }));
    }
  }
  const table: Table = { file: 'list.csv', header: ['email'], headerLine: 1, pieces: pieces() };
  return { table, list };
}

const campaign = makeCampaign();
const people = {
  campaign,
  mode: 'replace',
  acceptRejects: true,
  acceptShrink: true,
  keepRejects: async () => {},
  rollout: {
    lists: { rings: {} },
    now: new Date('2027-01-01T08:00:00Z'),
    regroup: { plan: () => ({ plan: planCampaign(campaign), steps: [] }) },
  },
} as const;

describe('rows that cannot be used', () => {
  test('end the reading when they are more than 100,000 and more than half', async () => {
    const { table, list } = makeList(1_000_000, 10);
    const failure = await importRecipients(table, people, store).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(BadInput);
    expect((failure as Error).message).toMatch(/^list\.csv:3: email: "nobody" has no "@"\n/);
    expect((failure as Error).message).toMatch(/more than half of the first 111,113 rows cannot be used; nothing was/);
    expect(list.read).toBe(112_000);
  });

  test('end the reading of registrations as well', async () => {
    const { table, list } = makeList(1_000_000, 10);
    const now = new Date('2027-01-01T08:00:00Z');
    const importing = importRegistrations(
      table,
      { campaign, acceptRejects: true, source: 'list.csv', fileTime: now, now, keepRejects: async () => {} },
      store,
    );
    await expect(importing).rejects.toThrow(/more than half of the first/);
    expect(list.read).toBe(112_000);
  });

  test('are counted and left where half of the list or more is good', async () => {
    const { table } = makeList(210_000, 2);
    const told: number[] = [];
    const onRow = (rows: number) => {
      told[0] = rows;
    };
    const onRead = (rows: number) => told.push(rows);
    const report = await importRecipients(table, { ...people, onRow, onRead }, store);
    expect(report).toMatchObject({ kept: true, rejectedCount: 105_000, seen: { audience: 105_000 } });
    expect(report.rejects).toHaveLength(100_000);
    expect(told).toEqual([210_000, 210_000]);
  });
});
