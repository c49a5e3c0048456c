import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Campaign } from '../../src/campaign/campaign.js';
import type { Group, PlannedStep } from '../../src/campaign/plan.js';
import { type ShiftRule, shiftRules } from '../../src/campaign/rollout-field.js';
import { addDays, createCalendar } from '../../src/plan/calendar.js';
import { explainPerson } from '../../src/plan/explain-person.js';
import { launchDateOf } from '../../src/plan/group-dates.js';
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
  steps: fc.array(step, { minLength: 1, maxLength: 4 }),
  minGap: fc.option(fc.constantFrom('1h', '24h', '72h'), { nil: undefined }),
  maxReminders: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
  groups: fc.uniqueArray(group, { minLength: 1, maxLength: 3, selector: (each) => JSON.stringify(each) }),
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

/** What a planned step must be, whatever the campaign; empty where it is. */
function findFaults(campaign: Campaign, planned: PlannedStep): string[] {
  const { localDate, group: where, skippedBecause, shiftedFrom, shiftReason, windows, sendAt, expiresAt } = planned;
  const rule = campaign.steps.find(({ id }) => id === planned.id)?.shift;
  const isOff = calendar.dayOffReason(localDate, where.place) !== undefined;
  const first = windows?.[0];
  const isOutside = windows !== undefined && !(first && sendAt >= first.from && sendAt < first.until);
  return [
    ...(isOff && rule !== 'none' && skippedBecause === undefined ? [`on a day off, ${rule}`] : []),
    ...(shiftedFrom !== undefined && shiftReason === undefined ? ['moved without a word'] : []),
    ...(isOutside && skippedBecause === undefined ? ['outside its window'] : []),
    ...(expiresAt <= sendAt ? ['expired before it goes'] : []),
  ];
}

function isInOrder(instants: readonly Date[], gapMs = 0): boolean {
  return instants.every((instant, index) => {
    const before = instants[index - 1];
    return before === undefined || instant.getTime() - before.getTime() >= gapMs;
  });
}

describe('a plan, whatever the campaign', () => {
  test('is in the order of its instants, one line a step and group, each on a day that its rule allows', () => {
    fc.assert(
      fc.property(rollout, (each) => {
        const campaign = build(each);
        const { steps } = planCampaign(campaign, { calendar, groups: each.groups });
        expect(steps).toHaveLength(campaign.steps.length * each.groups.length);
        expect(isInOrder(steps.map(({ sendAt }) => sendAt))).toBe(true);
        expect(steps.flatMap((planned) => findFaults(campaign, planned))).toEqual([]);
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
        const moved = JSON.stringify(plan(other));
        expect(moved === before).toBe(other === each.date);
        expect(JSON.stringify(plan(each.date))).toBe(before);
      }),
      thorough,
    );
  });

  test('keeps caps and gaps for every person, and tells of every step', () => {
    fc.assert(
      fc.property(rollout, fc.option(fc.integer({ min: -40, max: 60 }), { nil: undefined }), (each, registers) => {
        const campaign = build(each);
        const [group] = each.groups as [Group];
        const registeredAt =
          registers === undefined ? undefined : new Date(Date.parse(`${each.date}T10:00:00Z`) + registers * 24 * hour);
        const plan = planCampaign(campaign, { calendar, groups: [group] });
        const told = explainPerson({ group, ...(registeredAt && { registeredAt }) }, plan, campaign, calendar);
        expect(told.map(({ step: { id } }) => id).sort()).toEqual(campaign.steps.map(({ id }) => id).sort());
        expect(told.every(({ because }) => because !== '')).toBe(true);
        const got = told.flatMap(({ step: { kind, sendAt }, dueAt }) => (dueAt ? [{ kind, sendAt, dueAt }] : []));
        const reminders = got.filter(({ kind }) => kind === 'sign-up-reminder');
        expect(reminders.length).toBeLessThanOrEqual(each.maxReminders ?? 20);
        expect(reminders.filter(({ dueAt }) => registeredAt && registeredAt <= dueAt)).toEqual([]);
        const gapMs = each.minGap === undefined ? 0 : Number.parseInt(each.minGap, 10) * hour;
        expect(
          isInOrder(
            got.map(({ dueAt }) => dueAt),
            gapMs,
          ),
        ).toBe(true);
        expect(got.filter(({ sendAt, dueAt }) => dueAt < sendAt)).toEqual([]);
      }),
      thorough,
    );
  });

  test('lets no more people launch on one day than it may, and everybody once', () => {
    const people = fc.integer({ min: 0, max: 5_000 });
    fc.assert(
      fc.property(
        launchDate,
        offset,
        fc.integer({ min: 40, max: 900 }),
        people,
        people,
        (date, pilot, newPerDay, a, b) => {
          const campaign = makeCampaign({
            launch: { date, zone: 'Europe/Amsterdam' },
            rings: [{ id: 'pilot', offset: pilot, where: { department: 'IT' } }, { id: 'rest' }],
            newPerDay,
          });
          const sizes = spreadLaunches(campaign, new Map(Object.entries({ pilot: a, rest: b })), calendar);
          const sum = (numbers: readonly number[] = []) => numbers.reduce((total, number) => total + number, 0);
          expect([sum(sizes.get('pilot')), sum(sizes.get('rest'))]).toEqual([a, b]);
          const byDate = new Map<string, number>();
          for (const [ring, days] of sizes) {
            for (const [tranche, size] of days.entries()) {
              const day = launchDateOf(campaign, { ring, tranche, place: '' }, calendar);
              byDate.set(day, (byDate.get(day) ?? 0) + size);
            }
          }
          expect(Math.max(0, ...byDate.values())).toBeLessThanOrEqual(newPerDay);
          expect([...sizes.values()].flat().every((size) => size >= 0)).toBe(true);
        },
      ),
      thorough,
    );
  });
});
