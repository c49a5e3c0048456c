import { writeFile } from 'node:fs/promises';
import { simpleParser } from 'mailparser';
import type { Recipient } from '../../../src/campaign/recipient.js';
import type { MailContent } from '../../../src/render/mail-content.js';
import { barOf, type FaultRow } from '../fault-row.js';
import { type FaultySmtp, judgeBy, openFaultySmtp, settleQuickly } from '../faulty-smtp.js';
import type { Stage } from '../stage.js';

/** What people, directories and attackers put where a name, a department or a city should stand. */
const hostile = [
  ...['<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', "' onmouseover='x", 'javascript:alert(1)'],
  ...['</td></tr></table><h1>You won</h1>', '<!--', '-->', ']]>', '<![endif]-->', '&lt;b&gt;', '&#60;script&#62;'],
  ...[
    '{{firstName}}',
    '{{{portal.url}}}',
    '{{#each this}}',
    '{{> message}}',
    `\${7*7}`,
    '<%= 7 %>',
    '%0d%0aBcc: x@z.test',
  ],
  ...[
    'Eve\r\nBcc: evil@z.test',
    'Eve\nSubject: changed',
    'Eve\r\n\r\n<h1>body</h1>',
    'Eve\r\n.\r\nMAIL FROM:<x@z.test>',
  ],
  ...['=?utf-8?Q?=0D=0ABcc:_evil@z.test?=', '=?utf-8?B?DQpCY2M6IGV2aWxAei50ZXN0?=', '=3D=0A', '.', '..'],
  ...[
    'Eve <evil@z.test>',
    '"Eve" <evil@z.test>, ',
    'a@z.test,b@z.test',
    'Group: evil@z.test;',
    '(comment)',
    '\\',
    '\\"',
    '"',
  ],
  ...[
    '\u202elive\u202c',
    '\u2066x',
    '\u2028Bcc: x@z.test',
    '\u2029x',
    '\u0085Bcc: x@z.test',
    '\u000bx',
    '\ufeff',
    '\u0007',
  ],
  ...[
    '👩‍👩‍👧‍👦',
    'Ω'.repeat(200),
    'x'.repeat(200),
    'x '.repeat(99),
    'Ünïcödé',
    '١٢٣',
    "Robert'); DROP TABLE messages;--",
  ],
  ...[
    '__proto__',
    'constructor',
    'toString',
    'https://evil.test/',
    '[click](https://evil.test)',
    '**bold**',
    '\t\t',
    ' ',
    '',
  ],
  ...['=cmd|calc!A0', '\ud800', 'null', 'undefined', '-1', '\u200b', 'a\u0301'.repeat(60)],
];

/** Two in ten are harmless, with a first name and without: their mails say what a mail looks like. */
const isHarmless = (number: number) => number % 10 < 2;

function makePoisoned(number: number): Partial<Recipient> {
  const at = (offset: number) => hostile[(number * 7 + offset) % hostile.length] ?? '';
  if (isHarmless(number)) {
    const name = number % 10 === 0 ? { firstName: 'Robin' } : {};
    return { ...name, displayName: 'Robin de Vries', attributes: { Department: 'Sales', City: 'Utrecht' } };
  }
  return { firstName: at(0), displayName: at(1), attributes: { Department: at(2), City: at(3) } };
}

/**
 * Half of a surrogate pair is nothing that a database can hold; a display name with a control character is refused when
 * its mail is written, which is another row's story.
 */
function makeStorable(number: number): Partial<Recipient> {
  const whole: Partial<Recipient> = JSON.parse(JSON.stringify(makePoisoned(number)).replaceAll('\\ud800', ''));
  return { ...whole, displayName: whole.displayName?.replace(/\p{Cc}/gu, ' ') ?? '' };
}

/** Every value in both parts of the mail. */
function showEverything(shipped: MailContent): MailContent {
  const files = { ...shipped.files };
  for (const step of ['available-now', 'sign-up-reminder']) {
    const markup = `pack/${step}.mjml`;
    const plain = `pack/${step}.txt.hbs`;
    const values = '{{displayName}} {{attributes.Department}} {{attributes.City}}';
    files[markup] = `${files[markup]}\n<mj-text><p title="{{attributes.City}}">${values}</p></mj-text>\n`;
    files[plain] = `${files[plain]}\n\n${values}\n`;
  }
  return { ...shipped, files };
}

const quote = (cell = '') => `"${cell.replaceAll('"', '""')}"`;

/** As a list that somebody exported; what a database cannot hold either is only here. */
async function importPoisoned(stage: Stage): Promise<void> {
  const lines = ['mail,displayName,givenName,Department,City'];
  for (let number = 1; number <= stage.people; number += 1) {
    const { displayName, firstName, attributes = {} } = makePoisoned(number);
    const cells = [`p${number}@contoso.com`, displayName, firstName, attributes.Department, attributes.City];
    lines.push(cells.map(quote).join(','));
  }
  await writeFile(stage.place.path('people.csv'), `${lines.join('\r\n')}\r\n`);
  const { code, err } = await stage.run('import', 'recipients', 'people.csv', '--campaign', 'test', '--accept-rejects');
  if (code !== 0) throw new Error(`the list was not imported: ${err}`);
}

/** The frame of a mail: its header names, and its html without what stands between the tags. */
async function readFrame(raw: string) {
  const head = raw.slice(0, raw.indexOf('\r\n\r\n')).replace(/\r\n[ \t]+/g, ' ');
  const { to, html, text = '' } = await simpleParser(Buffer.from(raw, 'latin1'));
  const tags = (html || '').replace(/>[^<]*/g, '>').replace(/ title="[^"]*"/, '');
  const receivers = (to ? [to].flat() : []).flatMap(({ value }) => value).map(({ address }) => address);
  return { names: head.replace(/:.*$/gm, '').replaceAll('\r', ''), tags, receivers, words: `${head}${html}${text}` };
}

async function complainAboutMails({ accepted }: FaultySmtp): Promise<string[]> {
  const frames = await Promise.all(
    accepted.map(async ({ to, raw }) => ({ to: to[0] ?? '', ...(await readFrame(raw)) })),
  );
  const usual = frames.filter(({ to }) => isHarmless(Number(/\d+/.exec(to)?.[0])));
  const names = new Set(usual.map((frame) => frame.names));
  const tags = new Set(usual.map((frame) => frame.tags));
  if (names.size !== 1 || tags.size > 2) throw new Error('harmless mails differ among themselves');
  const count = (sentence: string, isWrong: (frame: (typeof frames)[number]) => boolean) => {
    const wrong = frames.filter(isWrong);
    return wrong.length > 0 ? [`${sentence}: ${wrong.length}, such as that of ${wrong[0]?.to}`] : [];
  };
  return [
    ...count('mails with other headers', (frame) => !names.has(frame.names)),
    ...count('mails with other tags', (frame) => !tags.has(frame.tags)),
    ...count('mails with other receivers', ({ receivers, to }) => receivers.join() !== to),
    ...count('mails with characters that turn the text', ({ words }) => /[\u202a-\u202e\u2066-\u2069]/.test(words)),
  ];
}

const ways: ReadonlyArray<[row: string, title: string, fill: (stage: Stage) => Promise<void>]> = [
  [
    '50a',
    'hostile names, departments and cities in the list',
    async (stage) => {
      await stage.apply({ content: showEverything });
      await importPoisoned(stage);
    },
  ],
  [
    '50b',
    'the same, past what the import cleans',
    (stage) => stage.fill({ content: showEverything, person: makeStorable }),
  ],
];

/** What stands in the data of people changes nothing but its own place in their mails. */
export const poisonDataRows: FaultRow[] = ways.map(
  ([row, title, fill]): FaultRow => ({
    ...{ row, title },
    runs: 1,
    // Each string comes in every place many times over.
    people: 2_000,
    queues: ['postgres'],
    policies: ['resend-once'],
    bar: barOf([0, 0]),
    async perform(stage) {
      const smtp = await openFaultySmtp(stage, {});
      await fill(stage);
      const started = [stage.start('scheduler'), stage.start('worker', { smtpUrl: smtp.workerUrl })];
      await Promise.all(started.map((each) => each.says(/"msg":"ready"/)));
      await settleQuickly(stage);
      const { audience } = await stage.count();
      // A row that the import refuses is told with its line; it must be the exception.
      const complaints =
        audience < 0.95 * stage.people ? [`only ${audience} of ${stage.people} rows were imported`] : [];
      complaints.push(...(await complainAboutMails(smtp)));
      return judgeBy({ ...stage, people: audience }, smtp, { complaints });
    },
  }),
);
