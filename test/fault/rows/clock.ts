import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { barOf, bothQueues, type FaultRow, type Finding } from '../fault-row.js';
import { judge } from '../judge.js';
import type { Stage } from '../stage.js';
import { complainAboutEnds } from '../watch.js';

const faketime = [
  '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1',
  '/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1',
].find((path) => existsSync(path));

const hour = 3_600_000;
const day = 24 * hour;

const wrongClock = {
  runs: 2,
  queues: bothQueues,
  // No mail becomes uncertain by it, so the policies do not differ.
  policies: ['resend-once'],
  bar: barOf([0, 0]),
  impossible: () => (faketime ? undefined : 'libfaketime is not installed (apt-get install faketime)'),
} satisfies Partial<FaultRow>;

/** Time that is wrong on one machine, and time that passed while nothing was running. */
export const clockRows: FaultRow[] = [
  {
    ...wrongClock,
    row: '33',
    title: 'the clock of one machine is 3 h fast',
    perform: (stage) => sendBesideWrongClock(stage, ['+3h']),
  },
  {
    ...wrongClock,
    row: '33b',
    title: 'the clock of one machine is 4 h slow',
    perform: (stage) => sendBesideWrongClock(stage, ['-4h']),
  },
  {
    ...wrongClock,
    row: '33c',
    title: 'the clock of one machine is set twice in one wave',
    perform: (stage) => sendBesideWrongClock(stage, ['+0', '+3h', '-4h']),
  },
  {
    row: '39',
    title: 'down across the due time, up again within 2 h of it',
    runs: 2,
    queues: ['postgres'],
    policies: ['resend-once'],
    bar: barOf([0, 0]),
    async perform(stage) {
      await missDueTime(stage, 2 * hour - 60_000);
      return judge(stage);
    },
  },
  {
    row: '39b',
    title: 'down across the due time for 3 d: held until a person releases it',
    runs: 2,
    queues: ['postgres'],
    policies: ['resend-once'],
    bar: barOf([0, 0]),
    async perform(stage) {
      await missDueTime(stage, 3 * day);
      await sleep(10_000);
      const sentUnasked = await stage.sink.count();
      const { out } = await stage.run('status', 'test');
      await stage.run('release', 'test', '--step', 'available-now');
      const finding = await judge(stage);
      return {
        ...finding,
        complaints: [
          ...finding.complaints,
          ...(sentUnasked > 0 ? [`${sentUnasked} mails were sent days late without asking`] : []),
          ...(/its time passed more than 2 hours ago/.test(out) ? [] : [`status does not tell it: ${out}`]),
        ],
      };
    },
  },
];

/** A scheduler and a worker on a machine with a wrong clock, beside a pair with a right one; a step that is still to come. */
async function sendBesideWrongClock(stage: Stage, offsets: string[]): Promise<Finding> {
  const offsetFile = stage.place.path('faketime');
  await writeFile(offsetFile, `${offsets[0]}\n`);
  const environment = {
    LD_PRELOAD: faketime ?? '',
    FAKETIME_TIMESTAMP_FILE: offsetFile,
    FAKETIME_NO_CACHE: '1',
    // A machine whose clock is wrong still counts seconds as they pass.
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    DONT_FAKE_MONOTONIC: '1',
  };
  const sendAt = new Date(Date.now() + 15_000);
  await stage.fill({ sendAt });
  const wrong = [stage.start('scheduler', { environment }), stage.start('worker', { environment })];
  await Promise.all(
    [...wrong, stage.start('scheduler'), stage.start('worker')].map(({ says }) => says(/"msg":"ready"/)),
  );
  for (const [index, offset] of offsets.entries()) {
    if (index === 0) continue;
    await stage.untilSunk((stage.people * (index - stage.random() / 2)) / offsets.length);
    await writeFile(offsetFile, `${offset}\n`);
  }
  const finding = await judge(stage);
  const mails = await stage.sink.mails();
  const early = mails.filter(({ takenAt }) => takenAt < sendAt.getTime()).length;
  // A header tells whole seconds, and the last mail is written a moment before it is taken.
  const misdated = mails.filter(({ date, takenAt }) => Math.abs(Date.parse(date) - takenAt) > 60_000).length;
  return {
    ...finding,
    complaints: [
      ...finding.complaints,
      ...complainAboutEnds(stage),
      ...(early > 0 ? [`${early} mails were sent early`] : []),
      ...(misdated > 0 ? [`${misdated} mails are dated by the wrong clock`] : []),
      ...(wrong.some(({ output }) => hasWrongClock(output())) ? [] : ['no clock was wrong']),
    ],
  };
}

/** The fault is there: what the process logs is dated hours away. */
function hasWrongClock(log: string): boolean {
  const times = [...log.matchAll(/"time":"([^"]+)"/g)].map(([, time = '']) => Date.parse(time));
  return times.some((time) => Math.abs(time - Date.now()) > hour);
}

/** The engine goes down before the step is due and comes up again this long after. */
async function missDueTime(stage: Stage, lateMs: number): Promise<void> {
  const before = await stage.launch({ sendAt: new Date(Date.now() + hour) });
  for (const { child } of before) child.kill('SIGTERM');
  await Promise.all(before.map(({ ended }) => ended));
  stage.running.length = 0;
  await stage.stores.pool.query('UPDATE step_groups SET expires_at = expires_at - (send_at - $1), send_at = $1', [
    new Date(Date.now() - lateMs),
  ]);
  await Promise.all([stage.start('scheduler'), stage.start('worker')].map(({ says }) => says(/"msg":"ready"/)));
}
