import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { listPeople, writeCampaign, writePeople, writeText } from './contoso.js';
import { type LedgerPlace, openLedgerPlace } from './ledger-place.js';

/** The story goes on from test to test, as a campaign does. */
let work: LedgerPlace;
beforeAll(async () => {
  work = await openLedgerPlace();
  await writeCampaign(work.folder);
  await writePeople(work.folder, 'people.csv', [
    ...listPeople(10),
    { number: 90, upn: 'off@contoso.com', name: 'Olaf Off', mail: 'off@contoso.com', enabled: 'False' },
    { number: 1, upn: 'p1@contoso.com', name: 'Person 1', mail: 'P1@CONTOSO.COM' },
  ]);
}, 60_000);
afterAll(() => work.close());

const status = async () => JSON.parse((await work.run(['status', 'sspr', '--json'])).out);
const changesNothing = async (args: string[]) => {
  const before = await work.dump();
  const ended = await work.run(args);
  expect(await work.dump()).toEqual(before);
  expect(ended.err).not.toMatch(/^ +at /m);
  return ended;
};

describe('apply', () => {
  test('says what it would do, and does nothing where nobody can say yes', async () => {
    // The schema comes with the first command.
    expect(await work.run(['status'])).toMatchObject({ code: 0, err: '' });
    const { code, out, err } = await changesNothing(['apply', 'campaign.yaml']);
    expect(code).toBe(2);
    expect(out).toContain('- create campaign sspr\n- add coming-soon at 2030-12-31 09:00 Europe/Amsterdam\n');
    expect(err).toBe('Nothing has been changed. Say yes, or --yes where nobody can answer.\n');
  });

  test('creates with --yes, once also where five do it at once', async () => {
    const all = await Promise.all(Array.from({ length: 5 }, () => work.run(['apply', 'campaign.yaml', '--yes'])));
    const told = all.map(({ code, out, err }) => `${code} ${out}${err}`);
    expect(told.filter((text) => text.includes('sspr is applied.'))).toHaveLength(1);
    for (const text of told)
      expect(text).toMatch(/^0 .*(is applied|nothing to change)|^1 .*Somebody else has changed sspr meanwhile/s);
    const { rows } = await work.pool.query('SELECT id, version FROM campaigns');
    expect(rows).toEqual([{ id: 'sspr', version: 1 }]);
  }, 60_000);

  test('has nothing to change the second time', async () => {
    const { code, out } = await changesNothing(['apply', 'campaign.yaml']);
    expect({ code, out }).toEqual({ code: 0, out: 'sspr is already as this file says: nothing to change.\n' });
  });

  test('shows where every step moves when the launch date does', async () => {
    await writeCampaign(work.folder, 'moved.yaml', { date: '2031-01-21' });
    const { code, out } = await work.run(['apply', 'moved.yaml', '--yes']);
    expect(code).toBe(0);
    expect(
      out,
    ).toContain(`- move coming-soon from 2030-12-31 09:00 Europe/Amsterdam to 2031-01-07 09:00 Europe/Amsterdam
- move available-now from 2031-01-14 09:00 Europe/Amsterdam to 2031-01-21 09:00 Europe/Amsterdam
- move reminder-1 from 2031-01-21 09:00 Europe/Amsterdam to 2031-01-28 09:00 Europe/Amsterdam
- move reminder-2 from 2031-01-28 09:00 Europe/Amsterdam to 2031-02-04 09:00 Europe/Amsterdam
- change launch.date from "2031-01-14" to "2031-01-21"
`);
    expect((await status()).steps[0].sendAt).toBe('2031-01-07T08:00:00Z');
    expect(await work.run(['apply', 'campaign.yaml', '--yes'])).toMatchObject({ code: 0 });
    expect((await status()).steps[0].sendAt).toBe('2030-12-31T08:00:00Z');
  });

  test('warns who holds a mail with the old date, and says when the next one goes out', async () => {
    await writeCampaign(work.folder, 'told.yaml', { id: 'told' });
    await work.run(['apply', 'told.yaml', '--yes']);
    await work.run(['import', 'recipients', 'people.csv', '--campaign', 'told']);
    await work.pool.query(
      `WITH gone AS (UPDATE steps SET opened_at = now() WHERE campaign_id = 'told' AND step_id = 'coming-soon' RETURNING key),
         gone_group AS (UPDATE step_groups SET opened_at = now() WHERE step_key = (SELECT key FROM gone) RETURNING key)
       INSERT INTO messages (step_key, group_key, recipient_id, state, told_date, settled_at)
       SELECT gone.key, gone_group.key, id, 'sent', '2031-01-14', now() FROM gone, gone_group, recipients
       WHERE campaign_id = 'told' AND left_out IS NULL`,
    );
    await writeCampaign(work.folder, 'told.yaml', { id: 'told', date: '2031-01-21' });
    const { code, out, err } = await work.run(['apply', 'told.yaml', '--yes']);
    expect({ code, err }).toEqual({
      code: 0,
      err: '! 10 people were told 14 January 2031; nothing corrects that by itself: fanfare move proposes a mail that does\n',
    });
    expect(out).toContain('- leave coming-soon as it is: it has gone out');
    expect(out).toContain(
      'Keep `fanfare start` running: the next mail goes out on Tuesday 21 January 2031 at 09:00 (Europe/Amsterdam).\n',
    );
    await work.run(['cancel', 'told', '--step', 'reminder-2', '--yes']);
    const { out: table } = await work.run(['status', 'told']);
    expect(table).toMatch(/^reminder-2 +2031-02-04 09:00 +cancelled +– /m);
    expect(table).not.toContain('is cancelled');
  }, 60_000);

  test('says once that a step will not be sent', async () => {
    const { rows } = await work.pool.query<{ date: string }>(`SELECT to_char(now() + '5 days', 'YYYY-MM-DD') AS date`);
    await writeCampaign(work.folder, 'late.yaml', {
      id: 'late',
      date: rows[0]?.date ?? '',
      more: 'accept: [launch-day-off]\n',
    });
    const { out, err } = await changesNothing(['apply', 'late.yaml']);
    expect(err).toMatch(/^! coming-soon will not be sent: its time, .*, has passed$/m);
    expect(`${out}${err}`.match(/coming-soon/g)).toHaveLength(1);
    expect(out).toContain('- add available-now at ');
  });

  test('adds, removes and renames steps, and says so', async () => {
    const steps =
      '\n  - { kind: available-now, offset: 0d }\n  - { kind: sign-up-reminder, id: last-call, offset: +28d }';
    await writeCampaign(work.folder, 'steps.yaml', { id: 'steps' });
    await work.run(['apply', 'steps.yaml', '--yes']);
    await writeCampaign(work.folder, 'steps.yaml', { id: 'steps', steps });
    const { out } = await work.run(['apply', 'steps.yaml', '--yes']);
    expect(out).toContain(
      '- add last-call at 2031-02-11 09:00 Europe/Amsterdam\n- remove coming-soon\n- remove reminder-1\n- remove reminder-2\n',
    );
    const { steps: kept } = JSON.parse((await work.run(['status', 'steps', '--json'])).out);
    expect(kept.map(({ id }: { id: string }) => id)).toEqual(['available-now', 'last-call']);
  });

  test('refuses a launch in the past, with its place', async () => {
    await writeCampaign(work.folder, 'past.yaml', { id: 'past', date: '2020-01-14' });
    const { code, out, err } = await changesNothing(['apply', 'past.yaml', '--yes']);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toBe(
      'past.yaml: launch.date: the launch, 2020-01-14 09:00 in Europe/Amsterdam, is in the past (set a launch date that is still to come; plan, preview and simulate take any date)\n',
    );
  });
});

describe('import recipients', () => {
  const recipients = (csv: string, ...more: string[]) => ['import', 'recipients', csv, '--campaign', 'sspr', ...more];

  test('tells who is in, who is left out and who stood there twice', async () => {
    const { code, out, err } = await work.run(recipients('people.csv'));
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toBe(`10 people are in the audience. Left out: 1 disabled.
The list: 11 new, 0 changed, 0 as before, 0 gone.
Named twice: 1 row (line 13 is line 2); each person is one recipient.
Keep \`fanfare start\` running: the first mail goes out on Tuesday 31 December 2030 at 09:00 (Europe/Amsterdam).
`);
  });

  test('again changes nothing, and tells scripts so', async () => {
    const { code, out } = await changesNothing(recipients('people.csv', '--json'));
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      ...{ kept: true, added: 0, updated: 0, unchanged: 11, gone: 0, audience: 10 },
      ...{ leftOut: { disabled: 1 }, merged: [{ line: 13, sameAs: 2 }], mergedCount: 1, rejected: 0, rejects: [] },
    });
  });

  test('does not believe a list that has lost a third of its people', async () => {
    await writePeople(work.folder, 'short.csv', listPeople(7));
    const refused = await changesNothing(recipients('short.csv'));
    expect(refused.code).toBe(2);
    expect(refused.err).toContain('short.csv: more than a fifth of the people of the earlier list are missing');
    expect((await work.run(recipients('short.csv', '--accept-shrink'))).out).toContain('7 people are in the audience');
    expect((await work.run(recipients('people.csv'))).out).toContain('10 people are in the audience');
  });

  test('counts those who are left out among the people of the earlier list', async () => {
    const listWith = (disabled: number) => [
      ...listPeople(5),
      ...listPeople(disabled, 50).map((person) => ({ ...person, enabled: 'False' })),
    ];
    const into = (csv: string) => ['import', 'recipients', csv, '--campaign', 'steps'];
    await writePeople(work.folder, 'ten.csv', listWith(5));
    await writePeople(work.folder, 'eight.csv', listWith(3));
    await writePeople(work.folder, 'six.csv', listWith(1));
    expect((await work.run(into('ten.csv'))).code).toBe(0);
    // Two of ten are a fifth; two of eight, and who had gone before is not counted again, are more.
    expect((await work.run(into('eight.csv'))).out).toContain('2 gone');
    expect((await changesNothing(into('six.csv'))).err).toContain('more than a fifth');
  }, 60_000);

  test('adds people to the list with --add', async () => {
    await writePeople(work.folder, 'more.csv', listPeople(2, 11));
    const { out } = await work.run(recipients('more.csv', '--add'));
    expect(out).toContain(
      '12 people are in the audience. Left out: 1 disabled.\nThe list: 2 new, 0 changed, 0 as before, 0 gone.',
    );
  });

  test('keeps nothing of a list with rows that cannot be used, until that is accepted', async () => {
    const header = 'email,name';
    await writeText(
      work.folder,
      'mixed.csv',
      `${header}\np20@contoso.com,Person 20\nnot an address,Bad One\n"a@contoso.com, b@evil.test",Two\n`,
    );
    const refused = await changesNothing(recipients('mixed.csv', '--add'));
    expect(refused).toMatchObject({ code: 2, out: '' });
    expect(refused.err).toMatch(/^mixed\.csv:3:.*email: "not an address"/m);
    expect(refused.err).toMatch(/^mixed\.csv:4:/m);
    expect(refused.err).toContain('mixed.csv: some rows cannot be used; nothing was imported');
    expect(existsSync(work.path('mixed.rejects.csv'))).toBe(false);

    const accepted = await work.run(recipients('mixed.csv', '--add', '--accept-rejects'));
    expect(accepted.code).toBe(0);
    expect(accepted.out).toContain('13 people are in the audience');
    expect(accepted.out).toContain('2 rejected rows are in mixed.rejects.csv: mend the file and import it with --add.');
    const rejects = await readFile(work.path('mixed.rejects.csv'), 'utf8');
    expect(rejects).toContain('\ufeffrejected at line,rejected because,email,name\r\n3,');

    // Mended, it goes in as it is.
    await writeText(
      work.folder,
      'mixed.rejects.csv',
      rejects.replaceAll('not an address', 'p21@contoso.com').replace(/\r\n4,.*/s, '\r\n'),
    );
    const alone = await changesNothing(recipients('mixed.rejects.csv'));
    expect(alone).toMatchObject({ code: 2, out: '' });
    expect(alone.err).toBe(
      'mixed.rejects.csv: these are the rejected rows of an earlier import, not the whole list; nothing was imported (say --add to add these people to the list)\n',
    );
    const mended = await work.run(recipients('mixed.rejects.csv', '--add'));
    expect(mended.out).toContain('14 people are in the audience. Left out: 1 disabled.\nThe list: 1 new');
    expect((await work.run(recipients('people.csv', '--accept-shrink'))).code).toBe(0);
  });

  test('tells scripts why nothing was kept', async () => {
    const { code, out } = await changesNothing(recipients('mixed.csv', '--add', '--json'));
    expect(code).toBe(2);
    expect(JSON.parse(out)).toMatchObject({
      kept: false,
      refusedBecause: 'rejects',
      rejected: 2,
      rejects: [{ line: 3 }, { line: 4 }],
    });
  });
});

describe('import registrations', () => {
  const registrations = (csv: string, ...more: string[]) => [
    'import',
    'registrations',
    csv,
    '--campaign',
    'sspr',
    ...more,
  ];

  test("tells who is new, whose rows are nobody's, and how old the data is", async () => {
    await writeText(
      work.folder,
      'done.csv',
      'userPrincipalName,isSsprCapable,lastUpdatedDateTime\nP2@contoso.com,true,2026-01-05T10:00:00Z\np3@contoso.com,false,2026-01-05T11:00:00Z\nghost@contoso.com,true,2026-01-05T09:00:00Z\n',
    );
    const { code, out, err } = await work.run(registrations('done.csv'));
    expect(code).toBe(0);
    expect(err).toMatch(/^! this data is \d+ days old, and reminders rest on it; goal\.maxAge would hold them\n$/);
    expect(
      out,
    ).toBe(`1 person of the audience has registered, 1 of them new. The data is from 2026-01-05 12:00 (Europe/Amsterdam).
1 row belongs to nobody in the list: line 4.
`);
    expect(await status()).toMatchObject({
      audience: 10,
      registered: 1,
      registrationsAsOf: '2026-01-05T11:00:00.000Z',
    });
  });

  test('takes a simple list, and an age that a person knows', async () => {
    await writeText(work.folder, 'list.csv', 'p3@contoso.com\np4@contoso.com\n');
    const { code, out } = await work.run(registrations('list.csv', '--as-of', '2026-01-06T12:00:00+01:00', '--json'));
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      ...{ kept: true, rows: 2, registered: 3, newlyRegistered: 2 },
      ...{ nobody: { count: 0, lines: [] }, asOf: '2026-01-06T11:00:00.000Z' },
    });
  });

  test('keeps registrations of people who stand among the rejects of the list, and finds them once they are mended', async () => {
    await writeText(work.folder, 'late.csv', 'email\np30@contoso.com\n');
    expect((await work.run(registrations('late.csv'))).out).toContain('1 row belongs to nobody in the list: line 2.');
    const before = (await status()).registered;
    await writePeople(work.folder, 'p30.csv', listPeople(1, 30));
    await work.run(['import', 'recipients', 'p30.csv', '--campaign', 'sspr', '--add']);
    expect((await status()).registered).toBe(before + 1);
  });

  test.each([
    [
      ['--as-of', '2026-11-22'],
      'done.csv',
      '--as-of: "2026-11-22" is a date alone, which is not an instant (give date, time and zone, such as 2026-11-22T08:00:00+01:00)',
    ],
    [['--as-of', 'yesterday'], 'done.csv', '--as-of: "yesterday" is not an instant (such as 2027-01-18T08:00:00Z)'],
    [[], 'people.csv', 'people.csv:1: no column "isSsprCapable"'],
  ])('refuses %j of %s', async (more, csv, message) => {
    const { code, err } = await changesNothing(registrations(csv, ...more));
    expect(code).toBe(2);
    expect(err).toContain(message);
  });

  test('knows nobody who registers tomorrow', async () => {
    await writeText(
      work.folder,
      'future.csv',
      'email,isSsprCapable,registeredAt\np5@contoso.com,true,2031-01-21T08:00:00Z\n',
    );
    const { code, err } = await changesNothing(registrations('future.csv'));
    expect(code).toBe(2);
    expect(err).toContain(
      'future.csv:2: registeredAt: lies in the future (only simulate plays registrations that are still to come)',
    );
    // What is left out keeps its cells, so that it can be mended.
    await writeText(
      work.folder,
      'half.csv',
      'email,isSsprCapable,registeredAt\np5@contoso.com,true,2031-01-21T08:00:00Z\np2@contoso.com,true,2026-01-02T08:00:00Z\n',
    );
    const accepted = await work.run(registrations('half.csv', '--accept-rejects'));
    expect(accepted.out).toContain('1 rejected row is in half.rejects.csv: mend them and import the file again.');
    expect(await readFile(work.path('half.rejects.csv'), 'utf8')).toMatch(
      /^2,.*,p5@contoso\.com,true,2031-01-21T08:00:00Z\r$/m,
    );
  });
});

describe('status and report', () => {
  test('status lists the campaigns', async () => {
    const { code, out } = await work.run(['status']);
    expect(code).toBe(0);
    expect(out).toMatch(/^sspr +Reset your own password +2031-01-14 +Europe\/Amsterdam$/m);
    expect(JSON.parse((await work.run(['status', '--json'])).out).campaigns).toContainEqual({
      ...{ id: 'sspr', name: 'Reset your own password' },
      ...{ launchDate: '2031-01-14', zone: 'Europe/Amsterdam' },
    });
  });

  test('status of one tells its steps', async () => {
    const told = await status();
    expect(told).toMatchObject({
      ...{ campaign: 'sspr', launch: { date: '2031-01-14', time: '09:00', zone: 'Europe/Amsterdam' }, audience: 11 },
      ...{ leftOut: { disabled: 1 }, registered: 4 },
    });
    expect(told.steps).toHaveLength(4);
    expect(told.steps[0]).toEqual({
      ...{ id: 'coming-soon', kind: 'coming-soon', sendAt: '2030-12-31T08:00:00Z', progress: 'planned' },
      ...{ localDate: '2030-12-31', localTime: '09:00', zone: 'Europe/Amsterdam' },
      ...{ audience: 0, waiting: 0, claimed: 0, sending: 0, sent: 0, suppressed: {}, failed: 0, failedBecause: {} },
      ...{ uncertain: 0, cancelled: 0, resent: 0, lateRegistrations: 0, retrying: [] },
    });
    const { out } = await work.run(['status', 'sspr']);
    expect(out).toContain('Audience: 11 people, 4 registered. Left out: 1 disabled');
    expect(out).toContain('! Nothing is running that sends: keep `fanfare start` running.');
  });

  test('report tells steps as a table, and every message as CSV', async () => {
    const { out: table } = await work.run(['report', 'sspr']);
    expect(table).toMatch(/^reminder-2 +2031-01-28 09:00 +planned +– /m);
    expect(table).toContain('No message is waiting, failed, uncertain or cancelled.');
    for (const line of table.split('\n')) expect(line.length).toBeLessThan(80);
    const { rows } = await work.pool.query<{ key: number }>(
      `SELECT key FROM steps WHERE step_id = 'coming-soon' AND campaign_id = 'sspr'`,
    );
    await work.pool.query(
      `INSERT INTO messages (step_key, group_key, recipient_id, state, reason) SELECT $1, (SELECT key FROM step_groups WHERE step_key = $1), id, 'failed', '=cmd' FROM recipients WHERE address = 'p1@contoso.com' AND campaign_id = 'sspr'`,
      [rows[0]?.key],
    );
    const { code, out } = await work.run(['report', 'sspr', '--csv']);
    expect(code).toBe(0);
    expect(out).toBe(`step,sendAt,address,displayName,state,reason,attempts,settledAt,messageId,reply
coming-soon,2030-12-31T08:00:00.000Z,p1@contoso.com,Person 1,failed,'=cmd,0,,,
`);
  });

  test.each([
    [['status', 'ssrp'], 'there is no campaign "ssrp" (did you mean "sspr"?)'],
    [['report', 'other'], 'there is no campaign "other" (campaigns here: sspr, steps, told)'],
    [
      ['import', 'recipients', 'people.csv', '--campaign', 'ssrp'],
      '--campaign: there is no campaign "ssrp" (did you mean "sspr"?)',
    ],
  ])('%j names no campaign', async (args, message) => {
    const { code, out, err } = await changesNothing(args);
    expect({ code, out, err }).toEqual({ code: 2, out: '', err: `${message}\n` });
  });

  test('health', async () => {
    expect(await work.run(['health'])).toMatchObject({
      code: 0,
      out: 'healthy: database and queue answer, 0 rings pending\n',
    });
  });
});
