import { copyFile, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { openStores, type Stores } from '../../../src/adapters/postgres/open-stores.js';
import { quietLog } from '../../../src/engine/quiet-log.js';
import { exampleCampaign } from '../../cli/run-fanfare.js';
import { makePeople } from '../../rig/make-campaign.js';
import { openScriptedSmtp } from '../../rig/scripted-smtp.js';
import { barOf, bothPolicies, type FaultRow, type Finding } from '../fault-row.js';
import { judge } from '../judge.js';
import { readAccepted } from '../sink.js';
import type { Stage } from '../stage.js';
import { complainAboutEnds } from '../watch.js';

/** Beside the commands, which take most of their second to begin: these meet each other all the time. */
const callers = 32;
const commands = 8;
const stormMs = 40_000;
/** A connection each, so that they wait for rows and not for one another's connections. */
const callersAPool = 8;

/** Everybody changes everything at once while it is being sent. */
export const stormRows: FaultRow[] = [
  {
    row: '17',
    title: `${callers + commands} people change everything at once`,
    runs: 2,
    queues: ['postgres'],
    policies: bothPolicies,
    bar: barOf([0, 0]),
    perform: storm,
  },
];

async function storm(stage: Stage): Promise<Finding> {
  // Some mailboxes are full at first: so there is something to try again.
  const smtp = await openScriptedSmtp({
    rcpt: ({ to, attempt }) => (attempt < 3 && isFullAtFirst(to) ? '552 5.2.2 mailbox full' : '250 2.1.5 Ok'),
  });
  stage.alsoClose(() => smtp.close());
  await stage.launch({ smtpUrl: `${smtp.url}?connections=4&inFlight=4` });
  // A step that is open stays as it is, whatever is applied.
  while (smtp.accepted.length === 0) await sleep(30);
  const failures: string[] = [];
  const until = performance.now() + stormMs;
  const edit = async (work: () => Promise<unknown>) => {
    while (performance.now() < until)
      await work().catch((error: Error) => failures.push(`somebody was told: ${error.message}`));
  };
  const pools = await Promise.all(
    Array.from({ length: callers / callersAPool }, () => openStores(stage.server.connectionString, quietLog)),
  );
  try {
    await writeFiles(stage);
    await Promise.all([
      ...Array.from({ length: callers }, (_, index) => {
        const stores = pools[Math.floor(index / callersAPool)] ?? stage.stores;
        return edit(() => callSomething(stores, stage));
      }),
      ...Array.from({ length: commands }, () => edit(() => runSomething(stage))),
    ]);
  } finally {
    for (const pool of pools) await pool.close();
  }
  await calmDown(stage);
  const finding = await judge(stage, { mails: readAccepted(smtp.accepted) });
  return { ...finding, complaints: [...finding.complaints, ...complainAboutEnds(stage), ...new Set(failures)] };
}

function isFullAtFirst(address: string): boolean {
  return /^p\d*0@/.test(address);
}

/** One of the calls that the commands make. */
async function callSomething({ control, audience, campaigns }: Stores, { people, random }: Stage): Promise<void> {
  const now = new Date();
  const some = () => Array.from({ length: 50 }, () => 1 + Math.floor(random() * people));
  const target =
    random() < 0.5 ? { campaign: 'test' } : { campaign: 'test', step: stepOf(await campaigns.steps('test')) };
  const calls = [
    async () => {
      await control.pause(target, 'by hand', now);
      await sleep(50);
      await control.resume(target);
    },
    () => control.sendAgain('failed', { campaign: 'test' }, now),
    () => control.sendAgain('uncertain', { campaign: 'test' }, now),
    () => control.dismissUncertain({ campaign: 'test' }, now),
    () => audience.importRecipients('test', renamed(some()), { mode: 'add', consent: async () => true }),
    () =>
      audience.importRegistrations('test', registered(some()), {
        ...{ asOf: () => now, source: 'storm', now },
        consent: async () => random() < 0.5,
      }),
    async () => {
      const found = await campaigns.find('test');
      if (!found) throw new Error('the campaign is gone');
      const { definition, plan, content, version } = found;
      // Somebody else may have been quicker: false, and nothing is changed.
      await campaigns.save({ definition, plan, content, steps: [], expectedVersion: version, now });
    },
  ];
  await calls[Math.floor(random() * calls.length)]?.();
}

const stepOf = (steps: Array<{ id: string }>) => steps[0]?.id ?? '';

async function* renamed(numbers: number[]) {
  for await (const row of makePeople(Math.max(...numbers)))
    if (numbers.includes(row.line - 1)) yield { ...row, recipient: { ...row.recipient, firstName: `N${row.line}` } };
}

async function* registered(numbers: number[]) {
  for (const [index, number] of numbers.entries())
    yield { addressKey: `p${number}@contoso.com`, registered: true, line: index + 1 };
}

async function writeFiles(stage: Stage): Promise<void> {
  const { people, place, stores } = stage;
  const { definition } = (await stores.campaigns.find('test')) ?? {};
  await copyFile(exampleCampaign.replace(/[^/]+$/, 'contoso.png'), place.path('contoso.png'));
  // JSON is YAML.
  await writeFile(place.path('storm.yaml'), JSON.stringify({ ...definition, name: 'Reset it yourself' }));
  const numbers = Array.from({ length: people }, (_, index) => index + 1);
  const rows = numbers.map((number) => `p${number}@contoso.com,Person ${number}`);
  await writeFile(place.path('people.csv'), `mail,displayName\n${rows.join('\n')}\n`);
  await writeFile(
    place.path('registered.csv'),
    `mail\n${rows
      .slice(0, people / 20)
      .map((row) => row.split(',')[0])
      .join('\n')}\n`,
  );
}

/** One of the commands. @throws Error where it fails, unless somebody else was quicker with `apply` */
async function runSomething({ run, random }: Stage): Promise<void> {
  const choices = [
    ['apply', 'storm.yaml', '--yes'],
    ['import', 'recipients', 'people.csv', '--campaign', 'test', '--add'],
    ['import', 'registrations', 'registered.csv', '--campaign', 'test'],
    ['pause', '--sender', 'SMTP_URL'],
    ['resume', '--sender', 'SMTP_URL'],
    ['resume', 'test'],
    ['failed', 'retry', 'test', '--yes'],
    ['uncertain', 'resend', 'test', '--yes'],
    ['status', 'test'],
  ];
  const words = choices[Math.floor(random() * choices.length)] ?? [];
  const { code, err } = await run(...words);
  if (code !== 0 && !/^Somebody else has changed/m.test(err)) throw new Error(`${words.join(' ')}: ${err}`);
}

/** All that was stopped goes on, and all that failed is tried again. */
async function calmDown({ stores: { control }, count, untilSettled }: Stage): Promise<void> {
  const targets = [{ campaign: 'test' }, { sender: 'SMTP_URL' }];
  do {
    await control.sendAgain('failed', { campaign: 'test' }, new Date());
    for (const target of targets) await control.resume(target);
    const { id } = await count();
    await control.resume({ campaign: 'test', step: id });
    await untilSettled();
  } while ((await count()).failed > 0);
}
