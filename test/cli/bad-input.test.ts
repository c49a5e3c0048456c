import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { findFreePort, openPrivateRedis } from '../rig/queue-backends.js';
import { openScriptedSmtp } from '../rig/scripted-smtp.js';
import { listPeople, writeCampaign, writePeople, writeText } from './contoso.js';
import { type LedgerPlace, openLedgerPlace } from './ledger-place.js';

let work: LedgerPlace;
beforeAll(async () => {
  work = await openLedgerPlace();
  await writeCampaign(work.folder);
  await writePeople(work.folder, 'people.csv', listPeople(5));
  await work.run(['apply', 'campaign.yaml', '--yes']);
  await work.run(['import', 'recipients', 'people.csv', '--campaign', 'sspr']);

  await writeText(work.folder, 'empty.yaml', '');
  await writeText(work.folder, 'binary.yaml', Buffer.from([0x50, 0x4b, 0x03, 0x04, 0x00, 0x00, 0xff]));
  await writeText(work.folder, 'half.yaml', 'id: sspr\nname: "Reset your\norganisation:\n  name: Contoso\n');
  await writeText(work.folder, 'list.yaml', '- a\n- b\n');
  await writeCampaign(work.folder, 'zone.yaml', { zone: 'Europe/Amsterdm' });
  await writeCampaign(work.folder, 'date.yaml', { date: '2031-02-30' });
  await writeCampaign(work.folder, 'kind.yaml', { steps: '\n  - { kind: availble-now, offset: 0d }' });
  await writeCampaign(work.folder, 'pack.yaml', { pack: './nowhere' });
  await mkdir(work.path('folder'));
  await writeText(work.folder, 'empty.csv', '');
  await writeText(work.folder, 'header.csv', 'email,name\n');
  await writeText(work.folder, 'half.csv', 'email,name\np1@contoso.com,"Person');
  await writeText(work.folder, 'binary.csv', Buffer.from('PK\x03\x04\x14\x00\x06\x00', 'latin1'));
  await writeText(work.folder, 'columns.csv', 'colour,shape\nred,round\n');
  await writePeople(
    work.folder,
    'disabled.csv',
    listPeople(3).map((person) => ({ ...person, enabled: 'False' })),
  );
}, 60_000);
afterAll(() => work.close());

/** One clear message, no stack, no secret, and not one row touched. */
async function expectRefusal(args: string[], code: number, message: RegExp, environment: Record<string, string> = {}) {
  const before = await work.dump();
  const ended = await work.run(args, environment);
  expect(await work.dump()).toEqual(before);
  const said = ended.out + ended.err;
  expect({ code: ended.code, said }).toEqual({ code, said: expect.stringMatching(message) });
  expect(said).not.toMatch(/^ +at |Fanfare failed|hunter2|undefined/m);
  return ended;
}

const apply = (file: string) => ['apply', file, '--yes'];
const people = (file: string) => ['import', 'recipients', file, '--campaign', 'sspr'];
const registered = (file: string) => ['import', 'registrations', file, '--campaign', 'sspr'];

describe('files', () => {
  test.each<[string, string[], RegExp]>([
    [
      'a campaign file that is missing',
      apply('campain.yaml'),
      /^campain\.yaml: there is no such file \(did you mean "campaign\.yaml"\?\)\n$/,
    ],
    ['one that is empty', apply('empty.yaml'), /^empty\.yaml: is empty\n$/],
    ['one that is binary', apply('binary.yaml'), /^binary\.yaml: is not a text file\n$/],
    ['one that is half written', apply('half.yaml'), /^half\.yaml:\d+:\d+: /],
    ['one that is something else', apply('list.yaml'), /^list\.yaml/],
    ['a folder', apply('folder'), /^folder: is a folder/],
    [
      'a zone that does not exist',
      apply('zone.yaml'),
      /^zone\.yaml:\d+:\d+: launch\.zone: .*did you mean "Europe\/Amsterdam"\?/,
    ],
    ['a day that does not exist', apply('date.yaml'), /^date\.yaml:\d+:\d+: launch\.date: /],
    [
      'a kind that is misspelt',
      apply('kind.yaml'),
      /^kind\.yaml:\d+:\d+: steps\[0\]\.kind: .*did you mean "available-now"\?/,
    ],
    [
      'a pack that is not there',
      apply('pack.yaml'),
      /^pack\.yaml: pack: there is no pack "\.\/nowhere" \(looked in nowhere\)/,
    ],
    ['a list that is missing', people('nowhere.csv'), /^nowhere\.csv: /],
    ['an empty list', people('empty.csv'), /^empty\.csv: /],
    ['a list without rows', people('header.csv'), /^header\.csv:1: the file has a header and no rows\n$/],
    ['a list that is half written', people('half.csv'), /^half\.csv:2: /],
    ['a list that is a workbook', people('binary.csv'), /^binary\.csv: .*CSV/],
    ['a list that is a folder', people('folder'), /^folder: /],
    ['a list without addresses', people('columns.csv'), /^columns\.csv:1: /],
    [
      'a list of people who all get nothing',
      people('disabled.csv'),
      /^disabled\.csv: nobody would be in the audience; nothing was imported/,
    ],
    ['registrations that are missing', registered('nowhere.csv'), /^nowhere\.csv: /],
    ['registrations that are empty', registered('empty.csv'), /^empty\.csv: /],
    ['registrations without rows', registered('header.csv'), /^header\.csv:1: the file has a header and no rows\n$/],
    ['registrations without a goal', registered('columns.csv'), /^columns\.csv:1: /],
  ])('%s', async (_, args, message) => {
    await expectRefusal(args, 2, message);
  });

  test('rejects cannot be written: nothing is imported', async () => {
    await mkdir(work.path('mixed.rejects.csv'));
    await writeText(
      work.folder,
      'mixed.csv',
      'email\np1@contoso.com\np2@contoso.com\np3@contoso.com\np4@contoso.com\np9@contoso.com\nnone\n',
    );
    await expectRefusal([...people('mixed.csv'), '--accept-rejects'], 2, /^mixed\.rejects\.csv: this is a folder\n$/m);
  });
});

describe('simulate', () => {
  const simulate = (smtp: string, ...more: string[]) => [
    'simulate',
    'campaign.yaml',
    '--recipients',
    'people.csv',
    '--smtp',
    smtp,
    ...more,
  ];

  test('an SMTP server that is not there', async () => {
    const port = await findFreePort();
    await expectRefusal(
      simulate(`smtp://127.0.0.1:${port}`),
      1,
      /^The SMTP server does not take our mail: .*ECONNREFUSED/,
    );
  });

  test.each([
    ['http://localhost', /^--smtp: must begin with smtp:\/\/ or smtps:\/\//],
    ['smtp:hunter2', /^--smtp: /],
    ['smtp://me:hunter2@localhost:99999', /^--smtp: is not an address/],
  ])('an address that is none: %s', async (smtp, message) => {
    await expectRefusal(simulate(smtp), 2, message);
  });

  test('a list of nobody, and one with rows that cannot be used', async () => {
    const smtp = await openScriptedSmtp();
    try {
      const list = (file: string) => ['simulate', 'campaign.yaml', '--recipients', file, '--smtp', smtp.url];
      await expectRefusal(list('disabled.csv'), 2, /^disabled\.csv: nobody in this list is in the audience/);
      await writeText(work.folder, 'none.csv', 'email\np1@contoso.com\nnone\n');
      await expectRefusal(
        list('none.csv'),
        2,
        /^none\.csv:3: email: [\s\S]*1 row cannot be used \(mend it, or say --accept-rejects/,
      );
      await expectRefusal(
        simulate(smtp.url, '--registrations', 'header.csv'),
        2,
        /^header\.csv:1: the file has a header and no rows/,
      );
      expect(smtp.accepted).toEqual([]);
    } finally {
      await smtp.close();
    }
  }, 60_000);
});

describe('servers', () => {
  test.each([
    [
      'DATABASE_URL',
      'mysql://me:hunter2@host/x',
      /^environment: DATABASE_URL: cannot be used: an address such as postgres:/,
    ],
    ['REDIS_URL', 'host:hunter2', /^environment: REDIS_URL: cannot be used: an address such as redis:/],
    ['SMTP_URL', 'hunter2', /^environment: SMTP_URL: cannot be used: an address such as smtp:/],
    ['LOG_LEVEL', 'loud', /^environment: LOG_LEVEL: cannot be used/],
  ])('%s that cannot be used', async (name, value, message) => {
    await expectRefusal(['status'], 2, message, { [name]: value });
  });

  test('all of them at once', async () => {
    const { err } = await expectRefusal(['status'], 2, /DATABASE_URL[\s\S]*REDIS_URL/, {
      DATABASE_URL: 'x',
      REDIS_URL: 'y',
    });
    expect(err.trim().split('\n')).toHaveLength(2);
  });

  test('a database that is down', async () => {
    const url = `postgres://me:hunter2@127.0.0.1:${await findFreePort()}/x`;
    await expectRefusal(['status'], 1, /^The database does not answer: .*ECONNREFUSED.*\n$/, { DATABASE_URL: url });
  });

  test('a database that refuses the password, also for start', async () => {
    const { rows } = await work.pool.query<{ port: string }>('SHOW port' as string);
    const url = `postgres://fanfare:hunter2@127.0.0.1:${rows[0]?.port}/postgres`;
    await expectRefusal(['status'], 1, /^The database refuses us: password authentication failed.*\n$/, {
      DATABASE_URL: url,
    });
    await expectRefusal(['start'], 1, /The database refuses us: password authentication failed/, { DATABASE_URL: url });
  });

  test('something that is no database', async () => {
    const server = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(0, '127.0.0.1');
    await new Promise((done) => server.once('listening', done));
    const { port } = server.address() as { port: number };
    await expectRefusal(['status'], 1, /^The database [^\n]+\n$/, {
      DATABASE_URL: `postgres://me:hunter2@127.0.0.1:${port}/x`,
    });
    server.close();
  });

  test('a Redis that is down', async () => {
    const url = `redis://:hunter2@127.0.0.1:${await findFreePort()}`;
    await expectRefusal(['health'], 1, /^Redis does not answer: [^\n]+\n$/, { REDIS_URL: url });
  });

  test('a Redis that throws keys away', async () => {
    const redis = await openPrivateRedis({ maxmemoryPolicy: 'allkeys-lru' });
    const smtp = await openScriptedSmtp();
    try {
      const message =
        /Redis may throw queue entries away: its maxmemory-policy is "allkeys-lru"\. Set it to "noeviction"/;
      await expectRefusal(['health'], 1, message, { REDIS_URL: redis.redisUrl });
      await expectRefusal(['start'], 1, message, { REDIS_URL: redis.redisUrl, SMTP_URL: smtp.url });
    } finally {
      await smtp.close();
      await redis.close();
    }
  });

  test('an SMTP server that is not there, or refuses the login, ends start', async () => {
    const port = await findFreePort();
    const absent = /The SMTP server of SMTP_URL does not take our mail: .*ECONNREFUSED/;
    await expectRefusal(['start'], 1, absent, { SMTP_URL: `smtp://127.0.0.1:${port}` });
    const smtp = await openScriptedSmtp({
      ehlo: () => '250-scripted.test\r\n250 AUTH PLAIN',
      auth: () => '535 5.7.8 not with this password',
    });
    try {
      const refuses = /The SMTP server of SMTP_URL refuses the login/;
      await expectRefusal(['start'], 1, refuses, { SMTP_URL: smtp.url.replace('//', '//me:hunter2@') });
    } finally {
      await smtp.close();
    }
  }, 60_000);

  test('a data folder that is a file, or cannot be entered by the database', async () => {
    await writeText(work.folder, 'file', 'x');
    await expectRefusal(['status'], 1, /^The data folder .*\/file cannot be made: there is a file of this name/, {
      FANFARE_DATA_DIR: work.path('file'),
    });
    await expectRefusal(['status'], 1, /^The data folder .*\/state cannot be made: a part of this path is a file/, {
      FANFARE_DATA_DIR: work.path('file/state'),
    });
    if (process.getuid?.() !== 0) return;
    // As root nothing is closed to us, but much is to the user the database runs as.
    await mkdir(work.path('closed'));
    await chmod(work.path('closed'), 0o700);
    const message =
      /^The embedded PostgreSQL cannot be created in [\s\S]*set FANFARE_DATA_DIR to a folder everybody may enter/;
    await expectRefusal(['status'], 1, message, { FANFARE_DATA_DIR: work.path('closed/state') });
  });

  test('a data folder that is no cluster of ours', async () => {
    await mkdir(work.path('odd/postgres'), { recursive: true });
    await writeFile(work.path('odd/postgres/PG_VERSION'), '9.6\n');
    await expectRefusal(['status'], 1, /^The embedded PostgreSQL in [\s\S]* does not start/, {
      FANFARE_DATA_DIR: work.path('odd'),
    });
  }, 60_000);
});
