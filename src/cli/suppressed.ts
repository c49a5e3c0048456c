import type { Command } from 'commander';
import { liftSuppressed } from '../engine/lift-suppressed.js';
import type { CommandContext } from './command-context.js';
import { formatCount, formatTable } from './print-table.js';

/** Shown at most; `--json` has them all. */
const listed = 200;

/** `suppressed`: mailboxes that do not exist, as their server said. No campaign writes to them. */
export function addSuppressedCommand(program: Command, { compose, terminal }: CommandContext): void {
  const group = program.command('suppressed').description('addresses that no campaign writes to any more');
  group
    .command('list')
    .description('show them')
    .option('--json', 'for scripts')
    .action(async ({ json }: { json?: boolean }) => {
      const { openDatabase } = await compose();
      const database = await openDatabase();
      try {
        const count = await database.control.countSuppressed();
        const addresses = await database.control.listSuppressed(json ? count : listed);
        if (json) return terminal.out(JSON.stringify({ count, addresses }, null, 2));
        if (count === 0) return terminal.out('No address is suppressed.');
        terminal.out(
          formatTable(
            ['Address', 'Since (UTC)', "Server's answer"],
            addresses.map(({ address, since, reply }) => [
              ...[address, since.toISOString().slice(0, 16).replace('T', ' ')],
              reply.length > 60 ? `${reply.slice(0, 59)}…` : reply,
            ]),
          ),
        );
        if (count > listed) terminal.out(`... and ${formatCount(count - listed)} more; --json has them all.`);
      } finally {
        await database.close();
      }
    });
  group
    .command('lift')
    .description('let campaigns write to an address again')
    .argument('<address>', 'mail address')
    .action(async (address: string) => {
      const { openDatabase } = await compose();
      const database = await openDatabase();
      try {
        const lifted = await liftSuppressed(address, database.control);
        terminal.out(lifted ? `${address} gets mail again, from the next step on.` : `${address} was not suppressed.`);
      } finally {
        await database.close();
      }
    });
}
