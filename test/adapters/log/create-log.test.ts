import { PassThrough, Writable } from 'node:stream';
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

test('a full disk costs lines and nothing else', async () => {
  const failures: Error[] = [];
  const out = new Writable({
    write: (_line, _encoding, done) => done(Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })),
  }).on('error', (error) => failures.push(error));
  // Without a listener of the log's own, an error would end the process.
  const own = out.listenerCount('error');
  const log = await createLog('info', false, out);
  expect(out.listenerCount('error')).toBe(own + 1);
  for (const event of ['lost', 'too']) log.info(event);
  await new Promise((done) => setImmediate(done));
  expect(failures[0]?.message).toBe('no space left on device');
});

test('what nobody reads fills no memory', async () => {
  const out = new Writable({ write: () => {} });
  const log = await createLog('info', false, out);
  for (let line = 0; line < 3_000; line += 1) log.info('flood', { of: 'x'.repeat(1_000) });
  expect(out.writableLength).toBeGreaterThan(900_000);
  expect(out.writableLength).toBeLessThan(1_100_000);
});
