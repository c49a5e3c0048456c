import { z } from 'zod';
import { isTimeZone, listTimeZones } from './time-zone.js';

// Each message says what is allowed, so that it reads on after `"9am" is not ...`. The examples are those that
// editors show (JSON Schema) and that the message about a missing key cites.
export const slug = z
  .string()
  .regex(
    /^[a-z0-9]+(-[a-z0-9]+)*$/,
    'a name of lower-case letters, digits and single hyphens, such as "password-reset-2027"',
  )
  .max(60);
export const colour = z
  .string()
  .regex(/^#[0-9a-fA-F]{6}$/, 'a colour as "#rrggbb", in quotes, such as "#0b5a5e"')
  .meta({ examples: ['#0b5a5e'] });
/** Years of four digits, 2000 to 2199: a typing slip such as 0207 or 20027 is a mistake, never a plan. */
export const date = z.iso
  .date({
    error: ({ input }) =>
      /^\d{4}-\d{2}-\d{2}$/.test(String(input)) ? 'a day of the calendar' : 'a date as YYYY-MM-DD, such as 2027-01-12',
    abort: true,
  })
  .refine((text) => text >= '2000' && text < '2200', 'a date of the years 2000 to 2199')
  .meta({ examples: ['2027-01-12'] });
export const wallTime = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day as HH:MM, such as 09:00')
  .meta({ examples: ['09:00'] });
export const offset = z
  .string()
  .regex(/^(0d|[+-]\d{1,3}(d|w|bd))$/, 'an offset from the launch date, such as -14d, -2w, -3bd, 0d or +3d')
  .meta({ examples: ['-14d', '0d', '+1w', '-3bd'] });
/** A span of time. */
export const age = z.string().regex(/^[1-9]\d{0,3}[mhd]$/, 'a span of time such as 90m, 24h or 7d');
/** A part of a whole. */
export const share = z
  .string()
  .regex(/^(100|\d{1,2}(\.\d{1,2})?)%$/, 'a share such as 5% or 0.5%')
  .meta({ examples: ['5%'] });
export const zone = z
  .string()
  .refine(isTimeZone, {
    error: 'a time zone this computer knows, such as Europe/Amsterdam',
    params: { words: listTimeZones },
  })
  .meta({ examples: ['Europe/Amsterdam'] });
/** A locale tag after BCP 47, such as `nl` or `en-GB`. */
export const locale = z
  .string()
  .regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'a language tag, such as en or nl-BE')
  .meta({ examples: ['en', 'nl-BE'] });
/** One line of text that is safe in a mail header: no control characters and no bidirectional overrides. */
export const line = z
  .string()
  .trim()
  .min(1)
  .max(200)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: refusing them is the point
  .regex(/^[^\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]*$/, 'one line of text without control characters');
export const mailAddress = z
  .email('one mail address, such as it-service@contoso.com')
  .meta({ examples: ['it-service@contoso.com'] });
export const httpsUrl = z
  .url({ protocol: /^https$/, error: 'an address that begins with https://' })
  .meta({ pattern: '^https://', examples: ['https://aka.ms/sspr'] });
/** The branded address people remember and type: a bare host, so that no link can be personal. */
export const portalUrl = z
  .string()
  .regex(
    /^https:\/\/[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$/,
    'https:// and a bare host name in lower case without a path, such as https://passwords.contoso.com',
  )
  .max(60)
  .meta({ examples: ['https://passwords.contoso.com'] });
export const byLocale = z.record(locale, line).meta({ examples: [{ en: 'Monday to Friday, 8:00 to 18:00' }] });
