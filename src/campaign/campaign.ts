import { z } from 'zod';
import {
  findDoubleSteps,
  findLateCanaries,
  findMissingLocales,
  findRingMistakes,
  findStepDates,
} from './campaign-checks.js';
import {
  age,
  byLocale,
  colour,
  date,
  httpsUrl,
  line,
  locale,
  mailAddress,
  offset,
  portalUrl,
  share,
  slug,
  wallTime,
  zone,
} from './campaign-field.js';
import { uncertainPolicies } from './message.js';
import {
  calendar,
  concernCodes,
  discipline,
  enforcement,
  reconfirmation,
  ring,
  soleRing,
  stepTiming,
  zones,
} from './rollout-field.js';
import { stepKinds, usualShift, usualWorth } from './step-kind.js';

/**
 * The campaign file, as its author writes it (YAML in `config/campaigns/`).
 * This schema is the only description of it: the types, the checks and `fanfare schema` all come from here.
 */

/** A step may begin with a few people: what is wrong with it then reaches only them. */
const canary = z
  .strictObject({
    first: z
      .union([z.int(), share], 'a number of people from 1 on, or a share such as 5%')
      .refine((first) => typeof first === 'string' || first >= 1, 'a number of people from 1 on, or a share such as 5%')
      .meta({
        description: 'How many get it first: so many people, or a share of the audience.',
        examples: ['5%', 50],
      }),
    wait: age.default('1h').describe('How long the others wait.'),
    maxFailures: share
      .default('2%')
      .describe('The step pauses itself once more than this share of what it sent has failed or is uncertain.'),
  })
  .meta({ examples: [{ first: '5%', wait: '2h' }] });

const step = z.strictObject({
  id: slug.optional().describe('Name of this step; its kind where it is left out.'),
  kind: z.enum(stepKinds).describe(`What this mail is: ${stepKinds.join(', ')}.`),
  offset: offset
    .optional()
    .describe(
      'When it goes, relative to the launch date: -14d, -2w, -3bd, 0d, +3d; a last-call counts from enforcement.',
    ),
  date: date.optional().describe('launch-moved only: its day.'),
  ...stepTiming,
  canary: canary.optional().describe('Begin with a few people, and go on only while few mails fail.'),
  onUncertain: z
    .enum(uncertainPolicies)
    .optional()
    .describe('What is done with a mail that may or may not have arrived; reminders park, the others are sent again.'),
  expiresAfter: age
    .optional()
    .describe('How late it is still worth sending; 24h for reminders and 72h for the others where it is left out.'),
  template: slug.optional().describe('A template of the pack other than the one named for the kind.'),
});

export const campaignSchema = z
  .strictObject({
    id: slug.meta({
      description: 'Short, stable name used by every command.',
      examples: ['password-reset-2027'],
    }),
    name: line.meta({ description: 'What people call this rollout.', examples: ['Reset your own password'] }),
    pack: z
      .string()
      .regex(/^(\.{0,2}\/)?[A-Za-z0-9._/-]+$/, 'the name of a pack, such as sspr, or a folder such as ./our-pack')
      .meta({
        description: 'Template pack: a folder in templates/, or a path relative to this file that begins with "./".',
        examples: ['sspr'],
      }),
    locale: locale.default('en').describe('Language of people whose own is not known or has no texts.'),
    organisation: z.strictObject({
      name: line.max(40).meta({ description: 'Name of the organisation as readers know it.', examples: ['Contoso'] }),
      logo: z.strictObject({
        file: z
          .string()
          .min(1)
          .meta({ description: 'PNG, JPEG or GIF; relative to this file.', examples: ['./contoso.png'] }),
        width: z
          .int()
          .min(1)
          .max(240)
          .meta({ description: 'Shown width in pixels.', examples: [140] }),
        height: z
          .int()
          .min(1)
          .max(240)
          .meta({ description: 'Shown height in pixels.', examples: [40] }),
      }),
      colours: z.strictObject({
        primary: colour.describe('Buttons and headings.'),
        accent: colour.describe('Lines and highlights.'),
      }),
      helpDesk: z.strictObject({
        phone: z
          .string()
          .regex(/^[+\d][\d ()/.-]{2,30}$/, 'a phone number, such as "+31 20 555 0100"')
          .meta({ description: 'As people dial it.', examples: ['+31 20 555 0100'] }),
        email: mailAddress.describe('Where people ask for help.'),
        hours: byLocale.describe('Opening hours in words, per locale.'),
      }),
      intranetTitle: byLocale.meta({
        description: 'Title of the intranet page that announces these mails, per locale.',
        examples: [{ en: 'Mails about your password' }],
      }),
    }),
    portal: z.strictObject({
      url: portalUrl.describe('The branded, memorable address; it stands in full in every mail.'),
      links: z
        .strictObject({
          reset: httpsUrl.optional().describe('Where people reset a password they have forgotten.'),
          register: httpsUrl.optional().describe('Where people register for it.'),
          change: httpsUrl.optional().describe('Where people change a password they know.'),
        })
        .default({})
        .describe('Where the portal sends people on; the pack has defaults.'),
    }),
    launch: z.strictObject({
      date: date.describe('The launch date: the one date you type.'),
      time: wallTime.default('09:00').describe('Time of day of every step that names none of its own.'),
      zone: zone.describe('Time zone in which dates and times of this file are meant.'),
      recipientLocal: z.boolean().default(false).describe("Every step at its time in each person's own zone."),
    }),
    calendar,
    zones,
    rings: z
      .array(ring)
      .min(1)
      .max(50)
      .optional()
      .meta({
        description: 'Parts of the audience with a launch of their own; the first that fits takes a person.',
        examples: [[{ id: 'pilot', offset: '-7d', where: { department: 'IT' } }, { id: 'everyone' }]],
      }),
    newPerDay: z
      .int()
      .min(1)
      .optional()
      .describe(
        'At most so many people launch on one day, to protect the help desk; the others on the next work days.',
      ),
    discipline,
    enforcement: enforcement.optional().describe('From when on registering is enforced.'),
    reconfirmation: reconfirmation.optional().describe('When people are asked to confirm their information again.'),
    accept: z
      .array(z.enum(concernCodes))
      .default([])
      .describe('What is accepted knowingly: a launch on a day off, a step that its sender cannot finish in time.'),
    registerBy: offset.default('+14d').describe('Until when the mails ask people to register, after the launch date.'),
    steps: z
      .array(step)
      .min(1)
      .max(50)
      .meta({ description: 'The mails of this campaign.', examples: [[{ kind: 'coming-soon', offset: '-14d' }]] }),
    audience: z
      .strictObject({
        includeDisabled: z.boolean().default(false).describe('Also mail people whose account is disabled.'),
        includeGuests: z.boolean().default(false).describe('Also mail guests of the directory.'),
      })
      .prefault({}),
    goal: z
      .strictObject({
        field: z
          .string()
          .regex(/^[A-Za-z][A-Za-z0-9]*$/, 'a column of the registrations file, such as isSsprCapable')
          .default('isSsprCapable')
          .describe('The column that says whether a person has registered.'),
        maxAge: age.optional().describe('Reminders are held while the registration data is older than this.'),
      })
      .prefault({}),
    sender: z.strictObject({
      name: line.meta({ description: 'Shown as the sender of the mail.', examples: ['Contoso IT service'] }),
      address: mailAddress.describe('Address the mails come from.'),
      replyTo: mailAddress.describe('A mailbox that somebody reads.'),
      profile: slug.optional().describe('A file in config/senders/; SMTP_URL where it is left out.'),
    }),
  })
  .superRefine(
    (campaign, context) => {
      for (const { path, message } of [
        ...findDoubleSteps(campaign),
        ...findStepDates(campaign),
        ...findRingMistakes(campaign),
        ...findLateCanaries(campaign),
        ...findMissingLocales(campaign),
      ]) {
        context.addIssue({ code: 'custom', path, message, params: { isSentence: true } });
      }
      // Also where other fields are wrong: all mistakes are told at once. So these checks get the file as it is.
    },
    { when: () => true },
  )
  .transform((campaign) => ({
    ...campaign,
    rings: campaign.rings ?? [{ id: soleRing, offset: '0d' }],
    steps: campaign.steps.map((each) => ({
      ...each,
      id: each.id ?? each.kind,
      offset: each.offset ?? '0d',
      time: each.time ?? campaign.launch.time,
      template: each.template ?? each.kind,
      shift: each.shift ?? usualShift[each.kind],
      expiresAfter: each.expiresAfter ?? usualWorth[each.kind],
      recipientLocal: each.recipientLocal ?? campaign.launch.recipientLocal,
    })),
  }));

/** A campaign whose every default is filled in. */
export type Campaign = z.output<typeof campaignSchema>;
export type Step = Campaign['steps'][number];
