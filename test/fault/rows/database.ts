import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Ended } from '../../cli/run-fanfare.js';
import { barOf, bothPolicies, bothQueues, type FaultRow, type Finding } from '../fault-row.js';
import { judge } from '../judge.js';
import { allInFlight, type Stage } from '../stage.js';
import { complainAboutEnds, complainAboutMailsBetween } from '../watch.js';

const crashes = 5;
/** Minutes in the matrix; what takes its time here is the lease that runs out, and that is 30 s at most. */
const outageMs = 75_000;
/** What was marked before the database went away may still be on its way to the server, on a busy machine. */
const underWayMs = 5_000;

const connections = 10;
const exhaustedMs = 20_000;

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
  {
    row: '18',
    title: `PostgreSQL takes ${connections} connections and no more`,
    runs: 4,
    queues: bothQueues,
    policies: bothPolicies,
    bar: barOf([0, 0]),
    // Longer than nobody gets a connection: what the server has answered is written down all the same.
    leaseSeconds: 30,
    perform: exhaustConnections,
  },
];

/**
 * The engine has hardly enough connections, then somebody else takes every one that it lets go. Whoever comes then is
 * told why at once; whoever is there goes on as soon as there is room. One worker: with two, the last to come could not
 * even begin.
 */
async function exhaustConnections(stage: Stage): Promise<Finding> {
  const { stores, server } = stage;
  await stores.pool.query(`ALTER SYSTEM SET max_connections = ${connections}`);
  server.crash();
  const calm = await stage.run('health');
  await stage.launch({ workers: 1 });
  await stage.untilSunk(stage.people * (0.1 + 0.3 * stage.random()));
  const taking = takeEveryConnection(server.connectionString);
  await sleep(exhaustedMs / 2);
  const health = await endsInTime(stage.run('health'));
  const status = await endsInTime(stage.run('status', 'test'));
  const worker = await endsInTime(stage.start('worker').ended);
  stage.running.pop();
  await sleep(exhaustedMs / 2);
  await taking.stop();
  const finding = await judge(stage);
  const waitedMs = health.tookMs - calm.tookMs;
  const wrong = [health, status, worker].filter(({ code, err }) => code !== 1 || !/too many clients/.test(err));
  const complaints = [
    ...finding.complaints,
    ...complainAboutEnds(stage),
    ...(waitedMs > 1_000 ? [`health waited for ${Math.round(waitedMs)} ms`] : []),
    ...wrong.map(({ code, out, err }) => `not told of it, but ended with ${code}: ${out}${err}`),
  ];
  return { ...finding, complaints };
}

/** @throws Error where it hangs */
async function endsInTime(ended: Promise<Ended>): Promise<Ended> {
  const hung = sleep(30_000, undefined, { ref: false }).then(() => {
    throw new Error('a command hangs while there are no connections');
  });
  return Promise.race([ended, hung]);
}

/** All that are left, and each one that is let go, until it is stopped. */
function takeEveryConnection(connectionString: string): { stop(): Promise<void> } {
  const taken: pg.Client[] = [];
  let stopped = false;
  const taking = (async () => {
    while (!stopped) {
      const client = new pg.Client({ connectionString });
      client.on('error', () => {});
      await client.connect().then(
        () => taken.push(client),
        () => sleep(20),
      );
    }
  })();
  return {
    async stop() {
      stopped = true;
      await taking;
      await Promise.all(taken.map((client) => client.end()));
    },
  };
}
