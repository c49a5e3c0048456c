import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { listHolidays as readHolidays } from '../../src/adapters/holidays/list-holidays.js';
import type { Campaign } from '../../src/campaign/campaign.js';
import type { ShiftRule } from '../../src/campaign/rollout-field.js';
import { calendarOf } from '../../src/engine/campaign-calendar.js';
import { createPlace } from '../../src/engine/create-place.js';
import { addDays } from '../../src/plan/calendar.js';
import { explainPerson } from '../../src/plan/explain-person.js';
import { planCampaign } from '../../src/plan/plan-campaign.js';
import { spreadLaunches } from '../../src/plan/spread-launches.js';
import { makeCampaign, makePeople } from '../rig/make-campaign.js';
import { openEngine, type TestEngine } from '../rig/open-engine.js';
import { openTestDatabase, type TestDatabase } from '../rig/open-test-database.js';
import { openScriptedSmtp, type ScriptedSmtp } from '../rig/scripted-smtp.js';

let database: TestDatabase;
let smtp: ScriptedSmtp;
beforeAll(async () => {
  database = await openTestDatabase();
  smtp = await openScriptedSmtp();
});
afterAll(async () => {
  await smtp.close();
  await database.close();
});
const zones = ['', 'Europe/Amsterdam', 'America/New_York', 'Asia/Kolkata', 'Pacific/Auckland'];
const countries = ['', 'Netherlands', 'BE', 'Deutschland'];
const departments = ['IT', 'Sales', 'Legal'];
const kinds = ['coming-soon', 'available-now', 'sign-up-reminder', 'sign-up-reminder'] as const;

const rollout = fc.record({
  date: fc.integer({ min: 0, max: 250 }).map((days) => addDays('2027-03-01', days)),
  recipientLocal: fc.boolean(),
  pilotOffset: fc.constantFrom('-7d', '-3bd', '0d', '+1w'),
  newPerDay: fc.option(fc.integer({ min: 2, max: 6 }), { nil: undefined }),
  steps: fc.array(
    fc.record({
      offset: fc.constantFrom('-14d', '-5bd', '-1d', '0d', '+1d', '+4bd', '+7d'),
      time: fc.constantFrom('02:30', '09:00', '16:45', '23:15'),
      shift: fc.constantFrom<ShiftRule>('before', 'after', 'none', 'skip'),
      window: fc.option(fc.constantFrom('08:00-17:00', '10:00-12:00'), { nil: undefined }),
    }),
    { minLength: 1, maxLength: 4 },
  ),
  minGap: fc.option(fc.constantFrom('20h', '48h'), { nil: undefined }),
  maxReminders: fc.option(fc.constantFrom(0, 1), { nil: undefined }),
  people: fc.array(
    fc.record({
      zone: fc.constantFrom(...zones),
      country: fc.constantFrom(...countries),
      department: fc.constantFrom(...departments),
      /** Days from the launch date on which this person registers. */
      registers: fc.option(fc.integer({ min: -20, max: 12 }), { nil: undefined }),
    }),
    { minLength: 1, maxLength: 14 },
  ),
});
type Rollout = typeof rollout extends fc.Arbitrary<infer Value> ? Value : never;

function build({
  people: _,
  pilotOffset,
  date,
  recipientLocal,
  minGap,
  maxReminders,
  steps,
  newPerDay,
}: Rollout): Campaign {
  return makeCampaign(
    JSON.parse(
      JSON.stringify({
        launch: { date, time: '09:00', zone: 'Europe/Amsterdam', recipientLocal },
        calendar: { holidays: ['NL', 'BE', 'DE'] },
        rings: [{ id: 'pilot', offset: pilotOffset, where: { department: 'IT' } }, { id: 'rest' }],
        newPerDay,
        discipline: { minGap, maxReminders },
        steps: steps.map((step, index) => ({ ...step, id: `step-${index + 1}`, kind: kinds[index] })),
      }),
    ),
  );
}

const registeredAtOf = ({ date }: Rollout, registers: number) =>
  new Date(Date.parse(`${addDays(date, registers)}T05:17:00Z`));

/** On which day somebody launches whom so many others of the ring go before. */
function findDay(sizes: readonly number[], rank: number): number {
  const ends = sizes.map((_, day) => sizes.slice(0, day + 1).reduce((sum, size) => sum + size, 0));
  return Math.max(
    0,
    ends.findIndex((end) => rank < end),
  );
}

/** What the plan says: who gets which step at which instant. */
async function foretell(each: Rollout, campaign: Campaign): Promise<string[]> {
  const calendar = await calendarOf(campaign, { closures: [] }, async (...asked) => readHolidays(...asked));
  const place = createPlace(campaign, { rings: {} });
  const placed = each.people.map((person, index) => {
    const address = `p${index + 1}@contoso.com`;
    const attributes = { timeZone: person.zone, country: person.country, department: person.department };
    return { ...person, address, ...place({ personKey: address, address, attributes }) };
  });
  const counts = new Map<string, number>();
  for (const { ring } of placed) counts.set(ring, (counts.get(ring) ?? 0) + 1);
  const days = campaign.newPerDay === undefined ? undefined : spreadLaunches(campaign, counts, calendar);
  return placed
    .flatMap((person) => {
      const { ring, zone, place: where, lot, address, registers } = person;
      const rank = placed.filter(
        (o) => o.ring === ring && (o.lot < lot || (o.lot === lot && o.address < address)),
      ).length;
      const tranche = findDay(days?.get(ring) ?? [], rank);
      const group = { ring, tranche, zone, place: where };
      const plan = planCampaign(campaign, { calendar, groups: [group] });
      const registeredAt = registers === undefined ? undefined : registeredAtOf(each, registers);
      return explainPerson({ group, ...(registeredAt && { registeredAt }) }, plan, campaign, calendar).flatMap(
        ({ step, dueAt }) => (dueAt ? [`${step.id} ${address} ${dueAt.toISOString()}`] : []),
      );
    })
    .sort();
}

/** What the real engine does, on a clock that jumps: by the instant at which the server took each mail. */
async function play(each: Rollout, campaign: Campaign): Promise<string[]> {
  await database.clear();
  // A clock of its own: each campaign has its own time.
  const engine = await openEngine(database, { smtpUrl: smtp.url, start: new Date(0) });
  try {
    await engine.addWorker();
    return await playOn(engine, each, campaign);
  } finally {
    await engine.close();
  }
}

async function playOn(engine: TestEngine, each: Rollout, campaign: Campaign): Promise<string[]> {
  const start = new Date(`${addDays(each.date, -60)}T00:00:00Z`);
  engine.clock.moveTo(start);
  await engine.launch(
    campaign,
    makePeople(each.people.length, (number) => {
      const { zone = '', country = '', department = '' } = each.people[number - 1] ?? {};
      return { attributes: { timeZone: zone, country, department } };
    }),
  );
  const toRegister = each.people
    .flatMap(({ registers }, index) =>
      registers === undefined ? [] : [{ at: registeredAtOf(each, registers), key: `p${index + 1}@contoso.com` }],
    )
    .sort((a, b) => a.at.getTime() - b.at.getTime());
  let learned = new Date(0);
  for (let next = await database.ledger.nextDue(start); next; next = await database.ledger.nextDue(next)) {
    const now = next;
    const news = toRegister.filter(({ at }) => at <= now && at > learned);
    learned = now;
    async function* rows() {
      for (const { at, key } of news) yield { addressKey: key, registered: true, registeredAt: at, line: 2 };
    }
    if (news.length > 0) {
      await database.audience.importRegistrations('test', rows(), {
        ...{ asOf: () => now, source: 'test', now, consent: async () => true },
      });
    }
    await engine.playUntil(now);
  }
  const { rows } = await database.pool.query<{ line: string }>(
    `SELECT s.step_id || ' ' || r.address || ' ' || to_char(m.dated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS line
     FROM messages m JOIN steps s ON s.key = m.step_key JOIN recipients r ON r.id = m.recipient_id WHERE m.state = 'sent'`,
  );
  return rows.map(({ line }) => line).sort();
}

test('the engine does what the plan says, to the instant and the person', async () => {
  await fc.assert(
    fc.asyncProperty(rollout, async (each) => {
      const campaign = build(each);
      expect(await play(each, campaign)).toEqual(await foretell(each, campaign));
    }),
    { numRuns: 8 },
  );
}, 600_000);
