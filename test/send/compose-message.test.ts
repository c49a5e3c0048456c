import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { simpleParser } from 'mailparser';
import { assertEnvelope, composeMessage, type Letter } from '../../src/send/compose-message.js';
import { createMessageId } from '../../src/send/message-id.js';

const letter: Letter = {
  campaign: {
    id: 'sspr-2027',
    name: 'Reset your own password',
    sender: { name: 'Contoso IT', address: 'it@contoso.com', replyTo: 'helpdesk@contoso.com' },
  },
  recipient: { address: 'p1@contoso.com', displayName: 'Person One' },
  subject: 'Soon: reset your own password',
  entity: 'Content-Type: text/plain; charset=utf-8\r\n\r\nHello.\r\n',
  messageId: '0123456789abcdef@contoso.com',
  datedAt: new Date('2027-01-02T03:04:05.678Z'),
};

const withTexts = (name: string, displayName: string, subject: string): Letter => ({
  ...letter,
  campaign: { ...letter.campaign, sender: { ...letter.campaign.sender, name } },
  recipient: { ...letter.recipient, displayName },
  subject,
});

async function readTexts(raw: string) {
  const mail = await simpleParser(raw);
  const to = Array.isArray(mail.to) ? mail.to[0] : mail.to;
  return { from: mail.from?.value, to: to?.value, subject: mail.subject };
}

const hostile = [
  '=?utf-8?Q?x?=',
  'a =?utf-8?B?eA==?= b',
  'O"Brien \\ "the" <boss@evil.test>, Jr.; (c)',
  'evil@evil.test, other@evil.test',
  'Łukasz Żółć',
  'مرحبا بالعالم',
  'שלום \u202eabc',
  '山田 太郎',
  '👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦',
  'x'.repeat(200),
  `${'Zoë '.repeat(60)}end`,
  '"'.repeat(60),
  '\\'.repeat(60),
  'Subject: not really',
  '?= =?',
  'under_score and = and ?',
  "'quoted'",
  'e\u0301 composed',
];

describe('composeMessage', () => {
  test('writes exactly these headers', () => {
    expect(composeMessage(letter)).toBe(
      [
        'From: "Contoso IT" <it@contoso.com>',
        'To: "Person One" <p1@contoso.com>',
        'Reply-To: helpdesk@contoso.com',
        'Subject: Soon: reset your own password',
        'Date: Sat, 2 Jan 2027 03:04:05 +0000',
        'Message-ID: <0123456789abcdef@contoso.com>',
        'List-Id: <sspr-2027.contoso.com>',
        'Auto-Submitted: auto-generated',
        'X-Auto-Response-Suppress: OOF, AutoReply',
        'Precedence: bulk',
        'MIME-Version: 1.0',
        letter.entity,
      ].join('\r\n'),
    );
  });

  test('an address without a name stands alone', () => {
    const raw = composeMessage({ ...letter, recipient: { address: 'p1@contoso.com' } });
    expect(raw).toContain('\r\nTo: p1@contoso.com\r\n');
  });

  test.each(hostile)('%j reads back as it was, as name and as subject', async (text) => {
    const raw = composeMessage(withTexts(text, text, text));
    expect(await readTexts(raw)).toEqual({
      from: [{ name: text, address: 'it@contoso.com' }],
      to: [{ name: text, address: 'p1@contoso.com' }],
      subject: text,
    });
    expectSoundHeaders(raw);
  });

  // One line without controls, and without spaces that a reader may fold away: what our boundaries let in.
  const oneLine = fc
    .oneof(
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }),
      fc.string({ unit: fc.constantFrom('a', 'é', ' ', '"', '\\', '=', '?', '_', '<', '@', ',', '.'), maxLength: 120 }),
    )
    .map((text) =>
      text
        .replace(/[\p{Cc}\p{Cf}\p{Cn}\p{Co}\u2028\u2029\ufffd]/gu, '')
        .replace(/\s+/g, ' ')
        .trim(),
    )
    .filter((text) => text !== '');

  test('any name and subject reads back as it was', async () => {
    await fc.assert(
      fc.asyncProperty(oneLine, oneLine, oneLine, async (from, to, subject) => {
        const raw = composeMessage(withTexts(from, to, subject));
        expectSoundHeaders(raw);
        const read = await readTexts(raw);
        expect(read.from).toEqual([{ name: from, address: 'it@contoso.com' }]);
        expect(read.to).toEqual([{ name: to, address: 'p1@contoso.com' }]);
        expect(read.subject).toBe(subject);
      }),
      { numRuns: 300 },
    );
  });

  test('a line that cannot be folded stays under 998 characters', () => {
    const address = `${'a'.repeat(64)}@${'b'.repeat(60)}.${'c'.repeat(60)}.example`;
    const raw = composeMessage({ ...letter, recipient: { address, displayName: 'x'.repeat(500) } });
    expect(Math.max(...raw.split('\r\n').map(({ length }) => length))).toBeLessThan(998);
  });

  test.each(['\r\nBcc: evil@evil.test', '\n', '\r', '\0', '\t', '\u007f'])('refuses %j wherever it stands', (bad) => {
    const text = `a${bad}b`;
    for (const broken of [
      withTexts(text, 'x', 'x'),
      withTexts('x', text, 'x'),
      withTexts('x', 'x', text),
      withTexts('é'.repeat(90) + bad, 'x', 'x'),
      { ...letter, recipient: { address: `p1${bad}@contoso.com` } },
      { ...letter, messageId: text },
    ]) {
      expect(() => composeMessage(broken)).toThrow(/control character|one plain mailbox/);
    }
  });
});

function expectSoundHeaders(raw: string): void {
  expect(raw).toMatch(/^[\x20-\x7e\r\n]*$/);
  expect(raw.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
  const lines = raw.slice(0, raw.indexOf('\r\n\r\n')).split('\r\n');
  expect(lines.filter(({ length }) => length > 78)).toEqual([]);
  expect(lines.filter((line) => line.trim() === '')).toEqual([]);
  // No header but ours: nothing was injected.
  expect(lines.filter((line) => !line.startsWith(' ')).map((line) => line.split(':')[0])).toEqual([
    ...['From', 'To', 'Reply-To', 'Subject', 'Date', 'Message-ID', 'List-Id', 'Auto-Submitted'],
    ...['X-Auto-Response-Suppress', 'Precedence', 'MIME-Version', 'Content-Type'],
  ]);
}

describe('assertEnvelope', () => {
  test.each(['p1@contoso.com', "o'brien+tag@contoso.com", 'a@xn--mnchen-3ya.example', 'a.b-c_d@host'])(
    'lets %s pass',
    (address) => {
      expect(() => assertEnvelope(address, 'it@contoso.com')).not.toThrow();
      expect(() => assertEnvelope('p1@contoso.com', address)).not.toThrow();
    },
  );

  test.each([
    '',
    'nobody',
    '@contoso.com',
    'p1@',
    'a@b@c',
    'a@b.test,evil@z.test',
    'a, b',
    'a b@c.test',
    '<a@b.test>',
    'A <a@b.test>',
    'a@b.test;c@d.test',
    '"a b"@c.test',
    'a(comment)@b.test',
    '@route.test:a@b.test',
    'a@[192.0.2.1]',
    'jürgen@contoso.com',
    'a@münchen.example',
    'a@b.test\r\nRCPT TO:<evil@z.test>',
    'a@b.test\0',
    'a@b.test ',
    'a\\@b.test',
  ])('refuses %j on either side', (address) => {
    expect(() => assertEnvelope(address, 'it@contoso.com')).toThrow('one plain mailbox');
    expect(() => assertEnvelope('p1@contoso.com', address)).toThrow('one plain mailbox');
  });

  test('says nothing of the address', () => {
    expect(() => assertEnvelope('very secret@contoso.com', 'it@contoso.com')).toThrow(/^((?!secret).)*$/);
  });
});

describe('createMessageId', () => {
  const of = { campaignId: 'c', stepId: 's', personKey: 'jane.doe@contoso.com', senderAddress: 'it@contoso.com' };
  const secret = Buffer.alloc(32, 1);

  test('is the same for the same message, and nobody can be read in it', () => {
    const id = createMessageId(secret, of);
    expect(createMessageId(Buffer.alloc(32, 1), { ...of })).toBe(id);
    expect(id).toMatch(/^[0-9a-f]{40}@contoso\.com$/);
    expect(id).not.toContain('jane');
  });

  test('is another one for another person, step, campaign or installation', () => {
    const ids = [
      createMessageId(secret, of),
      createMessageId(Buffer.alloc(32, 2), of),
      createMessageId(secret, { ...of, campaignId: 'd' }),
      createMessageId(secret, { ...of, stepId: 't' }),
      createMessageId(secret, { ...of, personKey: 'john.doe@contoso.com' }),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });
});
