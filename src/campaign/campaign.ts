import { z } from 'zod';
import { isTimeZone } from './time-zone.js';

/**
 * The campaign file, as its author writes it (YAML in `config/campaigns/`).
 * This schema is the only description of it: the types, the checks and `fanfare schema` all come from here.
 */

export const stepKinds = ['coming-soon', 'available-now', 'sign-up-reminder'] as const;
export type StepKind = (typeof stepKinds)[number];

/** Kinds that are never sent to somebody who has already registered. */
const kindsForUnregistered: ReadonlySet<StepKind> = new Set(['sign-up-reminder']);

export function isOnlyForUnregistered(kind: StepKind): boolean {
  return kindsForUnregistered.has(kind);
}

const slug = z
  .string()
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'lower-case letters, digits and single hyphens, such as "sspr-2027"')
  .max(60);
const colour = z.string().regex(/^#[0-9a-fA-F]{6}$/, 'a colour as "#rrggbb"');
const date = z.iso.date('a date as YYYY-MM-DD, such as 2027-01-12');
const wallTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day as "HH:MM", such as "09:00"');
const offset = z
  .string()
  .regex(/^(0d|[+-]\d{1,3}[dw])$/, 'an offset from the launch date: "-14d", "-2w", "0d" or "+3d"');
const zone = z.string().refine(isTimeZone, 'an IANA time zone, such as "Europe/Amsterdam"');
/** A locale tag after BCP 47, such as `nl` or `en-GB`. */
const locale = z.string().regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'a language tag, such as "en" or "nl-BE"');
/** One line of text that is safe in a mail header: no control characters and no bidirectional overrides. */
const line = z
  .string()
  .trim()
  .min(1)
  .max(200)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: refusing them is the point
  .regex(/^[^\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]*$/, 'one line of text without control characters');
const mailAddress = z.email('a mail address, such as "it-service@contoso.com"');
const httpsUrl = z.url({ protocol: /^https$/, error: 'an address that begins with "https://"' });
/** The branded address people remember and type: a bare host, so that no link can be personal. */
const portalUrl = z
  .string()
  .regex(
    /^https:\/\/[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$/,
    'https:// and a bare host name without a path, such as "https://passwords.contoso.com"',
  )
  .max(60);
const byLocale = z.record(locale, line);

const step = z.strictObject({
  id: slug.optional().describe('Name of this step; its kind where it is left out.'),
  kind: z.enum(stepKinds).describe('What this mail is: coming-soon, available-now or sign-up-reminder.'),
  offset: offset.describe('When it goes, relative to the launch date: -14d, -2w, 0d, +3d.'),
  time: wallTime.optional().describe('Time of day; the launch time where it is left out.'),
  template: slug.optional().describe('A template of the pack other than the one named for the kind.'),
});

export const campaignSchema = z
  .strictObject({
    id: slug.describe('Short, stable name used by every command.'),
    name: line.describe('What people call this rollout.'),
    pack: z
      .string()
      .regex(/^(\.{0,2}\/)?[A-Za-z0-9._/-]+$/, 'the name of a pack, such as "sspr", or a folder as "./our-pack"')
      .describe('Template pack: a folder in templates/, or a path relative to this file that begins with "./".'),
    locale: locale.default('en').describe('Language of people whose own is not known or has no texts.'),
    organisation: z.strictObject({
      name: line.max(40),
      logo: z.strictObject({
        file: z.string().min(1).describe('PNG, JPEG or GIF; relative to this file.'),
        width: z.int().min(1).max(240).describe('Shown width in pixels.'),
        height: z.int().min(1).max(240).describe('Shown height in pixels.'),
      }),
      colours: z.strictObject({ primary: colour, accent: colour }),
      helpDesk: z.strictObject({
        phone: z.string().regex(/^[+\d][\d ()/.-]{2,30}$/, 'a phone number, such as "+31 20 555 0100"'),
        email: mailAddress,
        hours: byLocale.describe('Opening hours in words, per locale.'),
      }),
      intranetTitle: byLocale.describe('Title of the intranet page that announces these mails, per locale.'),
    }),
    portal: z.strictObject({
      url: portalUrl.describe('The branded, memorable address; it stands in full in every mail.'),
      links: z
        .strictObject({ reset: httpsUrl.optional(), register: httpsUrl.optional(), change: httpsUrl.optional() })
        .default({})
        .describe('Where the portal sends people on; the pack has defaults.'),
    }),
    launch: z.strictObject({
      date: date.describe('The launch date: the one date you type.'),
      time: wallTime.default('09:00'),
      zone: zone.describe('Time zone in which dates and times of this file are meant.'),
    }),
    registerBy: offset.default('+14d').describe('Until when the mails ask people to register, after the launch date.'),
    steps: z.array(step).min(1).max(50),
    audience: z
      .strictObject({
        includeDisabled: z.boolean().default(false),
        includeGuests: z.boolean().default(false),
      })
      .prefault({}),
    goal: z
      .strictObject({
        field: z
          .string()
          .regex(/^[A-Za-z][A-Za-z0-9]*$/, 'a column of the registrations file, such as "isSsprCapable"')
          .default('isSsprCapable')
          .describe('The column that says whether a person has registered.'),
        maxAge: z
          .string()
          .regex(/^[1-9]\d{0,3}[mhd]$/, 'an age such as "90m", "24h" or "7d"')
          .optional()
          .describe('Reminders are held while the registration data is older than this.'),
      })
      .prefault({}),
    sender: z.strictObject({
      name: line.describe('Shown as the sender of the mail.'),
      address: mailAddress,
      replyTo: mailAddress.describe('A mailbox that somebody reads.'),
      profile: slug.optional().describe('A file in config/senders/; SMTP_URL where it is left out.'),
    }),
  })
  .superRefine((campaign, context) => {
    const seen = new Map<string, number>();
    for (const [index, { id, kind }] of campaign.steps.entries()) {
      const name = id ?? kind;
      const earlier = seen.get(name);
      if (earlier !== undefined) {
        context.addIssue({
          code: 'custom',
          path: ['steps', index, id === undefined ? 'kind' : 'id'],
          message: `two steps are called "${name}" (steps ${earlier + 1} and ${index + 1}): give each its own "id"`,
        });
      }
      seen.set(name, index);
    }
    for (const [field, texts] of [
      ['helpDesk.hours', campaign.organisation.helpDesk.hours],
      ['intranetTitle', campaign.organisation.intranetTitle],
    ] as const) {
      if (texts[campaign.locale] === undefined) {
        context.addIssue({
          code: 'custom',
          path: ['organisation', ...field.split('.')],
          message: `needs at least a text for the campaign's locale "${campaign.locale}"`,
        });
      }
    }
  })
  .transform((campaign) => ({
    ...campaign,
    steps: campaign.steps.map((each) => ({
      ...each,
      id: each.id ?? each.kind,
      time: each.time ?? campaign.launch.time,
      template: each.template ?? each.kind,
    })),
  }));

/** A campaign whose every default is filled in. */
export type Campaign = z.output<typeof campaignSchema>;
export type Step = Campaign['steps'][number];
