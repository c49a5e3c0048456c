import { closeSync, openSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { barOf, bothPolicies, type FaultRow, type Finding } from '../fault-row.js';
import { judge } from '../judge.js';
import { moveOnto, openSmallDisk, whyNoDisk } from '../small-disk.js';
import { allInFlight, type Stage } from '../stage.js';
import { complainAboutEnds, complainAboutMailsBetween } from '../watch.js';

const megabytes = 200;

/** A disk without a byte left, under the database. */
export const diskRows: FaultRow[] = [
  {
    row: '16',
    title: "the database's disk is full",
    runs: 2,
    queues: ['postgres'],
    policies: bothPolicies,
    bar: barOf([allInFlight, 0], { uncertain: [0, allInFlight] }),
    impossible: whyNoDisk,
    perform: (stage) => fillDiskUnder(stage.server.cluster, stage),
  },
  {
    row: '16b',
    title: "the disk of the database's WAL is full",
    runs: 2,
    queues: ['postgres'],
    policies: bothPolicies,
    bar: barOf([allInFlight, 0], { uncertain: [0, allInFlight] }),
    impossible: whyNoDisk,
    perform: (stage) => fillDiskUnder(join(stage.server.cluster, 'pg_wal'), stage),
  },
  {
    row: '51',
    title: 'the disk that the log goes to is full',
    runs: 1,
    queues: ['postgres'],
    policies: ['resend-once'],
    bar: barOf([0, 0]),
    impossible: whyNoDisk,
    perform: logOntoFullDisk,
  },
  {
    row: '51b',
    title: '10 MB of log, and nobody reads it',
    runs: 1,
    queues: ['postgres'],
    policies: ['resend-once'],
    bar: barOf([0, 0]),
    // A line a claim, of which there are at least 50 for 10,000 people.
    alterations: [
      {
        file: 'engine/deliver.js',
        text: "tell('claim.settled', {",
        becomes: "tell('claim.settled', { flood: 'x'.repeat(200_000),",
      },
    ],
    perform: logToNobody,
  },
];

async function fillDiskUnder(folder: string, stage: Stage): Promise<Finding> {
  const disk = await openSmallDisk(megabytes);
  try {
    stage.server.stop();
    await moveOnto(disk, folder);
    stage.server.start();
    await stage.launch();
    await stage.untilSunk(stage.people * (0.1 + 0.4 * stage.random()));
    disk.fill();
    await useUpWal(stage);
    const fullAt = Date.now();
    await sleep(2 * stage.leaseSeconds * 1000);
    const health = await stage.run('health');
    const roomAt = Date.now();
    const sunk = await stage.sink.count();
    disk.makeRoom();
    stage.server.start();
    const since = performance.now();
    await stage.untilSunk(sunk + 1);
    const recoverSeconds = (performance.now() - since) / 1000;
    const finding = await judge(stage);
    const complaints = [
      ...finding.complaints,
      ...complainAboutEnds(stage),
      ...(await complainAboutMailsBetween(stage, fullAt, roomAt, { underWayMs: 5_000 })),
      ...(health.code === 1 ? [] : [`health says of a full disk: ${health.out}`]),
    ];
    return { ...finding, complaints, recoverSeconds };
  } finally {
    stage.server.stop();
    await disk.close();
  }
}

/** The database has written a piece of its WAL ahead: somebody else uses that up, until nothing can be written. */
async function useUpWal({ stores }: Stage): Promise<void> {
  for (let piece = 0; piece < 2 * megabytes; piece += 1) {
    const full = await stores.pool
      .query(`SELECT pg_logical_emit_message(true, 'fault', repeat('x', 1000000))`)
      .catch((error: Error) => error);
    if (full instanceof Error) return;
  }
  throw new Error('the disk is full, and the database still writes');
}

async function logOntoFullDisk(stage: Stage): Promise<Finding> {
  const disk = await openSmallDisk(1);
  const log = join(disk.folder, 'fanfare.log');
  const stdout = openSync(log, 'a');
  try {
    disk.fill();
    await stage.fill();
    for (const role of ['scheduler', 'worker', 'worker'] as const) stage.start(role, { stdout });
    const finding = await judge(stage);
    const logged = statSync(log).size;
    const complaints = [
      ...finding.complaints,
      ...complainAboutEnds(stage),
      ...(logged > 0 ? [`the disk was not full: ${logged} bytes were logged`] : []),
    ];
    return { ...finding, complaints };
  } finally {
    closeSync(stdout);
    await disk.close();
  }
}

async function logToNobody(stage: Stage): Promise<Finding> {
  const started = await stage.launch();
  for (const { child } of started) child.stdout?.pause();
  const finding = await judge(stage);
  const complaints = [...finding.complaints, ...complainAboutEnds(stage)];
  for (const { child } of started) child.stdout?.resume();
  return { ...finding, complaints };
}
