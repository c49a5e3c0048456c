import { setTimeout as sleep } from 'node:timers/promises';
import { barOf, bothPolicies, bothQueues, type FaultRow } from '../fault-row.js';
import { judge } from '../judge.js';
import { allInFlight } from '../stage.js';
import { complainAboutEnds, complainAboutMailsBetween } from '../watch.js';

const crashes = 5;
/** Minutes in the matrix; what takes its time here is the lease that runs out, and that is 30 s at most. */
const outageMs = 75_000;
/** What was marked before the database went away may still be on its way to the server, on a busy machine. */
const underWayMs = 5_000;

/** A database that crashes or is away. */
export const databaseRows: FaultRow[] = [
  {
    row: '14',
    title: `PostgreSQL crashes ${crashes} times in one wave`,
    runs: 8,
    queues: bothQueues,
    policies: bothPolicies,
    bar: barOf([crashes * allInFlight, 0], { uncertain: [0, crashes * allInFlight] }),
    async perform(stage) {
      await stage.launch();
      for (let crash = 1; crash <= crashes; crash += 1) {
        await stage.untilSunk(stage.people * 0.18 * (crash - stage.random() / 2));
        stage.server.crash();
      }
      const finding = await judge(stage);
      return { ...finding, complaints: [...finding.complaints, ...complainAboutEnds(stage)] };
    },
  },
  {
    row: '15',
    title: `PostgreSQL is down for ${outageMs / 1000} s`,
    runs: 4,
    queues: bothQueues,
    policies: bothPolicies,
    bar: barOf([allInFlight, 0], { uncertain: [0, allInFlight] }),
    async perform(stage) {
      await stage.launch();
      await stage.untilSunk(stage.people * (0.1 + 0.6 * stage.random()));
      stage.server.stop();
      const downAt = Date.now();
      await sleep(outageMs);
      const sunk = await stage.sink.count();
      const upAt = Date.now();
      stage.server.start();
      const since = performance.now();
      await stage.untilSunk(sunk + 1);
      const recoverSeconds = (performance.now() - since) / 1000;
      const finding = await judge(stage);
      const complaints = [
        ...finding.complaints,
        ...complainAboutEnds(stage),
        ...(await complainAboutMailsBetween(stage, downAt, upAt, { underWayMs })),
      ];
      return { ...finding, complaints, recoverSeconds };
    },
  },
];
