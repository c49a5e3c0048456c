import type { Command } from 'commander';
import type { CommandContext } from './command-context.js';

export function addHealthCommand(program: Command, { compose, terminal }: CommandContext): void {
  program
    .command('health')
    .description('whether database and queue answer; for container health checks')
    .action(async () => {
      const { openDatabase, openDoorbell } = await compose();
      const database = await openDatabase();
      try {
        const doorbell = await openDoorbell(database);
        const rings = await doorbell.pending();
        await doorbell.close();
        terminal.out(`healthy: database and queue answer, ${rings} rings pending`);
      } finally {
        await database.close();
      }
    });
}
