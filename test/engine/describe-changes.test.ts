import { describe, expect, test } from '@jest/globals';
import { weekdays } from '../../src/campaign/rollout-field.js';
import { describeChanges, describeSkips } from '../../src/engine/describe-changes.js';
import { describeToldDates } from '../../src/engine/describe-told-dates.js';
import type { StepRow, ToldPeople } from '../../src/engine/ports/campaign-store.js';
import { listSettings } from '../../src/engine/step-settings.js';
import { createCalendar } from '../../src/plan/calendar.js';
import { planCampaign } from '../../src/plan/plan-campaign.js';
import type { MailContent } from '../../src/render/mail-content.js';
import type { CountedStep } from '../../src/report/summarise-steps.js';
import { makeCampaign } from '../rig/make-campaign.js';

const content: MailContent = {
  files: { 'pack/strings/en.json': '{}' },
  logo: { contentType: 'image/png', base64: '', fileName: 'logo.png' },
};
const settle = (changes: Record<string, unknown>) =>
  listSettings(planCampaign(makeCampaign(changes)), makeCampaign(changes));

/** The ledger after `makeCampaign()` was applied, with changes to some of its steps. */
function listRows(changes: Record<string, Partial<StepRow>> = {}): StepRow[] {
  return settle({}).map((step, key) => ({ ...step, key, campaignId: 'test', ...changes[step.id] }));
}

function compare(
  changes: Record<string, unknown>,
  { rows = listRows(), skipped = [] as string[], files = content.files } = {},
): string[] {
  const definition = makeCampaign(changes);
  const steps = settle(changes).map((step) => ({
    ...step,
    ...(skipped.includes(step.id) && { skippedBecause: 'its time had passed' }),
  }));
  const before = makeCampaign();
  const lists = { closures: [], rings: {} };
  const applied = { definition: before, plan: planCampaign(before), content, lists, version: 1 };
  return describeChanges({ definition, content: { ...content, files }, lists, steps, applied, rows });
}

const launchLater = { launch: { date: '2027-01-19', time: '09:00', zone: 'Europe/Amsterdam' } };
const { organisation } = makeCampaign();

describe('describeChanges', () => {
  test.each<[string, Record<string, unknown>, string[]]>([
    ['nothing', {}, []],
    [
      'a value deep in the file',
      { organisation: { ...organisation, name: 'Gemeente Waterland' } },
      ['change organisation.name from "Contoso" to "Gemeente Waterland"'],
    ],
    ['a value that was not set', { goal: { maxAge: '24h' } }, ['set goal.maxAge to "24h"']],
    [
      'a language more',
      { organisation: { ...organisation, intranetTitle: { ...organisation.intranetTitle, nl: 'Stel opnieuw in' } } },
      ['set organisation.intranetTitle.nl to "Stel opnieuw in"'],
    ],
    [
      'a long text',
      { name: `Reset ${'your own password '.repeat(10)}` },
      [`change name from "Reset your own password" to "Reset your own password your own password your own passwor…"`],
    ],
    [
      'another template, and another word for the same offset',
      {
        steps: [
          { kind: 'coming-soon', offset: '-2w', template: 'early' },
          { kind: 'available-now', offset: '0d' },
          { id: 'reminder-1', kind: 'sign-up-reminder', offset: '+7d' },
        ],
      },
      ['change coming-soon.template from "coming-soon" to "early"', 'change coming-soon.offset from "-14d" to "-2w"'],
    ],
  ])('%s', (_, changes, told) => {
    expect(compare(changes)).toEqual(told);
  });

  test('a template that is gone, and one that is new', () => {
    expect(compare({}, { files: { 'pack/strings/nl.json': '{}' } })).toEqual([
      'change template pack/strings/en.json',
      'change template pack/strings/nl.json',
    ]);
  });

  test('a step that will not be sent is told once, and not as one that moves or is added', () => {
    const told = compare(launchLater, { skipped: ['coming-soon'] });
    expect(told.join('\n')).not.toContain('coming-soon');
    const added = compare({}, { rows: listRows().slice(1), skipped: ['coming-soon'] });
    expect(added).toEqual([]);
    const [skip, ...others] = describeSkips(
      settle({}).map((step) => (step.id === 'coming-soon' ? { ...step, skippedBecause: 'past' } : step)),
      [],
    );
    expect(skip).toBe('coming-soon will not be sent: its time, 2026-12-29 09:00, has passed');
    expect(others).toEqual([]);
  });

  test('a step that was skipped and can be sent again', () => {
    const rows = listRows({ 'coming-soon': { skippedBecause: 'past' } });
    expect(compare(launchLater, { rows })).toContain(
      'send coming-soon after all, at 2027-01-05 09:00 Europe/Amsterdam',
    );
  });

  test('what is cancelled or gone out does not move', () => {
    const rows = listRows({
      'coming-soon': { openedAt: new Date(0) },
      'available-now': { cancelledAt: new Date(0) },
    });
    expect(compare(launchLater, { rows })).toEqual([
      'leave coming-soon as it is: it has gone out, or is going out, since 2026-12-29 09:00 Europe/Amsterdam',
      'leave available-now cancelled',
      'move reminder-1 from 2027-01-19 09:00 Europe/Amsterdam to 2027-01-26 09:00 Europe/Amsterdam',
      'change launch.date from "2027-01-12" to "2027-01-19"',
    ]);
  });
});

describe('describeToldDates', () => {
  const count = (sent: number, uncertain = 0) =>
    [{ id: 'coming-soon', states: { sent, uncertain } }] as unknown as CountedStep[];
  const before = { definition: makeCampaign() };
  const calendar = createCalendar({ workDays: weekdays, places: [], holidays: {}, closures: [] });
  const told = (people: number, toldDate = '2027-01-12'): ToldPeople[] =>
    people === 0 ? [] : [{ ring: 'everyone', tranche: 0, place: '', toldDate, people }];
  const nothing = 'nothing corrects that by itself';

  test.each<[string, Record<string, unknown>, ToldPeople[], CountedStep[], string[]]>([
    ['no date moves', { name: 'Another name' }, told(11), count(11), []],
    ['nobody was told', launchLater, told(0), count(0), []],
    ['the launch moves', launchLater, told(11), count(10, 1), [`11 people were told 12 January 2027; ${nothing}`]],
    ['one person', launchLater, told(1), count(1), [`1 person was told 12 January 2027; ${nothing}`]],
    ['the date that was told becomes true again', launchLater, told(3, '2027-01-19'), count(0), []],
    [
      'only the last day to register moves',
      { registerBy: '+21d' },
      told(1_100),
      count(1_100),
      [`1,100 people were asked to register by 26 January 2027 by coming-soon; ${nothing}`],
    ],
  ])('%s', (_, changes, people, counts, expected) => {
    const sentences = describeToldDates(people, { before, after: makeCampaign(changes), calendar, counts });
    expect(sentences.map((each) => each.split(': fanfare')[0])).toEqual(expected);
  });
});
