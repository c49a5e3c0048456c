import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { writeCampaign, writeText } from './contoso.js';
import { type LedgerPlace, openLedgerPlace } from './ledger-place.js';

const rollout = `calendar: { holidays: [NL, BE] }
rings:
  - { id: pilot, offset: -7d, where: { department: IT } }
  - { id: everyone, gate: { go: true } }
discipline: { maxReminders: 1 }
`;
const list = `mail,displayName,department,country
anna@contoso.com,Anna A,IT,NL
bob@contoso.com,Bob B,Sales,BE
cas@contoso.com,Cas C,Sales,NL
`;

/** The story goes on from test to test, as a rollout does. */
let work: LedgerPlace;
beforeAll(async () => {
  work = await openLedgerPlace();
  await writeCampaign(work.folder, 'campaign.yaml', { more: rollout });
  await writeText(work.folder, 'people.csv', list);
}, 60_000);
afterAll(() => work.close());

const planned = ['campaign.yaml', '--recipients', 'people.csv'];

describe('plan, before anything is kept', () => {
  test('is a timeline a ring, with what moved and why', async () => {
    const { code, out } = await work.run(['plan', ...planned]);
    expect(code).toBe(0);
    expect(out).toContain('Ring pilot: launch on Tue 2031-01-07, 1 person');
    expect(out).toContain("Ring everyone: launch on Tue 2031-01-14, 2 people\n  It waits for its gate: somebody's go.");
    expect(out).toMatch(/^reminder-1 +\+7d +Tue {2}2031-01-21 {2}09:00 {2}2031-01-21T08:00:00Z +2$/m);
    for (const line of out.split('\n').filter((each) => /^\S+ +[+-]?\d+d /.test(each)))
      expect(line.length).toBeLessThan(81);
  });

  test('goes into a spreadsheet and a calendar', async () => {
    const csv = (await work.run(['plan', ...planned, '--csv'])).out.trim().split('\n');
    expect(csv[0]).toMatch(/^campaign,step,kind,ring,zone,localDate,localTime,sendAt,launchDate,recipients,/);
    expect(csv).toHaveLength(1 + 8);
    const ics = (await work.run(['plan', ...planned, '--ics'])).out;
    expect(ics.match(/^BEGIN:VEVENT/gm)).toHaveLength(8);
    expect(ics).toContain('DTSTART:20310107T080000Z');
    expect((await work.run(['plan', ...planned, '--csv', '--json'])).code).toBe(2);
  });

  test('tells one person what they get, and what not, and why', async () => {
    const { out } = await work.run(['plan', ...planned, '--explain', 'Bob@contoso.com']);
    expect(out).toContain('ring everyone, launch on Tue 2031-01-14');
    expect(out).toMatch(/^reminder-1 +2031-01-21 09:00 +\+7d from the launch of ring everyone on 2031-01-14$/m);
    expect(out).toMatch(/^reminder-2 +not sent +1 reminders? are the most that one person gets$/m);
    const nobody = await work.run(['plan', ...planned, '--explain', 'bobb@contoso.com']);
    expect([nobody.code, nobody.err]).toEqual([2, expect.stringContaining('did you mean "bob@contoso.com"?')]);
  });
});

describe('a launch on a day off', () => {
  test('is refused with the ways out, and accepted knowingly', async () => {
    await writeCampaign(work.folder, 'off.yaml', {
      id: 'off',
      date: '2031-06-02',
      more: 'calendar: { holidays: [NL] }\n',
    });
    const refused = await work.run(['apply', 'off.yaml', '--yes']);
    expect([refused.code, refused.err]).toEqual([
      2,
      expect.stringMatching(/the launch on 2031-06-02 is on a day off: .*\(NL\)/),
    ]);
    expect((await work.run(['apply', 'off.yaml', '--yes', '--accept', 'launch-day-off'])).code).toBe(0);
  }, 60_000);
});

describe('a rollout that runs', () => {
  test('has rings with gates, and people who move between them', async () => {
    await work.run(['apply', 'campaign.yaml', '--yes']);
    expect((await work.run(['import', 'recipients', 'people.csv', '--campaign', 'sspr'])).code).toBe(0);
    expect((await work.run(['ring', 'list', 'sspr'])).out).toContain(
      'ring everyone waits for a go: fanfare go sspr everyone',
    );
    expect((await work.run(['status', 'sspr'])).out).toContain(
      'Ring everyone: 2 people, launch on 2031-01-14; ring everyone waits',
    );
    expect((await work.run(['go', 'sspr', 'everyon'])).err).toContain('did you mean "everyone"?');
    expect((await work.run(['go', 'sspr', 'everyone', '--because', 'all is well'])).out).toContain('may go');
    expect((await work.run(['tickets', 'sspr', 'pilot', 'many'])).code).toBe(2);
    expect((await work.run(['tickets', 'sspr', 'pilot', '3'])).out).toContain('3 tickets so far');
    const moved = await work.run([
      'ring',
      'move',
      'sspr',
      'cas@contoso.com',
      '--to',
      'pilot',
      '--because',
      'asked for it',
    ]);
    expect(moved.out).toBe('Moved from ring everyone to pilot.\n');
    const explained = JSON.parse((await work.run(['plan', 'sspr', '--explain', 'cas@contoso.com', '--json'])).out);
    expect(explained).toMatchObject({
      ring: 'pilot',
      launchDate: '2031-01-07',
      ringMoves: [{ because: 'asked for it' }],
    });
    const { version, steps } = JSON.parse((await work.run(['plan', 'sspr', '--json'])).out);
    expect(version).toBe(1);
    expect(
      steps
        .filter(({ id }: { id: string }) => id === 'available-now')
        .map(({ recipients }: { recipients: number }) => recipients),
    ).toEqual([2, 1]);
  }, 120_000);

  test('moves: shows the difference, asks, and is a new version; the old file does not move it back', async () => {
    const asked = await work.run(['move', 'sspr', '2031-02-11']);
    expect([asked.code, asked.err]).toEqual([
      2,
      'Nothing has been changed. Say yes, or --yes where nobody can answer.\n',
    ]);
    expect(asked.out).toContain('the launch date moves from Tue 2031-01-14 to Tue 2031-02-11');
    const moved = JSON.parse((await work.run(['move', 'sspr', '2031-02-11', '--yes', '--json'])).out);
    expect(moved).toMatchObject({ version: 2, from: '2031-01-14', to: '2031-02-11', told: [], launchMoved: null });
    const again = await work.run(['apply', 'campaign.yaml', '--yes']);
    expect([again.code, again.err]).toEqual([
      2,
      expect.stringContaining('the file says 2031-01-14, and fanfare move has set 2031-02-11'),
    ]);
    for (const date of ['2031-02-30', 'tomorrow', '2020-01-07', '2031-02-11'])
      expect((await work.run(['move', 'sspr', date, '--yes'])).code).toBe(2);
    expect((await work.run(['status', 'sspr'])).out).toContain('launch on 2031-02-11');
  }, 120_000);
});
