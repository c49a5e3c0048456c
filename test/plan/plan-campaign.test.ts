import { describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { Settings } from 'luxon';
import { type Campaign, campaignSchema } from '../../src/campaign/campaign.js';
import { listTimeZones } from '../../src/campaign/time-zone.js';
import { planCampaign } from '../../src/plan/plan-campaign.js';

const reminders = [
  { kind: 'sign-up-reminder', id: 'reminder-1', offset: '+7d' },
  { kind: 'sign-up-reminder', id: 'reminder-2', offset: '+2w' },
];
const usualSteps = [{ kind: 'available-now', offset: '0d' }, { kind: 'coming-soon', offset: '-14d' }, ...reminders];

function campaignWith({
  launch = {},
  steps = usualSteps,
  registerBy,
}: {
  launch?: object;
  steps?: object[];
  registerBy?: string;
}): Campaign {
  return campaignSchema.parse({
    id: 'sspr',
    name: 'Reset your own password',
    pack: 'sspr',
    organisation: {
      name: 'Contoso',
      logo: { file: './contoso.png', width: 140, height: 40 },
      colours: { primary: '#0b5a5e', accent: '#f2a93b' },
      helpDesk: { phone: '+31 20 555 0100', email: 'help@contoso.com', hours: { en: 'Monday to Friday' } },
      intranetTitle: { en: 'Mails about your password' },
    },
    portal: { url: 'https://passwords.contoso.com' },
    launch: { date: '2027-01-12', zone: 'Europe/Amsterdam', ...launch },
    ...(registerBy !== undefined && { registerBy }),
    steps,
    sender: { name: 'Contoso IT', address: 'it@contoso.com', replyTo: 'help@contoso.com' },
  });
}

describe('planCampaign', () => {
  test('turns one launch date into every instant, in order', () => {
    expect(planCampaign(campaignWith({ registerBy: '+15d' }))).toEqual({
      campaign: 'sspr',
      launch: { date: '2027-01-12', time: '09:00', zone: 'Europe/Amsterdam' },
      registerBy: '2027-01-27',
      steps: [
        ['coming-soon', 'coming-soon', '-14d', '2026-12-29', '2026-12-29T08:00:00.000Z'],
        ['available-now', 'available-now', '0d', '2027-01-12', '2027-01-12T08:00:00.000Z'],
        ['reminder-1', 'sign-up-reminder', '+7d', '2027-01-19', '2027-01-19T08:00:00.000Z'],
        ['reminder-2', 'sign-up-reminder', '+2w', '2027-01-26', '2027-01-26T08:00:00.000Z'],
      ].map(([id, kind, offset, localDate, sendAt]) => ({
        id,
        kind,
        offset,
        localDate,
        localTime: '09:00',
        zone: 'Europe/Amsterdam',
        sendAt: new Date(sendAt ?? ''),
        group: { ring: 'everyone', tranche: 0, zone: '', place: '' },
        ...{ launchDate: '2027-01-12', registerBy: '2027-01-27' },
        expiresAt: new Date(Date.parse(sendAt ?? '') + (kind === 'sign-up-reminder' ? 24 : 72) * 3_600_000),
      })),
      concerns: [],
      warnings: [],
    });
  });

  test('keeps the wall time across a clock change', () => {
    const { steps } = planCampaign(campaignWith({ launch: { date: '2027-04-05' } }));
    expect(steps.map(({ sendAt }) => sendAt.toISOString().slice(0, 13))).toEqual([
      '2027-03-22T08',
      '2027-04-05T07',
      '2027-04-12T07',
      '2027-04-19T07',
    ]);
  });

  test.each([
    ['2024-02-29', '+1w', '2024-03-07'],
    ['2023-02-22', '+7d', '2023-03-01'],
    ['2027-12-31', '+1d', '2028-01-01'],
    ['2027-01-01', '-1d', '2026-12-31'],
    ['2199-12-31', '+999w', '2219-02-23'],
    ['2000-01-01', '-999w', '1980-11-08'],
  ])('%s %s is %s', (date, offset, localDate) => {
    const plan = planCampaign(campaignWith({ launch: { date }, steps: [{ kind: 'available-now', offset }] }));
    expect(plan.steps[0]?.localDate).toBe(localDate);
  });

  const launch = { kind: 'available-now', offset: '0d' };
  test.each<[string, Parameters<typeof campaignWith>[0], string[]]>([
    [
      'an hour that does not exist',
      { launch: { date: '2027-03-28', time: '02:30' }, steps: [launch] },
      [
        'available-now: 02:30 on 2027-03-28 in Europe/Amsterdam does not exist, the clocks go forward over it. It goes at the next instant, 03:00.',
      ],
    ],
    [
      'a day that does not exist',
      { launch: { date: '2011-12-30', zone: 'Pacific/Apia' }, steps: [launch] },
      [
        'available-now: 09:00 on 2011-12-30 in Pacific/Apia does not exist, the clocks go forward over it. It goes at the next instant, 00:00 on 2011-12-31.',
      ],
    ],
    [
      'an hour that comes twice',
      { launch: { date: '2027-10-31', time: '02:30' }, steps: [launch] },
      [
        'available-now: 02:30 on 2027-10-31 in Europe/Amsterdam comes twice, the clocks go back over it. It goes the first time, at UTC+02:00.',
      ],
    ],
    [
      'three steps at one instant',
      { steps: [launch, ...reminders.map((each) => ({ ...each, offset: '0d' }))] },
      [
        'available-now, reminder-1 and reminder-2 go at the same instant, 2027-01-12 09:00: one person may get them together.',
      ],
    ],
    [
      'a reminder before the launch, on its day',
      { steps: [launch, { kind: 'sign-up-reminder', offset: '0d', time: '08:59' }] },
      [
        'sign-up-reminder goes on 2027-01-12 08:59, before the launch (2027-01-12 09:00): it reminds people of what is not there yet.',
      ],
    ],
    [
      'available-now on another day',
      { steps: [{ kind: 'available-now', offset: '+1d' }] },
      ['available-now goes on 2027-01-13 09:00, not on the launch date 2027-01-12: its text says "available now".'],
    ],
    [
      'coming-soon at the launch',
      { steps: [{ kind: 'coming-soon', offset: '0d' }] },
      [
        'coming-soon goes on 2027-01-12 09:00, not before the launch (2027-01-12 09:00): its text announces what has begun.',
      ],
    ],
    [
      'a reminder after the last day to register',
      { steps: [launch, ...reminders], registerBy: '+13d' },
      ['reminder-2 goes on 2027-01-26 and asks people to register by 2027-01-25, which is then over.'],
    ],
    [
      'a reminder on the last day to register',
      { steps: [launch, ...reminders], registerBy: '+14d' },
      ['reminder-2 goes on 2027-01-26, the last day to register (registerBy): people have only that day left.'],
    ],
    [
      'registerBy before the launch',
      { steps: [launch], registerBy: '-1d' },
      ['registerBy is 2027-01-11, before the launch date 2027-01-12: nobody can register by then.'],
    ],
  ])('warns of %s', (_, parts, warnings) => {
    expect(planCampaign(campaignWith(parts)).warnings).toEqual(warnings);
  });

  const sign = fc.constantFrom('-', '+');
  const offset = fc.oneof(
    fc.constant('0d'),
    fc.tuple(sign, fc.integer({ min: 0, max: 999 }), fc.constantFrom('d', 'w')).map((parts) => parts.join('')),
  );
  const time = fc
    .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
    .map((parts) => parts.map((part) => String(part).padStart(2, '0')).join(':'));
  const campaign = fc
    .record({
      launch: fc.record({
        date: fc
          .date({ min: new Date('2000-01-01'), max: new Date('2199-12-31'), noInvalidDate: true })
          .map((day) => day.toISOString().slice(0, 10)),
        time,
        zone: fc.constantFrom(...listTimeZones()),
      }),
      registerBy: offset,
      steps: fc.array(
        fc.record({ kind: fc.constantFrom('coming-soon', 'available-now', 'sign-up-reminder'), offset, time }),
        { minLength: 1, maxLength: 8 },
      ),
    })
    .map(({ steps, ...rest }) =>
      campaignWith({ ...rest, steps: steps.map((step, index) => ({ ...step, id: `step-${index}` })) }),
    );

  test('never throws for a valid campaign, keeps every step, and orders them by instant', () => {
    fc.assert(
      fc.property(campaign, (each) => {
        const { steps } = planCampaign(each);
        expect(steps.map(({ id }) => id).sort()).toEqual(each.steps.map(({ id }) => id).sort());
        const instants = steps.map(({ sendAt }) => sendAt.getTime());
        expect(instants).toEqual([...instants].sort((a, b) => a - b));
        for (const { localDate, sendAt } of steps) {
          expect(localDate).toMatch(/^\d{4}-\d{2}-\d{2}$/);
          expect(Number.isNaN(sendAt.getTime())).toBe(false);
        }
      }),
      { numRuns: 100 },
    );
  });

  // Jest gives tests a copy of process.env, so setting TZ would change nothing and prove nothing.
  test('never asks for the zone of the process', () => {
    const askingForOwnZone = [
      jest.spyOn(Date.prototype, 'getTimezoneOffset'),
      jest.spyOn(Date.prototype, 'getFullYear'),
      jest.spyOn(Date.prototype, 'getDate'),
      jest.spyOn(Date.prototype, 'getHours'),
    ];
    try {
      fc.assert(
        fc.property(campaign, (each) => {
          const plans = ['UTC', 'Pacific/Apia', 'America/St_Johns'].map((zone) => {
            Settings.defaultZone = zone;
            return planCampaign(each);
          });
          expect(plans[1]).toEqual(plans[0]);
          expect(plans[2]).toEqual(plans[0]);
          for (const spy of askingForOwnZone) expect(spy).not.toHaveBeenCalled();
        }),
        { numRuns: 30 },
      );
    } finally {
      Settings.defaultZone = 'system';
      jest.restoreAllMocks();
    }
  });
});
