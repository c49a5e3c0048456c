import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { openScriptedSmtp } from '../../rig/scripted-smtp.js';
import { barOf, bothPolicies, type FaultRow, type Finding } from '../fault-row.js';
import { judge } from '../judge.js';
import { readAccepted } from '../sink.js';
import { allInFlight, inFlight, type Stage } from '../stage.js';
import { complainAboutEnds } from '../watch.js';

const pauses = 50;
/** From the last byte of a mail to the server's answer: longer than an import. */
const slowMs = 3_000;

/** A person stops, cancels, or learns of registrations in the middle of a wave. */
export const controlRows: FaultRow[] = [
  {
    row: '40',
    title: 'cancelled while it is being sent',
    runs: 4,
    queues: ['postgres'],
    policies: bothPolicies,
    bar: barOf([0, 0]),
    short: true,
    async perform(stage) {
      await stage.launch();
      await stage.untilSunk(stage.people * (0.2 + 0.2 * stage.random()));
      const { out } = await stage.run('cancel', 'test', '--yes');
      const sunk = await stage.sink.count();
      const { progress, cancelled } = await stage.untilSettled();
      const finding = await judge(stage, { cancelled: true });
      const after = (await stage.sink.count()) - sunk;
      const complaints = [
        ...finding.complaints,
        ...complainAboutEnds(stage),
        ...(after > allInFlight ? [`${after} mails were sent after it was cancelled, ${allInFlight} allowed`] : []),
        ...(progress === 'cancelled' && cancelled > 0
          ? []
          : [`${cancelled} messages are cancelled, and the step is ${progress}: ${out}`]),
      ];
      return { ...finding, complaints };
    },
  },
  {
    row: '41',
    title: `paused and resumed ${pauses} times`,
    runs: 2,
    queues: ['postgres'],
    policies: bothPolicies,
    bar: barOf([0, 0]),
    async perform(stage) {
      await stage.launch();
      const complaints: string[] = [];
      for (let pause = 1; pause <= pauses; pause += 1) {
        await stage.untilSunk(Math.ceil((stage.people * (pause - stage.random() / 2)) / (pauses + 1)));
        complaints.push(...(await pauseAndResume(stage, pause)));
      }
      const finding = await judge(stage);
      return { ...finding, complaints: [...finding.complaints, ...complaints, ...complainAboutEnds(stage)] };
    },
  },
  {
    row: '42',
    title: 'registrations arrive while their reminders go out',
    runs: 2,
    queues: ['postgres'],
    // Only reminders look at registrations.
    policies: ['park'],
    bar: barOf([0, 0]),
    short: true,
    perform: registerMeanwhile,
  },
  {
    row: '43',
    title: 'everybody registers while the server is slow to take their mails',
    runs: 2,
    queues: ['postgres'],
    policies: ['park'],
    bar: barOf([0, 0]),
    perform: registerTooLate,
  },
];

/** What the commands do, without the half second that a command takes to begin: the wave would be over. Twice is once. */
async function pauseAndResume({ stores: { control }, sink }: Stage, number: number): Promise<string[]> {
  const target = number % 2 === 0 ? { campaign: 'test' } : { sender: 'SMTP_URL' };
  const paused = [
    await control.pause(target, 'by hand', new Date()),
    await control.pause(target, 'by hand', new Date()),
  ];
  const before = await sink.count();
  await sleep(200);
  const after = (await sink.count()) - before;
  const resumed = [await control.resume(target), await control.resume(target)];
  return [
    ...(after > allInFlight ? [`${after} mails were sent while it was paused, ${allInFlight} allowed`] : []),
    ...(`${paused} ${resumed}` === 'true,false true,false' ? [] : [`paused ${paused}, resumed ${resumed}`]),
  ];
}

/**
 * People register in an order that has nothing to do with the list, and each report of them is imported while reminders
 * go out. A reminder that is dated after its person's import has ended was claimed after it, too.
 */
async function registerMeanwhile(stage: Stage): Promise<Finding> {
  // One mail at a time, so that the wave lasts long enough to meet many imports.
  const url = `smtp://127.0.0.1:${stage.sink.port}?connections=1&inFlight=1`;
  await stage.launch({ smtpUrl: url });
  const people = shuffle(
    Array.from({ length: stage.people }, (_, index) => `p${index + 1}@contoso.com`),
    stage.random,
  );
  const reports = 10;
  const registeredAt = new Map<string, number>();
  for (let report = 0; report < reports; report += 1) {
    const addresses = people.splice(0, Math.floor(stage.people / 2 / reports));
    const file = stage.place.path(`registered-${report}.csv`);
    await writeFile(file, `mail\n${addresses.join('\n')}\n`);
    const { code, err } = await stage.run('import', 'registrations', file, '--campaign', 'test');
    if (code !== 0) throw new Error(`the registrations were not imported: ${err}`);
    for (const address of addresses) registeredAt.set(address, Date.now());
  }
  const finding = await judge(stage, { suppressed: true });
  const mails = await stage.sink.mails();
  const wrong = mails.filter(({ to, date }) => Date.parse(date) > (registeredAt.get(to) ?? Number.POSITIVE_INFINITY));
  const meanwhile = mails.filter(({ to }) => registeredAt.has(to)).length;
  const { suppressed } = await stage.count();
  const complaints = [
    ...finding.complaints,
    ...(wrong.length > 0 ? [`${wrong.length} reminders went to people who had registered before`] : []),
    ...(suppressed.registered === registeredAt.size - meanwhile ? [] : ['somebody registered and was not spared']),
    // Otherwise it was no race: everybody had been reminded, or spared, before it began.
    ...(meanwhile > 0 && meanwhile < registeredAt.size ? [] : [`${meanwhile} of ${registeredAt.size} were reminded`]),
  ];
  return { ...finding, complaints };
}

/** What is with the server already cannot be called back: it is sent, and counted as that. */
async function registerTooLate(stage: Stage): Promise<Finding> {
  const smtp = await openScriptedSmtp({ dotDelayMs: slowMs });
  stage.alsoClose(() => smtp.close());
  await stage.launch({ smtpUrl: `${smtp.url}?connections=${inFlight}&inFlight=${inFlight}` });
  while (smtp.accepted.length === 0) await sleep(30);
  const file = stage.place.path('registered.csv');
  const everybody = Array.from({ length: stage.people }, (_, index) => `p${index + 1}@contoso.com`);
  await writeFile(file, `mail\n${everybody.join('\n')}\n`);
  const begunAt = Date.now();
  const { code, err } = await stage.run('import', 'registrations', file, '--campaign', 'test');
  const knownAt = Date.now();
  if (code !== 0) throw new Error(`the registrations were not imported: ${err}`);
  const finding = await judge(stage, { mails: readAccepted(smtp.accepted), suppressed: true });
  const { lateRegistrations } = await stage.count();
  const { out } = await stage.run('status', 'test');
  const answeredAfter = (instant: number) => smtp.accepted.filter(({ takenAt }) => takenAt + slowMs > instant).length;
  // It became known at some moment of the command.
  const least = answeredAfter(knownAt);
  const most = answeredAfter(begunAt);
  const isCounted = least > 0 && lateRegistrations >= least && lateRegistrations <= most;
  const complaints = [
    ...finding.complaints,
    ...(most > allInFlight * 2 ? [`${most} reminders were sent after everybody had registered`] : []),
    ...(isCounted ? [] : [`${lateRegistrations} late registrations are told, the server knows of ${least} to ${most}`]),
    ...(/whose registration came in/.test(out) ? [] : [`status does not tell them: ${out}`]),
  ];
  return { ...finding, complaints };
}

function shuffle<Item>(items: Item[], random: () => number): Item[] {
  return items
    .map((item) => ({ item, order: random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item);
}
