import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { BadInput, Unavailable } from '../campaign/problem.js';
import { addApplyCommand } from './apply.js';
import type { CommandContext } from './command-context.js';
import { addDemoCommand } from './demo.js';
import { addHealthCommand } from './health.js';
import { addImportCommand } from './import.js';
import { addPlanCommand } from './plan.js';
import { addPreviewCommand } from './preview.js';
import { addReportCommand } from './report.js';
import { addSchemaCommand } from './schema.js';
import { addSimulateCommand } from './simulate.js';
import { addStartCommands } from './start.js';
import { addStatusCommand } from './status.js';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** Exit codes: 0 done, 1 failed, 2 bad input. */
export async function runCommandLine(argv: string[], context: CommandContext): Promise<number> {
  const program = new Command('fanfare')
    .description('E-mail campaigns for rollouts: type the launch date, Fanfare does the rest.')
    .version(version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.terminal.out(text.trimEnd()),
      writeErr: (text) => context.terminal.err(text.trimEnd()),
    })
    .showSuggestionAfterError()
    .showHelpAfterError('(fanfare help tells all commands)');
  // In the order in which a campaign comes to life.
  addPlanCommand(program, context);
  addPreviewCommand(program, context);
  addSimulateCommand(program, context);
  addApplyCommand(program, context);
  addImportCommand(program, context);
  addStartCommands(program, context);
  addStatusCommand(program, context);
  addReportCommand(program, context);
  addSchemaCommand(program, context);
  addHealthCommand(program, context);
  addDemoCommand(program, context);
  try {
    await program.parseAsync(argv);
    return 0;
  } catch (error) {
    return tellFailure(error, context);
  }
}

function tellFailure(error: unknown, { terminal }: CommandContext): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof BadInput) {
    terminal.err(error.message);
    return 2;
  }
  if (error instanceof Unavailable) {
    terminal.err(error.message);
    return 1;
  }
  terminal.err(`Fanfare failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  return 1;
}
