import { describe, expect, test } from '@jest/globals';
import { Unavailable } from '../src/campaign/problem.js';
import { waitForServer } from '../src/wait-for-server.js';

function fail(message: string, code?: string): Error {
  return Object.assign(new Error(message), code ? { code } : {});
}

const refusedTwice = Object.assign(new AggregateError([fail('connect ECONNREFUSED ::1:5432'), fail('and 127.0.0.1')]), {
  code: 'ECONNREFUSED',
});

describe('waitForServer', () => {
  test('waits for a server that comes up, and says so once', async () => {
    const failures = [refusedTwice, fail('the database system is starting up', '57P03')];
    const told: string[] = [];
    const opened = await waitForServer(
      'The database',
      async () => {
        const failure = failures.shift();
        if (failure) throw failure;
        return 'open';
      },
      (message) => told.push(message),
    );
    expect(opened).toBe('open');
    expect(told).toEqual([
      'The database does not answer yet (connect ECONNREFUSED ::1:5432; and 127.0.0.1); waiting for it',
    ]);
  });

  const passing: Error[] = [
    refusedTwice,
    fail('connect ECONNREFUSED 127.0.0.1:5432', 'ECONNREFUSED'),
    fail('getaddrinfo ENOTFOUND db', 'ENOTFOUND'),
    fail('getaddrinfo EAI_AGAIN db', 'EAI_AGAIN'),
    fail('write EPIPE', 'EPIPE'),
    fail('read ECONNRESET', 'ECONNRESET'),
    fail('timeout expired'),
    fail('Connection terminated unexpectedly'),
    fail('the database system is shutting down', '57P03'),
    fail('terminating connection due to administrator command', '57P01'),
    fail('LOADING Redis is loading the dataset in memory'),
  ];
  test.each(passing.map((error) => [error.message || 'two addresses', error] as const))(
    'where nobody waits, "%s" is told at once',
    async (_message, error) => {
      const opening = waitForServer('The database', () => Promise.reject(error), undefined);
      await expect(opening).rejects.toThrow(Unavailable);
      await expect(opening).rejects.toThrow(/^The database does not answer: ./);
    },
  );

  test.each([
    ['password authentication failed for user "fanfare"', '28P01'],
    ['password authentication failed for user "timeout"', '28P01'],
    ['database "loading" does not exist', '3D000'],
    ['role "x" does not exist', '28000'],
    ['permission denied for schema public', '42501'],
    ['sorry, too many clients already', '53300'],
  ])('%s (%s): nobody waits for that', async (message, code) => {
    const told: string[] = [];
    let tries = 0;
    const open = () => {
      tries += 1;
      return Promise.reject(fail(message, code));
    };
    const opening = waitForServer('The database', open, (text) => told.push(text));
    await expect(opening).rejects.toThrow(Unavailable);
    await expect(opening).rejects.toThrow(`The database refuses us: ${message} (${code})`);
    expect([tries, told]).toEqual([1, []]);
  });

  test('what is not about the server is passed on as it is', async () => {
    const bug = new TypeError('x is not a function');
    await expect(
      waitForServer(
        'The database',
        () => Promise.reject(bug),
        () => {},
      ),
    ).rejects.toBe(bug);
  });
});
