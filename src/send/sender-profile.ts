import { z } from 'zod';

/**
 * A sender: one SMTP account with its limits, as written in `config/senders/*.yaml`. The file holds no secret, only
 * the names of the environment variables or files that do.
 */

const place = 'a section with either "env", the name of an environment variable, or "file", the path of a file';
const secretPlace = z
  .strictObject({
    env: z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'the name of an environment variable, such as SMTP_PASSWORD')
      .meta({ examples: ['SMTP_PASSWORD'] })
      .optional(),
    file: z
      .string()
      .min(1)
      .meta({ examples: ['/run/secrets/smtp-password'] })
      .optional(),
  })
  .refine(({ env, file }) => (env === undefined) !== (file === undefined), place)
  // writeOnly: what stands here may be a password typed in the wrong place, so no message repeats it.
  .meta({ writeOnly: true, examples: [{ env: 'SMTP_PASSWORD' }] });

/** Hosts that cannot leave this machine: only they may be spoken to without TLS. */
export function isLoopbackHost(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i.test(host);
}

export const senderProfileSchema = z
  .strictObject({
    host: z
      .string()
      .regex(
        /^([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*|::1)$/,
        'a host name, such as relay.contoso.com',
      )
      .meta({ description: 'The SMTP server.', examples: ['relay.contoso.com'] }),
    port: z
      .int()
      .min(1)
      .max(65_535)
      .meta({ description: '587 for starttls, 465 for tls, 25 between servers.', examples: [587] }),
    security: z
      .enum(['starttls', 'tls', 'none'])
      .default('starttls')
      .describe('starttls: encrypted after the greeting. tls: from the first byte. none: this machine only.'),
    auth: z
      .strictObject({ user: secretPlace, password: secretPlace })
      .optional()
      .describe('Where the login is kept; leave it out for a relay that knows this machine.'),
    connections: z.int().min(1).max(50).default(5).describe('Connections held open at once.'),
    inFlight: z
      .int()
      .min(1)
      .max(1000)
      .optional()
      .describe('Messages in work at once; twice the connections where it is left out.'),
    limits: z
      .strictObject({
        perMinute: z.int().min(1).max(100_000).optional().describe('Messages in any 60 seconds.'),
        perDay: z.int().min(1).max(10_000_000).optional().describe('Messages in any 24 hours.'),
        connections: z.int().min(1).max(50).optional().describe('Messages under way at once, over all workers.'),
      })
      .optional()
      .describe('What the server allows this account, over all workers and restarts.'),
  })
  .superRefine(
    ({ host, port, security }, context) => {
      const params = { isSentence: true };
      if (security === 'none' && !isLoopbackHost(String(host))) {
        const message = 'without TLS everybody on the way can read the mails: "none" is for localhost only';
        context.addIssue({ code: 'custom', path: ['security'], message, params });
      }
      if (security === 'starttls' && port === 465) {
        const message = 'port 465 speaks TLS from the first byte: write "security: tls", or take port 587';
        context.addIssue({ code: 'custom', path: ['port'], message, params });
      }
      // Also where other fields are wrong: all mistakes are told at once.
    },
    { when: () => true },
  )
  .transform((profile) => ({ ...profile, inFlight: profile.inFlight ?? 2 * profile.connections }));

export type SenderProfile = z.output<typeof senderProfileSchema>;
/** Exactly one of the two is there. */
export type SecretPlace = z.output<typeof secretPlace>;
