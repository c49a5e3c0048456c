import { describe, expect, test } from '@jest/globals';
import { compileStep } from '../../src/render/compile-step.js';
import { type Edit, editContent, problemsOf } from './edit-pack.js';
import { sampleCampaign, sampleContent, sampleDates } from './sspr-mail.js';

const dates = sampleDates['available-now'];
const own = 'pack/available-now.mjml';
const plain = 'pack/available-now.txt.hbs';
const en = 'pack/strings/en.json';
const lead = '<p style="margin:0 0 12px">{{t.lead}}</p>';

const mistakes: readonly (readonly [what: string, edits: readonly Edit[], said: readonly RegExp[]])[] = [
  [
    'an unknown name in a template',
    [[own, lead, '<p>{{frstName}}</p>']],
    [/^pack\/available-now\.mjml:2:14: \{\{frstName\}\} is not known \(did you mean "firstName"\?\)$/m],
  ],
  [
    'an unknown name in the text part',
    [[plain, '{{t.ask}}', 'Hi {{helpDesk.fone}}']],
    [/pack\/available-now\.txt\.hbs:3:4: .*did you mean "phone"/],
  ],
  [
    'an unknown name in a text',
    [[en, 'Now open: reset', 'Now open {{lanchDate}}: reset']],
    [/pack\/strings\/en\.json:\d+:26: \{\{lanchDate\}\} is not known \(did you mean "launchDate"\?\)/],
  ],
  [
    'an unknown name behind an escape',
    [[en, 'Now open: reset', 'Now \\u006fpen {{lanchDate}}: reset']],
    [/pack\/strings\/en\.json:\d+:31: /],
  ],
  [
    'an unknown name inside a choice',
    [[en, 'Please register by {{registerBy}}.', 'Please register by {{registerBuy}}.']],
    [/pack\/strings\/en\.json:\d+:\d+: \{\{registerBuy\}\} is not known \(did you mean "registerBy"\?\)/],
  ],
  [
    'an unknown name in what only another day shows',
    [[en, 'Please register today, {{registerBy}}.', 'Please register today, {{registerBuy}}.']],
    [/pack\/strings\/en\.json:\d+:\d+: \{\{registerBuy\}\} is not known \(did you mean "registerBy"\?\)/],
  ],
  [
    'a claim shown as a text',
    [[own, lead, '<p>{{onLaunchDay}}</p>']],
    [/:2:14: \{\{onLaunchDay\}\} is a claim, not a text \(write \{\{#if onLaunchDay\}\} \.\.\. \{\{\/if\}\}\)/],
  ],
  [
    'an unknown brand value',
    [[own, lead, '<p style="color:[[lnk]]">{{t.lead}}</p>']],
    [/pack\/available-now\.mjml:2:\d+: \[\[lnk\]\] is not known \(did you mean "link"\?\)/],
  ],
  [
    'an unclosed mj-text',
    [[own, '        </mj-text>\n', '']],
    [/pack\/available-now\.mjml:1:9: <mj-text> is not closed/],
  ],
  [
    'an unclosed paragraph',
    [[own, '{{t.lead}}</p>', '{{t.lead}}']],
    [/pack\/available-now\.mjml:2:11: <p> is not closed/],
  ],
  [
    'a tag that closes nothing',
    [[own, '{{t.lead}}</p>', '{{t.lead}}</p></b>']],
    [/pack\/available-now\.mjml:2:\d+: <\/b> closes nothing/],
  ],
  [
    'bare text in a column',
    [[own, '        <mj-text', 'Dear all\n        <mj-text']],
    [/pack\/available-now\.mjml:1:1: this content is lost in the mail: Dear all/],
  ],
  [
    'a condition around elements',
    [
      [own, '        <mj-text', '{{#if firstName}}\n<mj-text'],
      [own, '</mj-text>', '</mj-text>{{/if}}'],
    ],
    [/pack\/available-now\.mjml:1:1: this content is lost/],
  ],
  [
    'an attribute MJML does not know',
    [[own, '<mj-text ', '<mj-text colour="red" ']],
    [/pack\/available-now\.mjml:1: .*colour/],
  ],
  [
    'an element MJML does not know',
    [[own, lead, `${lead}</mj-text><mj-txt>a</mj-txt><mj-text>`]],
    [/pack\/available-now\.mjml:2.*mj-txt/],
  ],
  ['raw output', [[own, lead, '<p>{{{firstName}}}</p>']], [/pack\/available-now\.mjml:2:14: raw output is refused/]],
  ['a helper', [[own, lead, '<p>{{upper firstName}}</p>']], [/2:14: \{\{upper \.\.\.\}\}: there are no helpers/]],
  [
    'a way to the prototype',
    [[own, lead, '<p>{{t.constructor}} {{constructor}} {{helpDesk.__proto__}}</p>']],
    [/t\.constructor has no text/, /\{\{constructor\}\} is not known/, /__proto__/],
  ],
  ['an unknown block', [[own, lead, '<p>{{#with firstName}}x{{/with}}</p>']], [/\{\{#with\}\} is not known/]],
  [
    'a block without its end',
    [[own, lead, '<p>{{#if firstName}}x</p>']],
    [/pack\/available-now\.mjml:2:14: \{\{#if firstName\}\} has no end/],
  ],
  [
    'a name that is not closed',
    [[en, 'Now open: reset', 'Now open {{firstName: reset']],
    [/pack\/strings\/en\.json:\d+:\d+: not a complete template/],
  ],
  [
    'a value in an address',
    [[own, lead, '<p><a href="https://x.test/{{address}}">{{t.lead}}</a></p>']],
    [/may not stand in href/],
  ],
  [
    'a value outside quotes',
    [[own, lead, '<p {{firstName}}>{{t.lead}}</p>']],
    [/2:14: \{\{firstName\}\} stands inside a tag/],
  ],
  [
    'an age of the list that may be unknown',
    [[own, lead, '<p>{{asOf}}</p>']],
    [/2:14: \{\{asOf\}\} may not be known \(put the sentence inside/],
  ],
  [
    'bold that does not end',
    [[en, '**{{#if onLastDay}}', '** **{{#if onLastDay}}']],
    [/pack\/strings\/en\.json:\d+:\d+: a \*\* is not closed/],
  ],
  [
    'a missing text',
    [[en, '"ask":', '"askk":']],
    [
      /pack\/available-now\.mjml:3:31: t\.ask has no text in pack\/strings\/en\.json \(did you mean "askk"\?\)/,
      /pack\/strings\/en\.json:\d+:\d+: no template shows the text "askk" \(did you mean "ask"\?\)/,
    ],
  ],
  [
    'a text nobody shows',
    [['pack/strings/nl.json', '"helpTitle"', '"hint": "x", "helpTitle"']],
    [/pack\/strings\/nl\.json:\d+:\d+: no template shows the text "hint"/],
  ],
  [
    'a section of no template',
    [[en, '"available-now": {', '"availible-now": {']],
    [
      /there is no template "availible-now" \(did you mean "available-now"\?\)/,
      /has no texts for the template "available-now"/,
    ],
  ],
  [
    'a subject that is too long',
    [[en, 'Now open: reset your own password', 'x'.repeat(61)]],
    [/available-now\.subject: the subject has 61 characters; 60 are allowed \(aim at 50/],
  ],
  [
    'html that Gmail clips',
    [[en, 'Then everything is ready', 'y'.repeat(80_000)]],
    [/the html has \d+ bytes in "en"; Gmail clips it after 102400/],
  ],
  [
    'a list where a text belongs',
    [[own, lead, '<p>{{t.register}}</p>']],
    [/is a list, not a text \(write \{\{#each t\.register\}\}\)/],
  ],
  [
    'a number for a text',
    [[en, '"button": "Register in 2 minutes"', '"button": 2']],
    [/pack\/strings\/en\.json:\d+:\d+: found 2: texts stand in double quotes/],
  ],
  [
    'JSON with a comma too many',
    [[en, '"helpHours": "Open",', '"helpHours": "Open",,']],
    [/pack\/strings\/en\.json:\d+:\d+: not JSON/],
  ],
  ['a key twice', [[en, '"helpHours"', '"helpPhone"']], [/"helpPhone" is here twice/]],
  [
    'a layout without a slot',
    [['layout.txt.hbs', '{{> message}}', '']],
    [/layout\.txt\.hbs: needs the line \{\{> message\}\} once/],
  ],
];

describe('a mistake in a pack is told with its place', () => {
  test.each(mistakes)('%s', async (_, edits, said) => {
    const told = await problemsOf(editContent(edits));
    for (const each of said) expect(told).toMatch(each);
  });

  test('all mistakes at once, each once', async () => {
    const told = await problemsOf(
      editContent([
        [own, lead, '<p>{{frstName}} {{{address}}}</p>'],
        [plain, '{{t.ask}}', '{{nobody}}'],
        [en, '{{launchDate}}{{/if}} you no', '{{lunchDate}}{{/if}} you no'],
      ]),
    );
    expect(told.split('\n').filter((line) => line.includes('frstName'))).toHaveLength(1);
    for (const each of [/frstName/, /raw output/, /nobody/]) expect(told).toMatch(each);
  });

  test('a file that is missing, a step and a locale that do not exist', async () => {
    const { [own]: _, ...files } = sampleContent.files;
    expect(await problemsOf({ ...sampleContent, files })).toMatch(/^pack\/available-now\.mjml: this file is missing/);
    expect(await problemsOf(sampleContent, 'available-nou')).toMatch(
      /no step "available-nou" \(did you mean "available-now"\?\)/,
    );
    const german = { ...sampleCampaign, locale: 'de' };
    await expect(
      compileStep({ campaign: german, step: 'available-now', dates, content: sampleContent }),
    ).rejects.toThrow(/no texts in the campaign's locale "de" \(it has en, nl\)/);
  });
});

test('a mail is written in the nearest locale there is', async () => {
  const compiled = await compileStep({
    campaign: sampleCampaign,
    step: 'available-now',
    dates,
    content: sampleContent,
  });
  expect(compiled.locales).toEqual(['en', 'nl']);
  const chosen = ['nl', 'nl-BE', 'NL-be', 'nl-Latn-BE', 'en-GB', 'fr', 'n', '', undefined].map((tag) =>
    compiled.localeFor(tag),
  );
  expect(chosen).toEqual(['nl', 'nl', 'nl', 'nl', 'en', 'en', 'en', 'en', 'en']);
});

test('a greeting without a fallback and a text in another language are warned of', async () => {
  const { hours } = { hours: { en: 'Monday to Friday' } };
  const organisation = { ...sampleCampaign.organisation, helpDesk: { ...sampleCampaign.organisation.helpDesk, hours } };
  const content = editContent([[en, 'Hello{{#if firstName}} {{firstName}}{{/if}},', 'Hello {{firstName}},']]);
  const compiled = await compileStep({
    campaign: { ...sampleCampaign, organisation },
    step: 'available-now',
    dates,
    content,
  });
  expect(compiled.warnings).toEqual([
    'organisation.helpDesk.hours has no text for "nl": mails in that language show the one for "en"',
    '"en": {{firstName}} stands outside {{#if firstName}}: people whose name is not known get a gap',
  ]);
});
