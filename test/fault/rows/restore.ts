import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { barOf, bothPolicies, bothQueues, type FaultRow } from '../fault-row.js';
import { judge } from '../judge.js';
import type { Stage } from '../stage.js';

/** A database that comes back from a backup. */
export const restoreRows: FaultRow[] = [
  {
    row: '54',
    title: 'a backup is restored, and everything started again',
    runs: 4,
    queues: bothQueues,
    policies: bothPolicies,
    // Whatever was unsent when the backup was made is called uncertain: nobody can know.
    bar: barOf([0, 0], { uncertain: [10_000, 10_000] }),
    short: true,
    async perform(stage) {
      await stage.launch();
      await stage.untilSunk(stage.people * (0.1 + 0.2 * stage.random()));
      copy(stage, 'out');
      await stage.untilSunk(stage.people * (0.5 + 0.2 * stage.random()));
      // The witnesses look every two seconds.
      await sleep(3_000);
      for (const { child } of stage.running) child.kill('SIGTERM');
      await Promise.all(stage.running.splice(0).map(({ ended }) => ended));
      const sent = await stage.sink.count();
      copy(stage, 'back');

      const started = [stage.start('scheduler'), stage.start('worker'), stage.start('worker')];
      await Promise.all(started.map((each) => each.says(/"msg":"ready"/)));
      await sleep(5_000);
      const complaints: string[] = [];
      const again = (await stage.sink.count()) - sent;
      if (again > 0) complaints.push(`${again} mails were sent before anybody decided`);
      const told = await stage.run('status', 'test');
      if (!told.out.includes('older than what was sent'))
        complaints.push(`status does not say why nothing is sent: ${told.out}${told.err}`);

      const parked = await stage.run('restored', '--park', '--yes');
      if (parked.code !== 0) complaints.push(`restored --park failed: ${parked.err}`);
      const finding = await judge(stage);
      return { ...finding, complaints: [...complaints, ...finding.complaints] };
    },
  },
];

/** A copy of the server's files while it is down; its clients wait. */
function copy({ server, place }: Stage, direction: 'out' | 'back'): void {
  const backup = place.path('backup');
  const [from, to] = direction === 'out' ? [server.cluster, backup] : [backup, server.cluster];
  server.stop();
  execFileSync('rm', ['-rf', to]);
  execFileSync('cp', ['-a', from, to]);
  server.start();
}
