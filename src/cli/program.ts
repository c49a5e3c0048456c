import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { BadInput, Unavailable } from '../campaign/problem.js';
import type { CommandContext } from './command-context.js';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

type AddCommand = (program: Command, context: CommandContext) => void;

/** In the order in which a campaign comes to life. Each is loaded where it is asked for, which keeps the others quick. */
const commands: Readonly<Record<string, () => Promise<AddCommand>>> = {
  plan: async () => (await import('./plan.js')).addPlanCommand,
  preview: async () => (await import('./preview.js')).addPreviewCommand,
  simulate: async () => (await import('./simulate.js')).addSimulateCommand,
  apply: async () => (await import('./apply.js')).addApplyCommand,
  import: async () => (await import('./import.js')).addImportCommand,
  start: async () => (await import('./start.js')).addStartCommand,
  scheduler: async () => (await import('./start.js')).addSchedulerCommand,
  worker: async () => (await import('./start.js')).addWorkerCommand,
  status: async () => (await import('./status.js')).addStatusCommand,
  report: async () => (await import('./report.js')).addReportCommand,
  pause: async () => (await import('./control.js')).addPauseCommand,
  resume: async () => (await import('./control.js')).addResumeCommand,
  cancel: async () => (await import('./control.js')).addCancelCommand,
  move: async () => (await import('./move.js')).addMoveCommand,
  ring: async () => (await import('./ring.js')).addRingCommand,
  go: async () => (await import('./ring.js')).addGoCommand,
  tickets: async () => (await import('./ring.js')).addTicketsCommand,
  release: async () => (await import('./control.js')).addReleaseCommand,
  uncertain: async () => (await import('./stopped.js')).addUncertainCommand,
  failed: async () => (await import('./stopped.js')).addFailedCommand,
  suppressed: async () => (await import('./suppressed.js')).addSuppressedCommand,
  restored: async () => (await import('./restored.js')).addRestoredCommand,
  schema: async () => (await import('./schema.js')).addSchemaCommand,
  health: async () => (await import('./health.js')).addHealthCommand,
  demo: async () => (await import('./demo.js')).addDemoCommand,
};

/** The one that is asked for; all of them where the help, or a guess at a misspelt one, needs to know them. */
function listWanted(word: string | undefined): Array<() => Promise<AddCommand>> {
  if (word === '--version' || word === '-V') return [];
  const one = word !== undefined && Object.hasOwn(commands, word) ? commands[word] : undefined;
  return one ? [one] : Object.values(commands);
}

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
  for (const load of listWanted(argv[2])) (await load())(program, context);
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
  // PostgreSQL's own words (five-character codes), such as a full disk: nothing that a stack trace would explain.
  if (error instanceof Error && /^[0-9A-Z]{5}$/.test(String((error as { code?: unknown }).code ?? ''))) {
    terminal.err(`The database cannot do this: ${error.message}. Nothing of this command has been kept.`);
    return 1;
  }
  terminal.err(`Fanfare failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  return 1;
}
