import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { simpleParser } from 'mailparser';
import { compileStep } from '../../src/render/compile-step.js';
import type { CompiledStep, MailContent } from '../../src/render/mail-content.js';
import { encodeFragment, encodeValue } from '../../src/render/quoted-printable.js';
import { anna, sampleCampaign, sampleContent, sampleDates, sampleMoment } from './sspr-mail.js';

/** A reminder that shows every kind of value, in html, in an attribute and in the subject. */
function showEverything(): MailContent {
  const files = { ...sampleContent.files };
  files['pack/sign-up-reminder.mjml'] += '<mj-text><p title="{{displayName}}">{{t.extra}}</p></mj-text>\n';
  files['pack/sign-up-reminder.txt.hbs'] += '\n{{t.extra}}\n';
  for (const locale of ['en', 'nl']) {
    const name = `pack/strings/${locale}.json`;
    files[name] = files[name]!.replace(
      '"sign-up-reminder": {',
      '"sign-up-reminder": { "extra": "{{displayName}} <{{address}}> {{#if attributes.Team}}in {{attributes.Team}}{{else}}alone{{/if}} = done",',
    ).replace(/("subject": "(?:Reminder|Herinnering))[^"]*"/, '$1 {{firstName}}"');
  }
  return { ...sampleContent, files };
}

let compiled: CompiledStep;
beforeAll(async () => {
  compiled = await compileStep({
    campaign: sampleCampaign,
    step: 'sign-up-reminder',
    dates: sampleDates['sign-up-reminder'],
    content: showEverything(),
  });
});

const withBreaks = (text: string) => text.replace(/\r\n/g, '\n');
/** The bodies of the parts, decoded by hand and by nobody's library. */
function decodeParts(entity: string): string[] {
  return entity
    .split(/\r\n--=_fanfare-[a-z]+(?:--)?\r\n/)
    .filter((part) => part.includes('quoted-printable'))
    .map((part) => {
      const body = part.slice(part.indexOf('\r\n\r\n') + 4).replace(/=\r\n/g, '');
      const bytes = body.replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
      return withBreaks(Buffer.from(bytes, 'latin1').toString('utf8'));
    });
}

const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 120 }),
  fc.string({ unit: 'grapheme', maxLength: 120 }),
  fc.constantFrom(
    '',
    '.',
    '..',
    'From here',
    '=_fanfare-related',
    '{{firstName}}',
    '[[fill]]',
    '<img src=x onerror=alert(1)>',
    '"><script>alert(1)</script>',
    'a\r\nBcc: evil@example.com',
    '\u202egnp.exe',
    'Ł'.repeat(90),
    'x'.repeat(74),
    'x'.repeat(75),
    'x'.repeat(300),
    '👩‍👩‍👧 Zoë',
    ' \t ',
    '\ud800',
  ),
);
const person = fc.record({
  address: hostile,
  firstName: hostile,
  displayName: hostile,
  locale: fc.constantFrom('en', 'nl', 'nl-BE', 'xx'),
  attributes: fc.record({ Team: hostile }),
});

describe('the entity', () => {
  test('decodes to exactly what fill() gives, whatever people are called', () => {
    fc.assert(
      fc.property(person, fc.boolean(), (each, isDated) => {
        const moment = isDated ? sampleMoment : {};
        const { html, text, subject } = compiled.fill(each, moment);
        const sent = compiled.fillEntity(each, moment);
        expect(decodeParts(sent.entity)).toEqual([text, html]);
        expect(sent.subject).toBe(subject);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: their absence is the point
        expect(subject).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/);
        expect(sent.entity).toMatch(/^[\t\r\n -~]*$/);
        const bad = sent.entity
          .split('\r\n')
          .filter((line) => line.length > 76 || /^\.|^From |[\r\n]|[ \t]$/.test(line));
        expect(bad).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  test('is read by mailparser as text, html and an inline logo', async () => {
    await fc.assert(
      fc.asyncProperty(person, async (each) => {
        const { html, text } = compiled.fill(each, sampleMoment);
        const mail = await simpleParser(`MIME-Version: 1.0\r\n${compiled.fillEntity(each, sampleMoment).entity}`, {
          skipImageLinks: true,
        });
        expect(withBreaks(mail.text ?? '').trimEnd()).toBe(text.trimEnd());
        expect(withBreaks(mail.html || '').trimEnd()).toBe(html.trimEnd());
        expect(mail.attachments).toHaveLength(1);
        expect(mail.attachments[0]).toMatchObject({
          contentType: 'image/png',
          contentDisposition: 'inline',
          related: true,
          cid: 'logo@fanfare',
        });
        expect(mail.attachments[0]?.content.toString('base64')).toBe(sampleContent.logo.base64);
      }),
      { numRuns: 25 },
    );
  });

  test('escapes a value in html and not in text', () => {
    const each = { ...anna, displayName: '<b>"Tom" & \'Ann\'</b>', attributes: { Team: 'R&D' } };
    const { html, text } = compiled.fill(each, sampleMoment);
    expect(html).toContain('title="&lt;b&gt;&quot;Tom&quot; &amp; &#39;Ann&#39;&lt;/b&gt;"');
    expect(html).not.toContain('<b>"Tom"');
    expect(text).toContain('<b>"Tom" & \'Ann\'</b>');
    expect(text).toContain('in R&D = done');
  });

  test('is made of the same texts for everybody: no state from one person to the next', () => {
    const first = compiled.fillEntity({ ...anna, attributes: { Team: 'A' } }, sampleMoment);
    compiled.fillEntity({ address: 'b@contoso.com', attributes: { Team: '' } }, {});
    compiled.fillEntity({ ...anna, firstName: 'Bo', attributes: { Team: '' } }, { asOf: new Date(0) });
    expect(compiled.fillEntity({ ...anna, attributes: { Team: 'A' } }, sampleMoment)).toEqual(first);
  });

  test('names the column that a list lacks, and no person', () => {
    expect(compiled.attributes).toEqual(['Team']);
    expect(() => compiled.fillEntity({ ...anna, attributes: {} }, {})).toThrow(
      /pack\/sign-up-reminder.*attributes\.Team.*no column "Team"/,
    );
    expect(() => compiled.fill({ ...anna, attributes: {} }, {})).not.toThrow(/anna/i);
    expect(() => compiled.fill({ ...anna, attributes: Object.create({ Team: 'inherited' }) }, {})).toThrow(/no column/);
  });
});

describe('quoted-printable', () => {
  test('joins fragments without a seam', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme', maxLength: 90 }), { maxLength: 6 }), (parts) => {
        const clean = parts.map((part) => part.replace(/\r/g, ''));
        const joined = clean.map((part) => (part.includes('\n') ? encodeFragment(part) : encodeValue(part))).join('');
        expect(decodeParts(`Content-Transfer-Encoding: quoted-printable\r\n\r\n${joined}`)[0]).toBe(clean.join(''));
        for (const line of joined.split('\r\n')) expect(line.length).toBeLessThanOrEqual(76);
      }),
    );
  });

  test.each([
    ['Anna', 'Anna=\r\n'],
    ['', ''],
    ['.', '=2E=\r\n'],
    ['From me', '=46rom me=\r\n'],
    ['a=b', 'a=3Db=\r\n'],
    ['é', '=C3=A9=\r\n'],
    ['a \n', 'a=20\r\n'],
    ['x'.repeat(76), `${'x'.repeat(75)}=\r\nx=\r\n`],
  ])('writes %j', (text, encoded) => {
    expect(text.includes('\n') ? encodeFragment(text) : encodeValue(text)).toBe(encoded);
    expect(encodeFragment(text)).toBe(encoded);
  });
});
