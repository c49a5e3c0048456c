import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Recipient } from '../../src/campaign/recipient.js';
import { listSettings } from '../../src/engine/step-settings.js';
import { planCampaign } from '../../src/plan/plan-campaign.js';
import { summariseStep } from '../../src/report/summarise-steps.js';
import { loadTestContent, makeCampaign, makePeople } from '../rig/make-campaign.js';
import { openEngine, type TestEngine } from '../rig/open-engine.js';
import { openTestDatabase, type TestDatabase } from '../rig/open-test-database.js';
import { openScriptedSmtp, type ScriptedSmtp } from '../rig/scripted-smtp.js';

const launch = new Date('2027-01-12T08:00:00Z');
const text = 'pack/available-now.txt.hbs';

let database: TestDatabase;
let smtp: ScriptedSmtp;
let engine: TestEngine;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.clear();
  smtp = await openScriptedSmtp();
  engine = await openEngine(database, { smtpUrl: smtp.url });
});
afterEach(async () => {
  await engine.close();
  await smtp.close();
});

/** One step beside another, with more words at the end of the first one's text part, past the checks of `apply`. */
const launchWith = async (words: string, person: (number: number) => Partial<Recipient>) => {
  const campaign = makeCampaign({
    steps: [
      { kind: 'available-now', offset: '0d' },
      { id: 'reminder', kind: 'sign-up-reminder', offset: '0d' },
    ],
  });
  await engine.launch(campaign, makePeople(500, person));
  const content = await loadTestContent(campaign);
  const plan = planCampaign(campaign);
  await database.campaigns.save({
    ...{ definition: campaign, plan, steps: listSettings(plan, campaign), expectedVersion: 1, now: new Date(0) },
    content: { ...content, files: { ...content.files, [text]: `${content.files[text]}\n${words}\n` } },
  });
  await engine.addWorker();
  await engine.playUntil(launch);
  const [step, reminder] = await database.reports.counts('test');
  if (!step || !reminder) throw new Error('a step is missing');
  return { step: summariseStep(step), reminder: summariseStep(reminder) };
};

test('a mail that cannot be built for one person fails alone', async () => {
  const room = (number: number): Partial<Recipient> => ({ attributes: number === 77 ? {} : { Room: '1' } });
  const { step } = await launchWith('{{attributes.Room}}', room);
  expect(step).toMatchObject({ sent: 499, failed: 1, failedBecause: { 'not-rendered': 1 } });
});

test('a name that no header can hold fails its one mail, and takes no place from the others', async () => {
  // More of them than may be in flight, and no five in a row.
  const named = (number: number): Partial<Recipient> =>
    number % 21 === 0 ? { displayName: 'Eve\r\nBcc: evil@z.test' } : {};
  const { step } = await launchWith('', named);
  expect(step).toMatchObject({ sent: 477, failed: 23, uncertain: 0, failedBecause: { 'not-rendered': 23 } });
});

test('a mail that can be built for nobody pauses its step after five, and no other', async () => {
  const { step, reminder } = await launchWith('{{attributes.Room}}', () => ({}));
  expect(step).toMatchObject({ sent: 0, progress: 'held' });
  expect(step.because).toMatch(/^paused: 5 of the last 5 mails could not be built: .*"Room"/);
  // Two claims of a worker come at once.
  expect(step.failed).toBeLessThanOrEqual(2 * 5);
  expect(step.waiting).toBe(500 - step.failed);
  expect(reminder).toMatchObject({ sent: 500 });
});

test('a step that cannot be compiled is paused with the place of the mistake, and nobody fails', async () => {
  const { step, reminder } = await launchWith('{{#if firstName}}', () => ({}));
  expect(step).toMatchObject({ sent: 0, failed: 0, waiting: 500, progress: 'held' });
  expect(step.because).toMatch(/^paused: its mails cannot be built: pack\/available-now\.txt\.hbs:\d+/);
  expect(reminder).toMatchObject({ sent: 500 });
});
