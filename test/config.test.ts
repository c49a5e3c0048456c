import { describe, expect, test } from '@jest/globals';
import { BadInput } from '../src/campaign/problem.js';
import { readConfig } from '../src/config.js';

const defaults = { dataDir: '.fanfare', sendersDir: 'config/senders', leaseMs: 30_000, logLevel: 'info' };

describe('readConfig', () => {
  test.each<[NodeJS.ProcessEnv, object]>([
    [{}, {}],
    [{ DATABASE_URL: '', REDIS_URL: '', SMTP_URL: '', FANFARE_DATA_DIR: '', LOG_LEVEL: '' }, {}],
    [{ DATABASE_URL: 'postgres://u:p@db/x' }, { databaseUrl: 'postgres://u:p@db/x' }],
    [{ DATABASE_URL: 'postgresql://db/x' }, { databaseUrl: 'postgresql://db/x' }],
    [{ REDIS_URL: 'rediss://cache:6380' }, { redisUrl: 'rediss://cache:6380' }],
    [{ SMTP_URL: 'smtps://u:p@relay' }, { smtpUrl: 'smtps://u:p@relay' }],
    [
      { FANFARE_DATA_DIR: '/data', FANFARE_SENDERS_DIR: '/senders' },
      { dataDir: '/data', sendersDir: '/senders' },
    ],
    [{ FANFARE_LEASE_SECONDS: '2' }, { leaseMs: 2_000 }],
    [{ LOG_LEVEL: 'debug', HOME: '/root' }, { logLevel: 'debug' }],
  ])('%j', (environment, expected) => {
    const { readVariable, ...config } = readConfig(environment);
    expect(config).toEqual({ ...defaults, ...expected });
  });

  test('tells every mistake at once, and no value', () => {
    const environment = {
      DATABASE_URL: 'mysql://root:hunter2@db/x',
      REDIS_URL: 'hunter2',
      SMTP_URL: 'http://user:hunter2@relay',
      FANFARE_LEASE_SECONDS: '1',
      LOG_LEVEL: 'hunter2',
    };
    const error = catchError(() => readConfig(environment));
    expect(error).toBeInstanceOf(BadInput);
    expect(error.message.split('\n')).toEqual([
      'environment: DATABASE_URL: cannot be used: an address such as postgres://user:password@host:5432/database is expected',
      'environment: REDIS_URL: cannot be used: an address such as redis://host:6379 is expected',
      'environment: SMTP_URL: cannot be used: an address such as smtp://user:password@host:587, or smtps://host:465 is expected',
      'environment: FANFARE_LEASE_SECONDS: cannot be used: a whole number of seconds from 2 to 3600 is expected',
      'environment: LOG_LEVEL: cannot be used: debug, info, warn or error is expected',
    ]);
    expect(JSON.stringify(error.problems)).not.toContain('hunter2');
  });

  test('looks up what a sender profile names; an empty variable is not set', () => {
    const { readVariable } = readConfig({ SMTP_PASSWORD: 'x', EMPTY: '' });
    expect([readVariable('SMTP_PASSWORD'), readVariable('EMPTY'), readVariable('NONE')]).toEqual([
      'x',
      undefined,
      undefined,
    ]);
  });
});

function catchError(run: () => unknown): BadInput {
  try {
    run();
  } catch (error) {
    return error as BadInput;
  }
  throw new Error('nothing was thrown');
}
