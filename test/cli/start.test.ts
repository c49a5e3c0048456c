import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openEmbeddedServer } from '../../src/adapters/postgres/embedded-server.js';
import { createPool } from '../../src/adapters/postgres/pool.js';
import { quietLog } from '../../src/engine/quiet-log.js';
import { findFreePort, openPrivateRedis } from '../rig/queue-backends.js';
import { openScriptedSmtp } from '../rig/scripted-smtp.js';
import { listPeople, writeCampaign, writePeople } from './contoso.js';
import { openWorkplace, type Workplace } from './run-fanfare.js';

const ready = /"msg":"ready"/;

let work: Workplace;
beforeEach(async () => {
  work = await openWorkplace();
});
afterEach(() => work.close());

/** The process id of the folder's PostgreSQL, where it lives. */
function findServer(): number | undefined {
  const file = join(work.path('state'), 'postgres', 'postmaster.pid');
  if (!existsSync(file)) return undefined;
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
  return isAlive(pid) ? pid : undefined;
}

/** A process that nobody has collected yet is dead all the same. */
function isAlive(pid: number): boolean {
  const state =
    existsSync('/proc/self/stat') && existsSync(`/proc/${pid}/stat`) && readFileSync(`/proc/${pid}/stat`, 'utf8');
  if (state && / Z /.test(state)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** A campaign of one step that is years away, and its people. */
async function launchTo(people: number): Promise<void> {
  await writeCampaign(work.folder, 'later.yaml', { steps: '\n  - { kind: available-now, offset: 0d }' });
  await writePeople(work.folder, 'people.csv', listPeople(people));
  expect(await work.run(['apply', 'later.yaml', '--yes'])).toMatchObject({ code: 0, err: '' });
  expect(await work.run(['import', 'recipients', 'people.csv', '--campaign', 'sspr'])).toMatchObject({ code: 0 });
}

/** Its time comes now. A launch has whole minutes: to wait for one would cost up to two of them. */
async function makeDue(): Promise<void> {
  const server = await openEmbeddedServer(work.path('state'));
  const pool = createPool(server.connectionString, quietLog);
  try {
    await pool.query('UPDATE step_groups SET send_at = now()');
  } finally {
    await pool.end();
    await server.release();
  }
}

async function readSteps(): Promise<Array<{ progress: string }>> {
  return JSON.parse((await work.run(['status', 'sspr', '--json'])).out).steps;
}

async function waitUntil(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let left = 300; !(await holds()); left -= 1) {
    if (left === 0) throw new Error(`did not happen within a minute: ${holds}`);
    await new Promise((done) => setTimeout(done, 200));
  }
}

describe('the embedded database', () => {
  test('is brought up by a command that is alone, and taken down again', async () => {
    expect(await work.run(['status'])).toMatchObject({ code: 0, err: '' });
    expect(existsSync(join(work.path('state'), 'postgres', 'PG_VERSION'))).toBe(true);
    expect(findServer()).toBeUndefined();
  });

  test('serves ten commands that begin at once, and is gone after them', async () => {
    const all = await Promise.all(Array.from({ length: 10 }, () => work.run(['status', '--json'])));
    for (const ended of all) {
      expect(ended).toMatchObject({ code: 0, err: '' });
      expect(JSON.parse(ended.out)).toEqual({ campaigns: [], running: { scheduler: 0, worker: 0 } });
    }
    expect(findServer()).toBeUndefined();
  }, 120_000);

  test('is shared with a running start, which every other command reaches', async () => {
    const smtp = await openScriptedSmtp();
    try {
      const engine = work.start(['start'], { SMTP_URL: smtp.url });
      await engine.says(ready);
      const server = findServer();
      expect(server).toBeDefined();
      await launchTo(3);
      expect(findServer()).toBe(server);

      const second = await work.run(['start'], { SMTP_URL: smtp.url });
      expect(second).toMatchObject({
        code: 1,
        err: 'Fanfare is already running on this data folder. Stop it first, or set FANFARE_DATA_DIR to another folder.\n',
      });
      // Whoever comes later takes nothing down.
      expect(findServer()).toBe(server);

      await makeDue();
      await waitUntil(() => smtp.accepted.length === 3);
      await waitUntil(async () => (await readSteps())[0]?.progress === 'done');
      expect(await readSteps()).toMatchObject([{ id: 'available-now', audience: 3, sent: 3, progress: 'done' }]);

      engine.child.kill('SIGTERM');
      const ended = await engine.ended;
      expect(ended.code).toBe(0);
      expect(ended.out).toMatch(/"msg":"draining"[\s\S]*"msg":"stopped"/);
      expect(ended.out + ended.err).not.toMatch(/"level":(40|50)|^ +at /m);
      expect(findServer()).toBeUndefined();
    } finally {
      await smtp.close();
    }
  }, 90_000);

  test('survives a start that was killed: the next one is ready soon, on the same server', async () => {
    const first = work.start(['start']);
    await first.says(ready);
    const server = findServer();
    first.child.kill('SIGKILL');
    await first.ended;
    const second = work.start(['start']);
    await second.says(ready);
    expect(findServer()).toBe(server);
    second.child.kill('SIGINT');
    expect((await second.ended).code).toBe(0);
    expect(findServer()).toBeUndefined();
  }, 60_000);

  test('comes up again after it was killed itself', async () => {
    expect((await work.run(['status'])).code).toBe(0);
    const engine = work.start(['start']);
    await engine.says(ready);
    const killed = findServer() ?? 0;
    engine.child.kill('SIGKILL');
    await engine.ended;
    process.kill(killed, 'SIGKILL');
    // Its children notice by themselves; until then they hold the shared memory.
    expect(await work.run(['status'])).toMatchObject({ code: 0, err: '' });
    expect(findServer()).toBeUndefined();
  }, 60_000);
});

test('a second start takes at most 3 s to be ready', async () => {
  const times: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    const engine = work.start(['start']);
    times.push(await engine.says(ready));
    engine.child.kill('SIGTERM');
    expect((await engine.ended).code).toBe(0);
  }
  // The quicker of two: what other programs do on the machine is not our time.
  expect(Math.min(...times.slice(1))).toBeLessThan(3_000);
}, 60_000);

test('a second Ctrl-C does not wait for mails under way', async () => {
  const smtp = await openScriptedSmtp({ dot: () => 'hang' });
  try {
    const engine = work.start(['start'], { SMTP_URL: smtp.url });
    await engine.says(ready);
    await launchTo(1);
    await makeDue();
    await waitUntil(() => smtp.offered() > 0);
    engine.child.kill('SIGINT');
    await engine.says(/"msg":"draining"/);
    engine.child.kill('SIGINT');
    const { code, out } = await engine.ended;
    expect(code).toBe(1);
    expect(out).toMatch(/"because":"second signal".*"msg":"stopped-without-draining"/);
    expect(findServer()).toBeUndefined();
    // The next start learns what became of the mail when its lease has run out; until then nobody says it is sent.
    expect(await readSteps()).toMatchObject([{ audience: 1, sent: 0, sending: 1 }]);
  } finally {
    await smtp.close();
  }
}, 90_000);

test('Ctrl-C in the middle of a command leaves no server behind', async () => {
  const smtp = await openScriptedSmtp({ dot: () => 'hang' });
  try {
    await writeCampaign(work.folder);
    await writePeople(work.folder, 'people.csv', listPeople(1));
    const TMPDIR = work.path('tmp');
    await mkdir(TMPDIR, { mode: 0o755 });
    const simulation = work.start(['simulate', 'campaign.yaml', '--recipients', 'people.csv', '--smtp', smtp.url], {
      TMPDIR,
    });
    await waitUntil(() => smtp.offered() > 0);
    const listOurs = async () => (await readdir(TMPDIR)).filter((name) => name.startsWith('fanfare-'));
    const [folder = ''] = await listOurs();
    const pid = Number((await readFile(join(TMPDIR, folder, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')[0]);
    expect(isAlive(pid)).toBe(true);
    simulation.child.kill('SIGINT');
    expect(await simulation.ended).toMatchObject({ code: 130, out: '', err: '' });
    expect(isAlive(pid)).toBe(false);
    expect(await listOurs()).toEqual([]);
  } finally {
    await smtp.close();
  }
}, 60_000);

describe('start waits, and says so', () => {
  test('for a database that comes up later', async () => {
    const port = await findFreePort();
    const folder = work.path('elsewhere');
    const server = await openEmbeddedServer(folder, { throwaway: true });
    const url = new URL(server.connectionString);
    const serverPort = Number(url.port);
    url.port = String(port);
    let gate: Server | undefined;
    try {
      const engine = work.start(['start'], { DATABASE_URL: url.href });
      await engine.says(/The database does not answer yet \([^)]*ECONNREFUSED[^)]*\)?.*; waiting for it/);
      gate = createServer((socket) => {
        const through = connect(serverPort, '127.0.0.1');
        socket.pipe(through).pipe(socket);
        for (const side of [socket, through]) side.on('error', () => side.destroy());
      }).listen(port, '127.0.0.1');
      await engine.says(ready);
      engine.child.kill('SIGTERM');
      const { code, out } = await engine.ended;
      expect(code).toBe(0);
      expect(out.match(/waiting for it/g)).toHaveLength(1);
      expect(out).not.toContain(url.password);
    } finally {
      gate?.close();
      await server.release();
    }
  }, 60_000);

  test('for a Redis that comes up later', async () => {
    const port = await findFreePort();
    const engine = work.start(['start'], { REDIS_URL: `redis://127.0.0.1:${port}` });
    await engine.says(/Redis does not answer yet.*; waiting for it/);
    const redis = await openPrivateRedis({ port });
    try {
      await engine.says(ready);
      engine.child.kill('SIGTERM');
      expect((await engine.ended).code).toBe(0);
    } finally {
      await redis.close();
    }
  }, 60_000);

  test('and can be stopped while it waits', async () => {
    const engine = work.start(['start'], { DATABASE_URL: `postgres://u:p@127.0.0.1:${await findFreePort()}/x` });
    await engine.says(/waiting for it/);
    engine.child.kill('SIGTERM');
    const { code } = await engine.ended;
    expect(code).toBe(0);
  });
});
