import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Campaign } from '../../src/campaign/campaign.js';
import { type ShiftRule, shiftRules } from '../../src/campaign/rollout-field.js';
import { addDays, createCalendar } from '../../src/plan/calendar.js';
import { explainPerson } from '../../src/plan/explain-person.js';
import { planCampaign } from '../../src/plan/plan-campaign.js';
import { spreadLaunches } from '../../src/plan/spread-launches.js';
import { makeCampaign } from '../rig/make-campaign.js';

const zones = ['Europe/Amsterdam', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe', 'Pacific/Apia'];
const places = ['NL', 'BE'];
const holidays = {
  NL: { '2027-04-27': 'Koningsdag', '2027-05-06': 'Hemelvaartsdag', '2027-12-25': 'Eerste kerstdag' },
  BE: { '2027-05-01': 'Dag van de Arbeid', '2027-05-06': 'O.L.H. Hemelvaart', '2027-07-21': 'Nationale feestdag' },
};
const calendar = createCalendar({
  workDays: ['mon', 'tue', 'wed', 'thu', 'fri'],
  places,
  holidays,
  closures: [{ from: '2027-07-26', to: '2027-08-06', name: 'Summer break' }],
});

const launchDate = fc.integer({ min: 0, max: 330 }).map((days) => addDays('2027-01-15', days));
const offset = fc
  .tuple(fc.integer({ min: -30, max: 30 }), fc.constantFrom('d', 'bd', 'w'))
  .map(([amount, unit]) =>
    amount === 0
      ? '0d'
      : `${amount > 0 ? '+' : ''}${unit === 'w' ? Math.sign(amount) * Math.ceil(Math.abs(amount) / 7) : amount}${unit}`,
  );
const time = fc.integer({ min: 0, max: 95 }).map((quarter) => {
  const two = (number: number) => String(number).padStart(2, '0');
  return `${two(Math.floor(quarter / 4))}:${two((quarter % 4) * 15)}`;
});
const step = fc.record({
  kind: fc.constantFrom('coming-soon', 'available-now', 'sign-up-reminder'),
  ...{ offset, time },
  shift: fc.constantFrom<ShiftRule>(...shiftRules),
  window: fc.option(fc.constantFrom('08:00-17:00', '09:30-12:00'), { nil: undefined }),
});
const group = fc.record({
  ring: fc.constantFrom('pilot', 'rest'),
  tranche: fc.integer({ min: 0, max: 4 }),
  zone: fc.constantFrom('', ...zones),
  place: fc.constantFrom('', ...places),
});
const rollout = fc.record({
  date: launchDate,
  recipientLocal: fc.boolean(),
  pilot: offset,
  steps: fc.array(step, { minLength: 1, maxLength: 6 }),
  minGap: fc.option(fc.constantFrom('1h', '24h', '72h'), { nil: undefined }),
  maxReminders: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
  groups: fc.uniqueArray(group, { minLength: 1, maxLength: 6, selector: (each) => JSON.stringify(each) }),
});
type Rollout = typeof rollout extends fc.Arbitrary<infer Value> ? Value : never;

const withoutAbsent = <Value extends object>(value: Value): Value => JSON.parse(JSON.stringify(value));

function build({ date, recipientLocal, pilot, steps, minGap, maxReminders }: Rollout): Campaign {
  return makeCampaign(
    withoutAbsent({
      launch: { date, time: '09:00', zone: 'Europe/Amsterdam', recipientLocal },
      rings: [{ id: 'pilot', offset: pilot, where: { department: 'IT' } }, { id: 'rest' }],
      steps: steps.map((each, index) => ({ ...each, id: `step-${index + 1}` })),
      discipline: { minGap, maxReminders },
    }),
  );
}

const hour = 3_600_000;
const thorough = { numRuns: 10_000 };

describe('a plan, whatever the campaign', () => {
  test('is in the order of its instants, one line a step and group, and each on a day that its rule allows', () => {
    fc.assert(
      fc.property(rollout, (each) => {
        const campaign = build(each);
        const { steps } = planCampaign(campaign, { calendar, groups: each.groups });
        expect(steps).toHaveLength(campaign.steps.length * each.groups.length);
        for (const [index, planned] of steps.entries()) {
          const before = steps[index - 1];
          if (before && before.sendAt > planned.sendAt) throw new Error('not in order');
          const rule = campaign.steps.find(({ id }) => id === planned.id);
          const isOff = calendar.dayOffReason(planned.localDate, planned.group.place) !== undefined;
          if (isOff && !planned.skippedBecause && rule?.shift !== 'none')
            throw new Error(`on a day off: ${rule?.shift}`);
          if (planned.shiftedFrom !== undefined && planned.shiftReason === undefined) throw new Error('moved silently');
          if (planned.windows && !planned.skippedBecause) {
            const [first] = planned.windows;
            if (!first || planned.sendAt < first.from || planned.sendAt >= first.until)
              throw new Error('outside its window');
          }
          if (planned.expiresAt <= planned.sendAt) throw new Error('expired before it goes');
        }
      }),
      thorough,
    );
  });

  test('moved there and back is the plan it was', () => {
    fc.assert(
      fc.property(rollout, launchDate, (each, other) => {
        const campaign = build(each);
        const plan = (date: string) =>
          planCampaign({ ...campaign, launch: { ...campaign.launch, date } }, { calendar, groups: each.groups });
        const before = JSON.stringify(plan(each.date));
        plan(other);
        expect(JSON.stringify(plan(each.date))).toBe(before);
      }),
      thorough,
    );
  });

  test('keeps caps and gaps for every person', () => {
    fc.assert(
      fc.property(rollout, fc.option(fc.integer({ min: -40, max: 60 })), (each, registers) => {
        const campaign = build(each);
        const plan = planCampaign(campaign, { calendar, groups: each.groups });
        const [mine] = each.groups;
        if (!mine) return;
        const registeredAt =
          registers === null ? undefined : new Date(Date.parse(`${each.date}T10:00:00Z`) + registers * 24 * hour);
        const told = explainPerson({ group: mine, ...(registeredAt && { registeredAt }) }, plan, campaign, calendar);
        // Every step is told of, sent or not: the sums close.
        expect(told).toHaveLength(campaign.steps.length);
        const got = told.flatMap(({ step: { kind }, dueAt }) => (dueAt ? [{ kind, dueAt }] : []));
        const reminders = got.filter(({ kind }) => kind === 'sign-up-reminder');
        if (each.maxReminders !== undefined) expect(reminders.length).toBeLessThanOrEqual(each.maxReminders);
        for (const { dueAt } of reminders)
          if (registeredAt && registeredAt <= dueAt && each.minGap === undefined) throw new Error('reminded');
        const gap = each.minGap === undefined ? 0 : Number.parseInt(each.minGap, 10) * hour;
        for (const [index, { dueAt }] of got.entries()) {
          const before = got[index - 1];
          if (before && dueAt.getTime() - before.dueAt.getTime() < gap) throw new Error('too close');
        }
        for (const { because } of told) expect(because).not.toBe('');
      }),
      thorough,
    );
  });

  test('lets no more people launch on one day than it may, and everybody once', () => {
    fc.assert(
      fc.property(
        ...[launchDate, offset, fc.integer({ min: 1, max: 500 })],
        ...[fc.integer({ min: 0, max: 5_000 }), fc.integer({ min: 0, max: 5_000 })],
        (date: string, pilot: string, newPerDay: number, inPilot: number, inRest: number) => {
          const campaign = makeCampaign({
            launch: { date, zone: 'Europe/Amsterdam' },
            rings: [{ id: 'pilot', offset: pilot, where: { department: 'IT' } }, { id: 'rest' }],
            newPerDay: Math.max(newPerDay, Math.ceil((inPilot + inRest) / 200)),
          });
          const people = new Map([
            ['pilot', inPilot],
            ['rest', inRest],
          ]);
          const sizes = spreadLaunches(campaign, people, calendar);
          for (const [ring, days] of sizes) {
            expect(days.reduce((sum, size) => sum + size, 0)).toBe(people.get(ring));
            if (days.some((size) => size < 0)) throw new Error('less than nobody');
          }
          const byDate = new Map<string, number>();
          for (const [ring, days] of sizes) {
            const groups = days.map((_, tranche) => ({ ring, tranche, zone: '', place: '' }));
            const steps = planCampaign({ ...campaign, steps: campaign.steps.slice(0, 1) }, { calendar, groups }).steps;
            for (const { group: each, launchDate: day } of steps)
              byDate.set(day, (byDate.get(day) ?? 0) + (days[each.tranche] ?? 0));
          }
          for (const count of byDate.values())
            if (count > (campaign.newPerDay ?? 0)) throw new Error(`${count} on one day`);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
