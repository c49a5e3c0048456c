import { describe, expect, test } from '@jest/globals';
import { compileStep } from '../../src/render/compile-step.js';
import { type Edit, editContent, problemsOf } from './edit-pack.js';
import { freeCampaign, sampleDates } from './sspr-mail.js';

const own = 'pack/available-now.mjml';
const en = 'pack/strings/en.json';
const lead = '<p style="margin:0 0 12px">{{t.lead}}</p>';

const mistakes: readonly (readonly [what: string, edits: readonly Edit[], said: RegExp])[] = [
  [
    'a day to confirm by that may be unknown',
    [[own, lead, '<p>{{confirmBy}}</p>']],
    /2:14: \{\{confirmBy\}\} may not be known \(put the sentence inside \{\{#if confirmBy\}\}/,
  ],
  [
    'an old date that may be unknown',
    [[en, 'Now open: reset', 'Not {{oldLaunchShort}}: reset']],
    /pack\/strings\/en\.json:\d+:21: \{\{oldLaunchShort\}\} may not be known \(put .* \{\{#if oldLaunchDate\}\}/,
  ],
  [
    'a subject that is too long on a Wednesday in September',
    [[en, 'Now open: reset your own password', 'Reset your own password yourself: {{launchDate}}']],
    /available-now\.subject: the subject has 61 characters/,
  ],
  [
    'a subject that is too long on another day',
    [[en, 'Now open: reset your own password', `Open{{#unless onLaunchDay}}${'x'.repeat(57)}{{/unless}}`]],
    /available-now\.subject: the subject has 61 characters/,
  ],
];

describe('what only shows on another day, or to other people, is told at once', () => {
  test.each(mistakes)('%s', async (_, edits, said) => {
    expect(await problemsOf(editContent(edits))).toMatch(said);
  });

  test('a date that this campaign does not have', async () => {
    const unguarded = editContent([[own, lead, '<p>{{enforcedFrom}} {{everyDays}}</p>']]);
    const guarded = editContent([
      [own, lead, '<p>{{#if isEnforced}}{{enforcedFrom}}{{/if}}{{#if everyDays}}{{everyDays}}{{/if}}{{t.lead}}</p>'],
    ]);
    const bare = { ...freeCampaign, reconfirmation: undefined };
    const told = await problemsOf(unguarded, 'available-now', bare);
    expect(told).toMatch(
      /:2:14: \{\{enforcedFrom\}\} may not be known \(put .* \{\{#if isEnforced\}\} \.\.\. \{\{\/if\}\}\)/,
    );
    expect(told).toMatch(/:2:31: \{\{everyDays\}\} may not be known/);
    const compiled = await compileStep({
      campaign: bare,
      step: 'available-now',
      dates: sampleDates['available-now'],
      content: guarded,
    });
    expect(compiled.warnings).toEqual([]);
  });
});
