import { expect, test } from '@jest/globals';
import { formatSteps } from '../../src/cli/format-steps.js';
import { formatLines } from '../../src/cli/print-table.js';
import type { StepSummary } from '../../src/report/summarise-steps.js';

const step = (change: Partial<StepSummary> = {}): StepSummary => ({
  ...{ id: 'available-now', kind: 'available-now', sendAt: '2027-01-12T08:00:00Z', progress: 'done' },
  ...{ localDate: '2027-01-12', localTime: '09:00', zone: 'Europe/Amsterdam' },
  ...{ audience: 3, waiting: 0, claimed: 0, sending: 0, sent: 3, suppressed: {}, failed: 0, failedBecause: {} },
  ...{ uncertain: 0, cancelled: 0, retrying: [], resent: 0, lateRegistrations: 0, ...change },
});

test("tells the campaign's own time", () => {
  expect(formatSteps([step()])).toBe(`Step           Send at (Europe/Amsterdam)  Progress  Audience  Sent  Suppressed
available-now  2027-01-12 09:00            done             3     3  –
No message is waiting, failed, uncertain or cancelled.`);
});

test('folds the head where the line would not fit a terminal', () => {
  const table = formatSteps([step({ suppressed: { registered: 119 }, zone: 'America/New_York' })]);
  expect(table).toMatch(/^Step +Send at +Progress .*\n +\(America\/New_York\)\n/);
  for (const line of table.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
});

test('tells every zone where there are several', () => {
  const table = formatSteps([step(), step({ id: 'late', zone: 'Asia/Tokyo' })]);
  expect(table).toMatch(/^Step +Send at +Progress/);
  expect(table).toMatch(/^late +2027-01-12 09:00 Asia\/Tokyo /m);
});

test.each<[StepSummary['progress'], number, string]>([
  ['planned', 0, '–'],
  ['held', 0, '–'],
  ['skipped', 0, '–'],
  ['cancelled', 0, '–'],
  ['held', 3, '3'],
  ['done', 0, '0'],
])('a step that is %s with %i people has the audience %s', (progress, audience, told) => {
  expect(formatSteps([step({ progress, audience, sent: 0 })]).split('\n')[1]).toMatch(
    new RegExp(` ${progress} +${told} +0 +–$`),
  );
});

test('a cancelled step has no reason beside it', () => {
  expect(formatSteps([step({ progress: 'cancelled' })])).not.toContain('!');
  expect(formatSteps([step({ progress: 'held', because: 'paused: by hand' })])).toContain(
    '! available-now is held: paused: by hand',
  );
});

test.each([
  [[4], undefined, 'line 4'],
  [[4, 9], undefined, 'lines 4 and 9'],
  [[4, 9, 12], 3, 'lines 4, 9 and 12'],
  [[4, 9], 1_000, 'lines 4, 9 and 998 more'],
  [Array.from({ length: 21 }, (_, index) => index + 1), undefined, /^lines 1, 2, .* 20 and 1 more$/],
])('%j of %s', (lines, count, told) => {
  expect(formatLines(lines, count)).toEqual(typeof told === 'string' ? told : expect.stringMatching(told));
});

test('says who may have a mail twice', () => {
  expect(formatSteps([step({ resent: 442 })])).toContain('! 442 of available-now went out once more');
});

test('says which messages wait for another try, why, and until when', () => {
  const retrying = [{ reason: 'throttle', count: 1, next: '2027-01-12T08:05:00Z' }];
  expect(formatSteps([step({ retrying })])).toContain(
    '! 1 of available-now waits for another try (throttle); the next is at 2027-01-12 09:05',
  );
});

test('says how many reminders crossed a registration on their way', () => {
  expect(formatSteps([step({ lateRegistrations: 3 })])).toContain(
    '! 3 of available-now went to people whose registration came in while their mail was under way',
  );
});
