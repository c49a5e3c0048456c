import type { Composition } from '../compose.js';
import type { Terminal } from './terminal.js';

/** What every command gets. The environment is read only when a command needs the world. */
export interface CommandContext {
  compose(): Promise<Composition>;
  terminal: Terminal;
}
