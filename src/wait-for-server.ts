import { setTimeout as sleep } from 'node:timers/promises';
import { Unavailable } from './campaign/problem.js';

/** What a server that is starting, restarting or not yet known to the network answers. */
const comingUp =
  /ECONNREFUSED|ECONNRESET|EPIPE|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|57P0[123]|timeout|Connection terminated|Connection is closed|LOADING/i;

/**
 * Open something on a server. With `onWait` a server that is not there yet is waited for, and that is said once; a
 * server that refuses us (a wrong password, a wrong database) is an error at once either way.
 * `stop` ends the waiting with an `AbortError`.
 * @throws Unavailable with the reason, without addresses of servers that may hold passwords
 */
export async function waitForServer<Opened>(
  name: string,
  open: () => Promise<Opened>,
  onWait: ((message: string) => void) | undefined,
  stop?: AbortSignal,
): Promise<Opened> {
  let told = false;
  for (;;) {
    try {
      return await open();
    } catch (error) {
      const reason = describeReason(error);
      // First, since a server's words may hold anything: a role may be called "timeout".
      if (isRefusal(error)) throw new Unavailable(`${name} refuses us: ${reason}`, { cause: error });
      if (!comingUp.test(reason)) throw error;
      if (!onWait) throw new Unavailable(`${name} does not answer: ${reason}`, { cause: error });
      if (!told) onWait(`${name} does not answer yet (${reason}); waiting for it`);
      told = true;
      await sleep(1_000, undefined, { signal: stop });
    }
  }
}

/** A refused connection to a name with two addresses is an AggregateError without a message of its own. */
function describeReason(error: unknown): string {
  if (error instanceof AggregateError && !error.message) return error.errors.map(({ message }) => message).join('; ');
  const { code, message } = error as NodeJS.ErrnoException;
  return code && !message.includes(code) ? `${message} (${code})` : message;
}

/** PostgreSQL: going down, crashed, coming up (postgresql.org/docs/current/errcodes-appendix.html, class 57). */
const passing = new Set(['57P01', '57P02', '57P03']);

/** The server itself speaks: a code of PostgreSQL's (five characters; none begins with E, as EPIPE does) or Redis's. */
function isRefusal(error: unknown): boolean {
  const code = String((error as { code?: unknown }).code ?? '');
  if (/^(NOAUTH|WRONGPASS|NOPERM|ERR)\b/.test((error as Error).message)) return true;
  return /^(?!E)[0-9A-Z]{5}$/.test(code) && !passing.has(code);
}
