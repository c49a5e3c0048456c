import { PassThrough } from 'node:stream';
import { expect, test } from '@jest/globals';
import { createLog } from '../../../src/adapters/log/create-log.js';

async function write(level: string, terminal: boolean): Promise<string[]> {
  const out = new PassThrough();
  const log = await createLog(level, terminal, out);
  log.info('step.opened', { step: 'coming-soon', audience: 250 });
  log.warn('waiting');
  log.error('delivery.failed', { reason: 'line one\nline two' });
  await new Promise((done) => setTimeout(done, 20));
  return String(out.read() ?? '')
    .split('\n')
    .filter((line) => line !== '');
}

test('machines get one JSON object a line, with the event, its facts and an instant', async () => {
  const lines = (await write('info', false)).map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines).toEqual([
    expect.objectContaining({ level: 30, msg: 'step.opened', step: 'coming-soon', audience: 250, pid: process.pid }),
    expect.objectContaining({ level: 40, msg: 'waiting' }),
    expect.objectContaining({ level: 50, msg: 'delivery.failed', reason: 'line one\nline two' }),
  ]);
  for (const { time } of lines) expect(time).toMatch(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/);
});

test.each([
  ['warn', 2],
  ['error', 1],
])('level %s leaves %i lines', async (level, count) => {
  expect(await write(level, false)).toHaveLength(count);
});

test('a terminal gets lines for people', async () => {
  const text = (await write('info', true)).join('\n');
  expect(text).toContain('step.opened');
  expect(text).toContain('coming-soon');
  expect(text).not.toContain('"level"');
});
