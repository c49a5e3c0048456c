#!/usr/bin/env node
import { runCommandLine } from './cli/program.js';
import { createTerminal } from './cli/terminal.js';
import { compose } from './compose.js';
import { readConfig } from './config.js';

process.exitCode = await runCommandLine(process.argv, {
  compose: () => compose(readConfig()),
  terminal: createTerminal(process),
});
