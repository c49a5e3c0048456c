import { expect, test } from '@jest/globals';
import { weekdays } from '../../src/campaign/rollout-field.js';
import { proposeCampaign } from '../../src/engine/apply-campaign.js';
import type { StepRow } from '../../src/engine/ports/campaign-store.js';
import { listSettings } from '../../src/engine/step-settings.js';
import { createCalendar } from '../../src/plan/calendar.js';
import { planCampaign } from '../../src/plan/plan-campaign.js';
import { loadTestContent, makeCampaign } from '../rig/make-campaign.js';

test('a step that has begun stays where the file drops it, since messages of it may still be on their way', async () => {
  const before = makeCampaign();
  const content = await loadTestContent(before);
  const plan = planCampaign(before);
  const openedAt = new Date('2026-12-29T08:00:00Z');
  const lists = { closures: [], rings: {} };
  const rows = listSettings(plan, before).map(
    (step, key): StepRow => ({
      ...step,
      ...{ key, campaignId: 'test' },
      ...(step.id === 'coming-soon' && { openedAt }),
    }),
  );
  const after = makeCampaign({ steps: [{ kind: 'available-now', offset: '0d' }] });
  const calendar = createCalendar({ workDays: weekdays, places: [], holidays: {}, closures: [] });
  const facts = { content, lists, calendar, sender: { name: 'SMTP_URL', limits: {} } };
  const proposal = await proposeCampaign(after, facts, {
    campaigns: {
      find: async () => ({ definition: before, plan, content, lists, version: 3 }),
      steps: async () => rows,
      groups: async () => [],
      countGroups: async () => [],
      countTold: async () => [],
      versions: async () => [],
    },
    reports: { counts: async () => [] },
    now: new Date('2027-01-01T00:00:00Z'),
  });
  expect(proposal.definition.steps.map(({ id }) => id)).toEqual(['available-now', 'coming-soon']);
  expect(proposal.plan.steps.map(({ id }) => id)).toEqual(['coming-soon', 'available-now']);
  expect(proposal.changes).toContain('keep coming-soon: it has gone out already');
  expect(proposal.changes).toContain('remove reminder-1');
});
