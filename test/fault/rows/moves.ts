import { setTimeout as sleep } from 'node:timers/promises';
import { barOf, bothPolicies, bothQueues, type FaultRow, type Finding } from '../fault-row.js';
import { openFaultySmtp } from '../faulty-smtp.js';
import { judge } from '../judge.js';
import { allInFlight, type Stage } from '../stage.js';
import { complainAboutEnds } from '../watch.js';

/** Every campaign of the rig launches on 2027-01-12, whatever instant its step was given. */
const later = '2027-03-16';
const dayMs = 86_400_000;

/** The launch date moves. */
export const moveRows: FaultRow[] = [
  {
    row: '36',
    title: 'launch date moved before the step is due',
    runs: 2,
    queues: bothQueues,
    policies: ['resend-once'],
    bar: barOf([0, 0]),
    people: 2_000,
    short: true,
    async perform(stage) {
      await stage.launch({ sendAt: new Date(Date.now() + 15_000) });
      const { out, code } = await stage.run('move', 'test', later, '--yes');
      await sleep(20_000);
      const sent = await stage.sink.count();
      const complaints = [
        ...complainAboutEnds(stage),
        ...(code === 0 ? [] : [`the move failed: ${out}`]),
        ...(sent > 0 ? [`${sent} mails were sent at the old date`] : []),
        ...(await complainAboutVersions(stage)),
      ];
      return { lost: 0, duplicated: 0, uncertain: 0, complaints };
    },
  },
  {
    row: '37',
    title: 'launch date moved while the step is being sent',
    runs: 4,
    queues: bothQueues,
    policies: bothPolicies,
    bar: barOf([0, 0]),
    people: 2_000,
    short: true,
    perform: moveWhileSending,
  },
  {
    row: '38',
    title: 'moved so that the due date is past: held until a person releases it',
    runs: 2,
    queues: ['postgres'],
    policies: ['resend-once'],
    bar: barOf([0, 0]),
    people: 2_000,
    async perform(stage) {
      const steps = [{ kind: 'available-now', offset: '-9d' }];
      await stage.launch({ sendAt: new Date(Date.now() + 3_600_000), campaign: { steps } });
      // Launching in a few days, nine days before is over.
      const soon = new Date(Date.now() + 4 * dayMs).toISOString().slice(0, 10);
      const { out, code } = await stage.run('move', 'test', soon, '--yes', '--accept', 'launch-day-off');
      await sleep(10_000);
      const sentUnasked = await stage.sink.count();
      await stage.run('release', 'test', '--step', 'available-now');
      await stage.untilSunk(stage.people);
      const finding = await judge(stage);
      return {
        ...finding,
        complaints: [
          ...finding.complaints,
          ...(code === 0 && /not sent by itself/.test(out) ? [] : [`the move does not tell it: ${out}`]),
          ...(sentUnasked > 0 ? [`${sentUnasked} mails were sent without asking`] : []),
        ],
      };
    },
  },
];

/** What is in flight ends, the rest is held; a person lets it go, and everybody has it once. */
async function moveWhileSending(stage: Stage): Promise<Finding> {
  // Slow enough that a command finds the wave still going.
  const smtp = await openFaultySmtp(stage, { dotDelayMs: 60 });
  await stage.launch({ smtpUrl: smtp.workerUrl });
  while (smtp.accepted.length < stage.people * (0.2 + 0.2 * stage.random())) await sleep(20);
  const { out, code } = await stage.run('move', 'test', later, '--yes');
  const sunk = smtp.accepted.length;
  await sleep(5_000);
  const after = smtp.accepted.length - sunk;
  const held = await stage.count();
  const versions = await complainAboutVersions(stage);
  await stage.run('resume', 'test', '--step', held.id);
  await stage.untilSettled();
  const finding = await judge(stage, { mails: smtp.mails() });
  return {
    ...finding,
    complaints: [
      ...finding.complaints,
      ...complainAboutEnds(stage),
      ...versions,
      ...(code === 0 ? [] : [`the move failed: ${out}`]),
      ...(after > allInFlight ? [`${after} mails were sent after the move, ${allInFlight} allowed`] : []),
      ...(held.progress === 'held' ? [] : [`the rest is ${held.progress}, not held`]),
    ],
  };
}

/** Both dates can be looked up, with the reason. */
async function complainAboutVersions({ stores }: Stage): Promise<string[]> {
  const told = (await stores.campaigns.versions('test')).map(({ launchDate, because }) => `${launchDate} ${because}`);
  const wanted = ['2027-01-12 applied', `${later} launch date moved from 2027-01-12 to ${later}`];
  return told.join() === wanted.join() ? [] : [`the versions are ${told.join(', ')}`];
}
