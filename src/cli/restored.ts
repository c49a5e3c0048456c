import type { Command } from 'commander';
import { BadInput } from '../campaign/problem.js';
import { quietLog } from '../engine/quiet-log.js';
import { checkForRestore } from '../engine/restore-guard.js';
import type { CommandContext } from './command-context.js';
import { formatNumber } from './print-table.js';

interface RestoredOptions {
  park?: boolean;
  accept?: boolean;
  yes?: boolean;
}

/** `restored`: what to do about a database that is older than what was sent from it. */
export function addRestoredCommand(program: Command, { compose, terminal }: CommandContext): void {
  program
    .command('restored')
    .description('after a backup was restored: see what may have gone out, and decide')
    .option('--park', 'call uncertain what may have gone out since the backup; the rest goes on')
    .option('--accept', 'believe the database: what it calls unsent is sent')
    .option('--yes', 'do not ask')
    .action(async ({ park, accept, yes }: RestoredOptions) => {
      if (park && accept) throw new BadInput('Say --park or --accept, not both.');
      const world = await compose();
      const database = await world.openDatabase();
      const witnesses = await world.openWitnesses();
      try {
        const { restores, clock } = database;
        // Also before anything is started: that is when one looks.
        await checkForRestore({ restores, clock, witnesses, log: quietLog });
        const found = await restores.find();
        if (!found) return terminal.out('The database knows everything that was sent from it.');
        const until = `${found.until.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
        const messages = formatNumber(found.messages, 'message', 'messages');
        terminal.out(
          `The database was restored from a backup. Mails went out until ${until} that it knows nothing of. ` +
            `It takes ${messages} for unsent that were due by then; nothing is sent until you decide.`,
        );
        if (!park && !accept) {
          return terminal.out(
            [
              '',
              'fanfare restored --park     calls these uncertain; see them with: fanfare uncertain list ID --reason restored',
              'fanfare restored --accept   sends them: people who have them already get them twice',
            ].join('\n'),
          );
        }
        const question = park ? `Call ${messages} uncertain, and go on?` : `Send ${messages}, some perhaps twice?`;
        if (!yes && !(await terminal.ask(question)))
          throw new BadInput('Nothing has been changed. Say yes, or --yes where nobody can answer.');
        if (accept) {
          await restores.accept();
          return terminal.out('Everything goes on as the database has it.');
        }
        const parked = await restores.park(await clock.now());
        terminal.out(`${formatNumber(parked, 'message is', 'messages are')} uncertain now; everything else goes on.`);
      } finally {
        for (const witness of witnesses) await witness.close();
        await database.close();
      }
    });
}
