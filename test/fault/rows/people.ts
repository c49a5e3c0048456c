import { writeCampaign, writeText } from '../../cli/contoso.js';
import type { Ended } from '../../cli/run-fanfare.js';
import { comeDue } from '../come-due.js';
import { barOf, type FaultRow } from '../fault-row.js';
import { judgeBy, openFaultySmtp } from '../faulty-smtp.js';
import { judge } from '../judge.js';
import type { Stage } from '../stage.js';

/** Every run of a command at once: a double click, or a script that tries again. */
const atOnce = 20;

/** What people do twice, and lists that name people twice. */
export const peopleRows: FaultRow[] = [
  {
    row: '46',
    title: 'a list that names 500 people twice or more',
    runs: 2,
    queues: ['postgres'],
    policies: ['park', 'resend-once'],
    bar: barOf([0, 0]),
    people: 1_000,
    async perform(stage) {
      await stage.apply();
      const list = await writeText(stage.place.folder, 'people.csv', listWithAliases(stage.people));
      const imported = await stage.run('import', 'recipients', list, '--campaign', 'test');
      stage.start('scheduler');
      stage.start('worker');
      const finding = await judge(stage);
      const complaints: string[] = [];
      const twice = Math.floor(stage.people / 2);
      if (!imported.out.includes(`Named twice: ${twice} rows`))
        complaints.push(`the import did not tell of ${twice} rows: ${imported.out}${imported.err}`);
      // Also at another address that is the same person's.
      const numbers = (await stage.sink.mails()).map(({ to }) => numberOf(to));
      const extra = numbers.length - new Set(numbers).size;
      if (extra > 0) complaints.push(`${extra} extra mails`);
      return { ...finding, complaints: [...complaints, ...finding.complaints] };
    },
  },
  {
    row: '57',
    title: `${atOnce} times at once: apply, import, resume, failed retry`,
    runs: 2,
    queues: ['postgres'],
    policies: ['park', 'resend-once'],
    bar: barOf([0, 0]),
    people: 1_000,
    async perform(stage) {
      const refused = Math.round(stage.people / 50);
      const isRefused = (to: string) => numberOf(to) <= refused;
      const smtp = await openFaultySmtp(stage, {
        rcpt: ({ to, attempt }) => (isRefused(to) && attempt === 1 ? '552 5.2.2 mailbox full' : '250 2.1.5 ok'),
        // Long enough for it to be paused in the middle.
        dotDelayMs: 50,
      });
      const complaints: string[] = [];
      const tryAtOnce = async (...args: string[]) => {
        const ends = await Promise.all(Array.from({ length: atOnce }, () => stage.run(...args)));
        complaints.push(...ends.filter(isCrash).map(({ out, err }) => `${args[0]}: ${out}${err}`));
        return ends;
      };
      const applied = await tryAtOnce('apply', await writeOneStep(stage), '--yes');
      if (applied.filter(({ out }) => out.includes('is applied')).length !== 1)
        complaints.push('the campaign was not applied exactly once');
      const list = await writeText(stage.place.folder, 'people.csv', plainList(stage.people));
      await tryAtOnce('import', 'recipients', list, '--campaign', 'test');
      await comeDue(stage);
      const launch = { smtpUrl: smtp.workerUrl };
      const started = [stage.start('scheduler', launch), stage.start('worker', launch), stage.start('worker', launch)];
      await smtp.untilKept(stage.people / 4);
      await stage.run('pause', 'test');
      await tryAtOnce('resume', 'test');
      await stage.untilSettled();
      const { failed } = await stage.count();
      if (failed !== refused) complaints.push(`${failed} failed, ${refused} expected`);
      const retried = await tryAtOnce('failed', 'retry', 'test', '--yes');
      const told = retried.reduce((sum, { out }) => sum + Number(/Retry: ([\d,]+)/.exec(out)?.[1] ?? 0), 0);
      if (told !== refused) complaints.push(`${told} are told to be tried again, ${refused} expected`);
      const finding = await judgeBy(stage, smtp, { complaints });
      const opened = started
        .map(({ output }) => output())
        .join('')
        .match(/"msg":"step.opened"/g)?.length;
      if (opened !== 1) finding.complaints.push(`the step was opened ${opened} times`);
      const offered = smtp.offers.length;
      if (offered !== stage.people + refused)
        finding.complaints.push(`${offered} mails were offered, ${stage.people + refused} expected`);
      return finding;
    },
  },
];

/** As `p7@...`, `alias7@...`. */
function numberOf(address: string): number {
  return Number(/\d+/.exec(address)?.[0]);
}

const header = 'mail,displayName,objectId';
const objectIdOf = (number: number) => `00000000-0000-4000-a000-${String(number).padStart(12, '0')}`;

function plainList(people: number): string {
  const rows = Array.from({ length: people }, (_, index) => `p${index + 1}@contoso.com,Person ${index + 1},`);
  return `${[header, ...rows].join('\n')}\n`;
}

/** Everybody once, and then every second one again, each time in another of the ways in which directories do it. */
function listWithAliases(people: number): string {
  const once: string[] = [];
  const again: string[] = [];
  for (let number = 1; number <= people; number += 1) {
    const id = objectIdOf(number);
    const [first, second] = [
      [`p${number}@contoso.com,Person ${number},`, `P${number}@Contoso.COM,Person ${number},`],
      [`p${number}@contoso.com,Person ${number},`, `p${number}+news@contoso.com,Person ${number},`],
      [`p${number}@bücher.example,Person ${number},`, `p${number}@xn--bcher-kva.example,Person ${number},`],
      [`p${number}@contoso.com,Person ${number},${id}`, `alias${number}@contoso.com,Person ${number},${id}`],
      [`p${number}@contoso.com,Person ${number},${id}`, `p${number}@contoso.com,P. ${number},${id.toUpperCase()}`],
    ][number % 5] as [string, string];
    once.push(first);
    if (again.length < Math.floor(people / 2)) again.push(second);
  }
  return `${[header, ...once, ...again].join('\n')}\n`;
}

function writeOneStep({ place, policy }: Stage): Promise<string> {
  const kind = policy === 'park' ? 'sign-up-reminder' : 'available-now';
  return writeCampaign(place.folder, 'campaign.yaml', { id: 'test', steps: `\n  - { kind: ${kind}, offset: 0d }` });
}

/** Whoever came later may be told so, and nothing else. */
function isCrash({ code, err }: Ended): boolean {
  return code !== 0 && !(code === 1 && err.includes('Somebody else has changed'));
}
