import { z } from 'zod';
import { age, date, offset, share, slug, wallTime, zone } from './campaign-field.js';

/** The parts of a campaign file that say to whom when: calendar, zones, rings and what nobody may get too much of. */

export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof weekdays)[number];

/** What a step does whose day is not a work day. */
export const shiftRules = ['before', 'after', 'none', 'skip'] as const;
export type ShiftRule = (typeof shiftRules)[number];

/** Everybody of a campaign that names no rings. */
export const soleRing = 'everyone';

/** What a person may accept knowingly; without that, `apply` and `move` refuse it. */
export const concernCodes = ['launch-day-off', 'capacity'] as const;
export type ConcernCode = (typeof concernCodes)[number];

/** Hours of a day, `08:00-17:00`; the second is the first moment outside. */
const sendWindow = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]|24):[0-5]\d$/, 'hours of a day, such as 08:00-17:00')
  .refine((text) => text.slice(0, 5) < text.slice(6) && text.slice(6) <= '24:00', 'hours of one day, the earlier first')
  .meta({ examples: ['08:00-17:00'] });

/** A country of ISO 3166, or a part of one: `NL`, `DE-BY`. */
export const holidayPlace = z
  .string()
  .regex(/^[A-Z]{2}(-[A-Z0-9]{1,5}){0,2}$/, 'a country such as NL, or a part of one such as DE-BY')
  .meta({ examples: ['NL', 'DE-BY'] });

export const calendar = z
  .strictObject({
    workDays: z
      .array(z.enum(weekdays))
      .min(1)
      .default(['mon', 'tue', 'wed', 'thu', 'fri'])
      .meta({ description: 'Days on which people work.', examples: [['mon', 'tue', 'wed', 'thu', 'fri']] }),
    holidays: z
      .array(holidayPlace)
      .max(60)
      .default([])
      .describe("Whose public holidays count. A person gets their own country's; the first is for everybody else."),
    closures: z
      .string()
      .min(1)
      .optional()
      .meta({
        description: "The organisation's own days off: a YAML or .ics file, relative to this file.",
        examples: ['./closures.yaml'],
      }),
  })
  .prefault({});

export const zones = z
  .strictObject({
    byDepartment: z
      .record(z.string(), zone)
      .default({})
      .describe('Time zone of a department, by its name in the list.'),
    byCountry: z
      .record(z.string(), zone)
      .default({})
      .describe('Time zone of a country, by its name or code; for countries that have several.'),
  })
  .prefault({});

const gate = z
  .strictObject({
    go: z.literal(true).optional().describe('Somebody says so: fanfare go ID RING.'),
    maxFailures: share.optional().describe("Share of the earlier ring's mails that may have failed or be uncertain."),
    maxTickets: z
      .union([z.int().min(0), share], 'a number of tickets, or a share of the people such as 2%')
      .optional()
      .describe(
        'Help-desk tickets of the earlier ring, as told with fanfare tickets: so many, or a share of its people.',
      ),
  })
  .refine((rules) => Object.keys(rules).length > 0, 'at least one of go, maxFailures and maxTickets');

export const ring = z.strictObject({
  id: slug.describe('Name of this ring.'),
  offset: offset.default('0d').describe("Its own launch, relative to the campaign's launch date: -7d, -3bd, +1w."),
  where: z
    .record(z.string().min(1), z.union([z.string(), z.array(z.string()).min(1)]))
    .optional()
    .meta({
      description: 'People whose column has this value, or one of these; several columns must all fit.',
      examples: [{ department: ['IT', 'Service desk'] }],
    }),
  list: z
    .string()
    .min(1)
    .optional()
    .meta({
      description: 'A file of mail addresses, sign-in names or object ids, one a line; relative to this file.',
      examples: ['./pilot.txt'],
    }),
  share: share.optional().describe('About this share of the people whom no earlier ring took, drawn by lot.'),
  gate: gate.optional().describe('What must hold before this ring launches; looked at for the ring before it.'),
});
export type RingDefinition = z.output<typeof ring>;

export const discipline = z
  .strictObject({
    maxReminders: z.int().min(0).max(20).optional().describe('Reminders one person gets at most in this campaign.'),
    minGap: age.optional().describe('Between any two mails to one person, over all campaigns of this installation.'),
    lateJoiners: z
      .enum(['skip', 'latest'])
      .default('skip')
      .describe('People who join late: skip what is past, or send them only the latest of it.'),
  })
  .prefault({});

export const enforcement = z.strictObject({
  from: z.union([date, offset], 'a date as YYYY-MM-DD, or an offset from the launch date such as +28d').meta({
    description: 'From then on people must register; the mails name this date.',
    examples: ['2027-03-01', '+28d'],
  }),
});

export const reconfirmation = z.strictObject({
  everyDays: z
    .int()
    .min(0)
    .max(730)
    .describe('How long a registration counts before people are asked again; 0: for ever.'),
  remindBefore: age.default('7d').describe('How long before that they are told.'),
});

export const stepTiming = {
  shift: z.enum(shiftRules).optional().describe('Where its day is not a work day: before, after, none or skip.'),
  window: sendWindow.optional().describe('Hours in which it may be sent, on work days; the rest waits for the next.'),
  recipientLocal: z.boolean().optional().describe("At this time in each person's own zone."),
  time: wallTime.optional().describe('Time of day; the launch time where it is left out.'),
};
