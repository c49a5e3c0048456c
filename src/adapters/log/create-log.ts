import type { Writable } from 'node:stream';
import { pino } from 'pino';
import type { Log } from '../../engine/ports/log.js';

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
    : out;
  const options = { level, base: { pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime };
  const logger = stream ? pino(options, stream) : pino(options);
  return {
    info: (event, facts = {}) => logger.info(facts, event),
    warn: (event, facts = {}) => logger.warn(facts, event),
    error: (event, facts = {}) => logger.error(facts, event),
  };
}
