import type { Log } from './ports/log.js';

/** For commands that answer on the terminal and keep no log. */
export const quietLog: Log = { info: () => {}, warn: () => {}, error: () => {} };
