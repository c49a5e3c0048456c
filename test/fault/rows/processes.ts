import { setTimeout as sleep } from 'node:timers/promises';
import { barOf, bothPolicies, bothQueues, type FaultRow } from '../fault-row.js';
import { judge } from '../judge.js';
import { allInFlight, inFlight } from '../stage.js';

/** Processes that die, freeze or are told to go. */
export const processRows: FaultRow[] = [
  {
    row: '1',
    title: 'kill -9 of one worker',
    runs: 20,
    queues: bothQueues,
    policies: bothPolicies,
    bar: barOf([inFlight, 0], { uncertain: [0, inFlight], recoverSeconds: 60 }),
    short: true,
    needsFence: true,
    async perform(stage) {
      const [, worker] = await stage.launch();
      await stage.untilSunk(stage.people * (0.1 + 0.6 * stage.random()));
      worker?.child.kill('SIGKILL');
      const recoverSeconds = await stage.untilLeasesGone();
      return { ...(await judge(stage)), recoverSeconds };
    },
  },
  {
    row: '2',
    title: 'kill -9 of everything, 10 times in one wave',
    runs: 20,
    queues: bothQueues,
    policies: bothPolicies,
    bar: barOf([10 * allInFlight, 0], { uncertain: [0, 10 * allInFlight] }),
    async perform(stage) {
      await stage.launch();
      for (let kill = 1; kill <= 10; kill += 1) {
        await stage.untilSunk(stage.people * 0.09 * (kill - stage.random() / 2));
        for (const { child } of stage.running) child.kill('SIGKILL');
        await Promise.all(stage.running.splice(0).map(({ ended }) => ended));
        stage.start('scheduler');
        stage.start('worker');
        stage.start('worker');
      }
      const recoverSeconds = await stage.untilLeasesGone();
      return { ...(await judge(stage)), recoverSeconds };
    },
  },
  {
    row: '4',
    title: 'a worker stopped for 3 leases wakes up again',
    runs: 20,
    queues: bothQueues,
    policies: bothPolicies,
    bar: barOf([inFlight, 0], { uncertain: [0, inFlight] }),
    async perform(stage) {
      const [, worker] = await stage.launch();
      await stage.untilSunk(stage.people * (0.1 + 0.6 * stage.random()));
      worker?.child.kill('SIGSTOP');
      await sleep(3 * stage.leaseSeconds * 1000);
      worker?.child.kill('SIGCONT');
      return judge(stage);
    },
  },
];
