import { z } from 'zod';
import { BadInput } from './campaign/problem.js';

/** Every setting of the environment, read here and nowhere else. `.env.example` explains them to operators. */
const environmentSchema = z.object({
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, {
      error: 'an address such as postgres://user:password@host:5432/database',
      abort: true,
    })
    .refine((text) => URL.canParse(text), 'an address such as postgres://user:password@host:5432/database')
    .optional(),
  REDIS_URL: z
    .string()
    .regex(/^rediss?:\/\//, { error: 'an address such as redis://host:6379', abort: true })
    .refine((text) => URL.canParse(text), 'an address such as redis://host:6379')
    .optional(),
  SMTP_URL: z
    .string()
    .regex(/^smtps?:\/\//, 'an address such as smtp://user:password@host:587, or smtps://host:465')
    .optional(),
  FANFARE_DATA_DIR: z.string().min(1).default('.fanfare'),
  FANFARE_SENDERS_DIR: z.string().min(1).default('config/senders'),
  FANFARE_LEASE_SECONDS: z
    .string()
    .regex(/^\d{1,4}$/, 'a whole number of seconds from 2 to 3600')
    .refine((text) => Number(text) >= 2 && Number(text) <= 3600, 'a whole number of seconds from 2 to 3600')
    .default('30'),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error'], 'debug, info, warn or error').default('info'),
});

export interface Config {
  /** Absent: an embedded PostgreSQL in `dataDir`. */
  databaseUrl?: string;
  /** Absent: BullMQ on PostgreSQL. */
  redisUrl?: string;
  smtpUrl?: string;
  dataDir: string;
  sendersDir: string;
  /** How long a worker that has gone silent keeps its messages. */
  leaseMs: number;
  logLevel: 'debug' | 'info' | 'warn' | 'error';
  /** Looks up what a sender profile names. */
  readVariable(name: string): string | undefined;
}

/** @throws BadInput naming every variable that cannot be used; never its value, which may hold a password */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  // An empty variable is one that is not set: compose files and .env templates leave them so.
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = environmentSchema.safeParse(given);
  if (!parsed.success) {
    throw new BadInput(
      parsed.error.issues.map(({ path, message }) => ({
        file: 'environment',
        field: path.join('.'),
        message: `cannot be used: ${message} is expected`,
      })),
    );
  }
  const { DATABASE_URL, REDIS_URL, SMTP_URL, FANFARE_DATA_DIR, FANFARE_SENDERS_DIR } = parsed.data;
  const { FANFARE_LEASE_SECONDS, LOG_LEVEL } = parsed.data;
  return {
    ...(DATABASE_URL && { databaseUrl: DATABASE_URL }),
    ...(REDIS_URL && { redisUrl: REDIS_URL }),
    ...(SMTP_URL && { smtpUrl: SMTP_URL }),
    dataDir: FANFARE_DATA_DIR,
    sendersDir: FANFARE_SENDERS_DIR,
    leaseMs: Number(FANFARE_LEASE_SECONDS) * 1000,
    logLevel: LOG_LEVEL,
    readVariable: (name) => given[name],
  };
}
