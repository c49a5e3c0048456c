#!/usr/bin/env node
import { runCommandLine } from './cli/program.js';
import { createTerminal } from './cli/terminal.js';

process.exitCode = await runCommandLine(process.argv, {
  // Loaded where a command wants the world: `fanfare --version` and the help answer without it.
  async compose() {
    const [{ compose }, { readConfig }] = await Promise.all([import('./compose.js'), import('./config.js')]);
    return compose(readConfig());
  },
  terminal: createTerminal(process),
});
