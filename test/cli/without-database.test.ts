import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { simpleParser } from 'mailparser';
import { campaignJsonSchema } from '../../src/campaign/campaign-json-schema.js';
import { type Person, writeCampaign, writePeople, writeText } from './contoso.js';
import { exampleCampaign, openWorkplace, type Workplace } from './run-fanfare.js';

const people: Person[] = [
  { number: 1, upn: 'anna@contoso.com', name: 'Anna de Vries', mail: 'anna@contoso.com', country: 'NL' },
  { number: 2, upn: 'c10002@contoso.com', name: 'Ben Smith', mail: 'ben.smith@contoso.com', country: 'GB' },
  { number: 3, upn: 'frank@contoso.com', name: 'Frank Smit', mail: 'frank@contoso.com', enabled: 'False' },
];

let work: Workplace;
beforeAll(async () => {
  work = await openWorkplace();
  await writeCampaign(work.folder);
  await writePeople(work.folder, 'people.csv', people);
  await writeText(work.folder, 'registered.csv', 'email\nben.smith@contoso.com\nnobody@contoso.com\n');
});
afterAll(async () => {
  // Not one of these commands may have made a database.
  expect(existsSync(work.path('state'))).toBe(false);
  await work.close();
});

describe('plan', () => {
  test('says in words what goes when', async () => {
    const { code, out, err } = await work.run(['plan', 'campaign.yaml']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toBe(`Reset your own password: launch on Tue 2031-01-14 at 09:00 (Europe/Amsterdam)

Step           Offset  Day  Date        Time   Instant (UTC)
coming-soon    -14d    Tue  2030-12-31  09:00  2030-12-31T08:00:00Z
available-now  0d      Tue  2031-01-14  09:00  2031-01-14T08:00:00Z
reminder-1     +7d     Tue  2031-01-21  09:00  2031-01-21T08:00:00Z
reminder-2     +14d    Tue  2031-01-28  09:00  2031-01-28T08:00:00Z
`);
  });

  test('tells scripts the same in the names they know', async () => {
    const { code, out } = await work.run(['plan', 'campaign.yaml', '--json']);
    expect(code).toBe(0);
    const step = (id: string, kind: string, offset: string, localDate: string) => ({
      ...{ id, kind, offset, localDate, localTime: '09:00', zone: 'Europe/Amsterdam' },
      ...{ sendAt: `${localDate}T08:00:00Z`, recipients: null, finishesAt: null },
      ...{ ring: 'everyone', launchDate: '2031-01-14' },
    });
    expect(JSON.parse(out)).toEqual({
      campaign: 'sspr',
      version: null,
      launch: { date: '2031-01-14', time: '09:00', zone: 'Europe/Amsterdam' },
      steps: [
        step('coming-soon', 'coming-soon', '-14d', '2030-12-31'),
        step('available-now', 'available-now', '0d', '2031-01-14'),
        step('reminder-1', 'sign-up-reminder', '+7d', '2031-01-21'),
        step('reminder-2', 'sign-up-reminder', '+14d', '2031-01-28'),
      ],
      concerns: [],
      warnings: [],
    });
  });

  test('counts the people of every step, and says whose registrations belong to nobody', async () => {
    const lists = ['--recipients', 'people.csv', '--registrations', 'registered.csv'];
    const { out } = await work.run(['plan', 'campaign.yaml', ...lists, '--json']);
    const { steps, warnings } = JSON.parse(out);
    expect(steps.map(({ recipients }: { recipients: number }) => recipients)).toEqual([2, 2, 1, 1]);
    expect(warnings).toEqual(['1 registration belongs to nobody in the list (line 3)']);
    const text = await work.run(['plan', 'campaign.yaml', ...lists]);
    expect(text.out).toContain('Audience: 2 people. Left out: 1 disabled. Named twice: 0.');
    expect(text.out).toContain('Registered already: 1; they get no reminder.');
    expect(text.out).toContain('! 1 registration belongs to nobody in the list (line 3)');
  });

  test('takes a launch date that is long past', async () => {
    await writeCampaign(work.folder, 'past.yaml', { date: '2020-01-14' });
    const { code, out } = await work.run(['plan', 'past.yaml']);
    expect({ code, said: out.includes('2020-01-14T08:00:00Z') }).toEqual({ code: 0, said: true });
  });

  // Amsterdam, 2031: 02:00 does not exist from 30 March 02:00 to 03:00, and 26 October has 02:30 twice.
  test.each([
    ['2031-03-30', '2031-03-30T01:00:00Z', /does not exist/],
    ['2031-10-26', '2031-10-26T00:30:00Z', /twice/],
  ])('tells what it makes of 02:30 on %s', async (date, sendAt, warning) => {
    await writeCampaign(work.folder, 'clocks.yaml', {
      date,
      time: '02:30',
      steps: '\n  - { kind: available-now, offset: 0d }',
    });
    const { out } = await work.run(['plan', 'clocks.yaml', '--json']);
    const { steps, warnings } = JSON.parse(out);
    expect(steps).toMatchObject([{ sendAt, localDate: date, localTime: '02:30' }]);
    expect(warnings.join('\n')).toMatch(warning);
  });

  test('is nobody where the list holds nobody who gets mail, and says so', async () => {
    await writePeople(work.folder, 'nobody.csv', people.slice(2));
    const { code, out } = await work.run(['plan', 'campaign.yaml', '--recipients', 'nobody.csv']);
    expect(code).toBe(0);
    expect(out).toContain('! nobody in nobody.csv is in the audience');
  });
});

describe('a list without first names', () => {
  test('is told before anybody is greeted without one', async () => {
    await writeText(work.folder, 'nameless.csv', 'email\ninfo@contoso.com\ndesk@contoso.com\n');
    const { out } = await work.run(['plan', 'campaign.yaml', '--recipients', 'nameless.csv']);
    expect(out).toContain(
      '! no first name for 2 of 2 people: they are greeted without a name; a column such as firstName or Voornaam gives it',
    );
    await writeText(work.folder, 'named.csv', 'email,Voornaam\nanna@contoso.com,Anna\ndesk@contoso.com,\n');
    expect((await work.run(['plan', 'campaign.yaml', '--recipients', 'named.csv'])).out).toContain(
      '! no first name for 1 of 2 people: they are greeted without a name; their cells in the column "Voornaam" are empty',
    );
  });
});

describe('preview', () => {
  test.each([
    ['anna@contoso.com', 'available-now', 'nl', 'Hallo Anna,', 'Anna de Vries', 'anna@contoso.com'],
    ['ANNA@CONTOSO.COM', 'coming-soon', 'nl', 'Hallo Anna,', 'Anna de Vries', 'anna@contoso.com'],
    ['ben.smith@contoso.com', 'reminder-1', 'en', 'Hello Ben,', 'Ben Smith', 'ben.smith@contoso.com'],
    ['C10002@contoso.com', 'coming-soon', 'en', 'Hello Ben,', 'Ben Smith', 'ben.smith@contoso.com'],
  ])('for %s writes %s', async (recipient, step, locale, greeting, name, address) => {
    const options = ['--step', step, '--recipient', recipient, '--recipients', 'people.csv', '--out', 'out/deep'];
    const { code, out, err } = await work.run(['preview', 'campaign.yaml', ...options]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain(`Written: out/deep/${step}.${locale}.html, .txt and .eml`);
    const read = (ending: string) => readFile(work.path(`out/deep/${step}.${locale}.${ending}`), 'utf8');

    const html = await read('html');
    expect(html).toContain(greeting);
    // What a browser shows needs nothing of the network, the logo included.
    const sources = [...html.matchAll(/(?:src|background)="([^"]*)"|url\(([^)]*)\)/g)].map(
      ([, src, url]) => src ?? url ?? '',
    );
    expect(sources.length).toBeGreaterThan(0);
    for (const source of sources) expect(source).toMatch(/^data:image\/png;base64,iVBOR/);
    expect(html).not.toMatch(/<link|<script|@import/);

    const text = await read('txt');
    expect(text).toContain(greeting);
    expect(text).not.toMatch(/<\/?[a-z]+[ >]|&[a-z]+;/);

    const mail = await simpleParser(await read('eml'));
    expect(mail.to).toMatchObject({ value: [{ address, name }] });
    expect(mail.from).toMatchObject({ value: [{ address: 'it-service@contoso.com', name: 'Contoso IT service' }] });
    expect(out).toContain(`Subject: ${mail.subject}\n`);
    expect(mail.text).toContain(greeting);
    expect(mail.attachments).toMatchObject([{ contentType: 'image/png', related: true }]);
  });

  test.each([
    [
      { recipient: 'nobody@contoso.com' },
      '--recipient: "nobody@contoso.com" is not the mail address or sign-in name of any of the 3 rows of people.csv (give one that is in the list)',
    ],
    [{ recipient: 'ben.smit@contoso.com' }, 'of people.csv (did you mean "ben.smith@contoso.com"?)'],
    [{ recipient: 'frank@contoso.com' }, 'people.csv:4: this person gets no mail: disabled'],
    [
      { step: 'reminder-9' },
      '--step: there is no step "reminder-9" (did you mean "reminder-1"? steps: coming-soon, available-now, reminder-1, reminder-2)',
    ],
    [{ out: 'people.csv' }, '--out: people.csv: there is a file of this name, so no folder can be made'],
    [{ out: 'people.csv/deep' }, '--out: people.csv/deep: a part of this path is a file, not a folder'],
  ])('refuses %j', async (changes, message) => {
    const wanted = { step: 'coming-soon', recipient: 'anna@contoso.com', out: 'refused', ...changes };
    const options = [
      '--step',
      wanted.step,
      '--recipient',
      wanted.recipient,
      '--recipients',
      'people.csv',
      '--out',
      wanted.out,
    ];
    const { code, out, err } = await work.run(['preview', 'campaign.yaml', ...options]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(message);
    expect(err).not.toMatch(/^ +at /m);
    expect(existsSync(work.path('refused'))).toBe(false);
  });
});

describe("a pack of one's own", () => {
  const pack = async () => {
    const shipped = exampleCampaign.replace(/config.*/, 'templates/sspr');
    const { cp } = await import('node:fs/promises');
    await cp(shipped, work.path('our-pack'), { recursive: true });
    await writeCampaign(work.folder, 'own.yaml', { pack: './our-pack' });
  };

  test('is told where it has a typo: file and line', async () => {
    await pack();
    const file = work.path('our-pack/coming-soon.mjml');
    const text = await readFile(file, 'utf8');
    await writeText(work.folder, 'our-pack/coming-soon.mjml', `${text}\n<mj-text>{{frstName}}</mj-text>\n`);
    const options = [
      '--step',
      'coming-soon',
      '--recipient',
      'anna@contoso.com',
      '--recipients',
      'people.csv',
      '--out',
      'own',
    ];
    const { code, err } = await work.run(['preview', 'own.yaml', ...options]);
    expect(code).toBe(2);
    expect(err).toMatch(/our-pack\/coming-soon\.mjml:\d+:\d+: .*frstName.*did you mean.*firstName/);
    expect(err).not.toMatch(/^ +at /m);
  });

  test('works', async () => {
    await pack();
    await mkdir(work.path('own'), { recursive: true });
    const options = [
      '--step',
      'coming-soon',
      '--recipient',
      'anna@contoso.com',
      '--recipients',
      'people.csv',
      '--out',
      'own',
    ];
    expect(await work.run(['preview', 'own.yaml', ...options])).toMatchObject({ code: 0, err: '' });
  });
});

describe('the program', () => {
  test('prints the schema', async () => {
    const { code, out } = await work.run(['schema']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual(JSON.parse(JSON.stringify(campaignJsonSchema())));
  });

  test('prints its version', async () => {
    expect(await work.run(['--version'])).toMatchObject({ code: 0, out: '0.1.0\n', err: '' });
  });

  const commands = [
    'plan',
    'preview',
    'simulate',
    'apply',
    'import',
    'start',
    'scheduler',
    'worker',
    'status',
    'report',
    'schema',
    'health',
    'demo',
  ];

  test('tells all commands', async () => {
    const { code, out } = await work.run(['help']);
    expect(code).toBe(0);
    for (const command of commands) expect(out).toMatch(new RegExp(`^  ${command}\\b`, 'm'));
  });

  test('tells the help of each command', async () => {
    for (const command of commands) {
      const { code, out, err } = await work.run([command, '--help']);
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(out).toContain(`Usage: fanfare ${command}`);
    }
    expect((await work.run(['help', 'plan'])).out).toBe((await work.run(['plan', '--help'])).out);
  });

  test.each([
    [['pln', 'x.yaml'], "error: unknown command 'pln'\n(Did you mean plan?)"],
    [['plan', '--jsn', 'x.yaml'], "error: unknown option '--jsn'\n(Did you mean --json?)"],
    [['plan'], "error: missing required argument 'file-or-id'"],
    [['plan', 'a.yaml', 'b.yaml'], 'error: too many arguments'],
    [['preview', 'campaign.yaml'], "error: required option '--step <id>' not specified"],
    [['import', 'recipients', 'people.csv'], "error: required option '--campaign <id>' not specified"],
    [['import', 'people', 'people.csv'], "error: unknown command 'people'"],
  ])('%j is told as what it is', async (args, message) => {
    const { code, out, err } = await work.run(args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(message);
  });

  test('without a command tells its help', async () => {
    const { code, out, err } = await work.run([]);
    expect(code).toBe(2);
    expect(out + err).toContain('Usage: fanfare');
  });
});
