import type { Writable } from 'node:stream';
import { type DestinationStream, pino } from 'pino';
import type { Log } from '../../engine/ports/log.js';

/** Characters that a reader may leave unread; what comes beyond is dropped, since the work is worth more than its log. */
const mostUnread = 1_000_000;

/**
 * Lines of JSON for machines, readable ones for a terminal; to stdout where `out` is left out. Whoever calls it passes
 * no address, name or secret.
 */
export async function createLog(level: string, terminal: boolean, out?: Writable): Promise<Log> {
  // The pretty printer is only loaded where somebody looks.
  const stream = terminal
    ? (await import('pino-pretty')).default({
        colorize: true,
        ignore: 'pid,hostname',
        translateTime: 'SYS:HH:MM:ss',
        sync: true,
        ...(out && { destination: out }),
      })
    : writeWherePossible(out ?? process.stdout);
  const options = { level, base: { pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime };
  const logger = pino(options, stream);
  return {
    info: (event, facts = {}) => logger.info(facts, event),
    warn: (event, facts = {}) => logger.warn(facts, event),
    error: (event, facts = {}) => logger.error(facts, event),
  };
}

/** pino's own way to stdout waits for a full disk until it has room again, and all of the engine with it. */
function writeWherePossible(out: Writable): DestinationStream {
  // Told to nobody: where the log cannot be written, that cannot be either.
  out.on('error', () => {});
  return {
    write(line) {
      if (out.writableLength < mostUnread) out.write(line);
    },
  };
}
