import { copyFile, cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Recipient } from '../../../src/campaign/recipient.js';
import type { MailContent } from '../../../src/render/mail-content.js';
import { type StepSummary, summariseStep } from '../../../src/report/summarise-steps.js';
import { exampleCampaign } from '../../cli/run-fanfare.js';
import { barOf, type FaultRow } from '../fault-row.js';
import { openFaultySmtp } from '../faulty-smtp.js';
import type { Stage } from '../stage.js';
import { complainAboutEnds } from '../watch.js';

/** What goes wrong in a template, and how its text is spoilt. */
interface Poison {
  file: 'available-now.mjml' | 'available-now.txt.hbs';
  spoil(text: string): string;
  /** What `apply` says of it. */
  told: RegExp;
}

const megabytes = 50;
const placeOf = (file: string) => new RegExp(`pack/${file.replaceAll('.', '\\.')}:\\d+:\\d+: `);

const poisons: ReadonlyArray<[row: string, title: string, poison: Poison]> = [
  [
    '49a',
    'a template that throws',
    {
      file: 'available-now.txt.hbs',
      spoil: (text) => `${text}\n{{#if firstName}}Hello\n`,
      told: placeOf('available-now.txt.hbs'),
    },
  ],
  [
    '49b',
    'a template without an end',
    {
      file: 'available-now.mjml',
      spoil: (text) => `${text}\n<mj-text>{{> message}}</mj-text>\n`,
      told: placeOf('available-now.mjml'),
    },
  ],
  [
    '49c',
    `a template of ${megabytes} MB`,
    {
      file: 'available-now.mjml',
      spoil: (text) => `${text}\n<mj-text><p>${'words '.repeat((megabytes * 1_048_576) / 6)}</p></mj-text>\n`,
      // The size of the whole is nowhere in particular.
      told: /pack\/available-now\.mjml: .*bytes/,
    },
  ],
  [
    '49d',
    'a template with a tag that is not closed',
    {
      file: 'available-now.mjml',
      spoil: (text) => `${text}\n<mj-text><p>Never closed</mj-text>\n`,
      told: placeOf('available-now.mjml'),
    },
  ],
];

/** As somebody would apply it: a folder with the campaign, its pack and its logo. */
async function complainAboutApply(stage: Stage, { file, spoil, told }: Poison): Promise<string[]> {
  const { path } = stage.place;
  const config = join(exampleCampaign, '..');
  await cp(join(config, '..', '..', 'templates', 'sspr'), path('pack'), { recursive: true });
  await copyFile(join(config, 'contoso.png'), path('contoso.png'));
  const yaml = await readFile(exampleCampaign, 'utf8');
  await writeFile(
    path('campaign.yaml'),
    yaml.replace(/^pack: .*$/m, 'pack: ./pack').replace(/^id: .*$/m, 'id: poisoned'),
  );
  await writeFile(path(`pack/${file}`), spoil(await readFile(path(`pack/${file}`), 'utf8')));
  const { code, err } = await stage.run('apply', 'campaign.yaml', '--yes');
  return [
    ...(code === 2 ? [] : [`apply ended with ${code}`]),
    ...(told.test(err) ? [] : [`apply says only: ${err.slice(0, 300)}`]),
  ];
}

const steps = [
  { kind: 'available-now', offset: '0d' },
  { id: 'other', kind: 'sign-up-reminder', offset: '0d' },
];

interface Both {
  poisoned: StepSummary;
  other: StepSummary;
}

/** Send both steps of a campaign, one of them spoilt past every check, until neither moves any more. */
async function sendBoth(stage: Stage, content: (shipped: MailContent) => MailContent, person?: PersonMaker) {
  const smtp = await openFaultySmtp(stage, {});
  await stage.launch({ smtpUrl: smtp.workerUrl, campaign: { steps }, content, ...(person && { person }) });
  for (let attempt = 0; attempt < 1_200; attempt += 1) {
    const both = await countBoth(stage);
    const isStill = ({ waiting, claimed, sending, progress }: StepSummary) =>
      claimed + sending === 0 && (waiting === 0 || progress === 'held');
    if (both && both.other.sent === stage.people && isStill(both.poisoned)) return { ...both, smtp };
    await sleep(100);
  }
  throw new Error(`the steps did not come to rest: ${JSON.stringify(await countBoth(stage))}`);
}

type PersonMaker = (number: number) => Partial<Recipient>;

async function countBoth({ stores }: Stage): Promise<Both | undefined> {
  const [poisoned, other] = (await stores.reports.counts('test')).map(summariseStep);
  return poisoned && other && poisoned.audience > 0 && other.audience > 0 ? { poisoned, other } : undefined;
}

/** What the books say of both steps, against what the server took. */
function judgeBoth(stage: Stage, { poisoned, other, smtp }: Awaited<ReturnType<typeof sendBoth>>) {
  const told = poisoned.sent + other.sent;
  const different = new Set(smtp.accepted.map(({ to, raw }) => `${to} ${/^Subject: .*$/m.exec(raw)?.[0]}`)).size;
  return {
    lost: Math.max(0, told - different),
    duplicated: smtp.accepted.length - different,
    uncertain: poisoned.uncertain + other.uncertain,
    complaints: complainAboutEnds(stage),
  };
}

const common = {
  runs: 1,
  // Compiling is what is tried; who waits for it is one step more or less.
  people: 2_000,
  queues: ['postgres'],
  policies: ['resend-once'],
  bar: barOf([0, 0]),
} as const;

const needsRoom = (shipped: MailContent): MailContent => {
  const file = 'pack/available-now.txt.hbs';
  return { ...shipped, files: { ...shipped.files, [file]: `${shipped.files[file]}\n\n{{attributes.Room}}\n` } };
};
/** Two workers with two claims each, and each stops at the fifth. */
const mostFailed = 2 * 2 * 5;

/** Templates that cannot be used: told when they are applied, and where one comes past that, its step alone stops. */
export const poisonTemplateRows: FaultRow[] = [
  ...poisons.map(
    ([row, title, poison]): FaultRow => ({
      ...{ row, title, ...common },
      async perform(stage) {
        const complaints = await complainAboutApply(stage, poison);
        const result = await sendBoth(stage, (shipped) => {
          const file = `pack/${poison.file}`;
          return { ...shipped, files: { ...shipped.files, [file]: poison.spoil(shipped.files[file] ?? '') } };
        });
        const { sent, failed, because = '' } = result.poisoned;
        if (sent + failed > 0) complaints.push(`${sent} of the poisoned step were sent, ${failed} failed`);
        if (!poison.told.test(because)) complaints.push(`the pause says only: ${because}`);
        const finding = judgeBoth(stage, result);
        return { ...finding, complaints: [...finding.complaints, ...complaints] };
      },
    }),
  ),
  {
    ...{ row: '49e', title: 'a mail that cannot be built for one person', ...common },
    async perform(stage) {
      const only = 1 + Math.floor(stage.random() * stage.people);
      const result = await sendBoth(stage, needsRoom, (number) => ({
        attributes: number === only ? {} : ({ Room: '1' } as Record<string, string>),
      }));
      const { sent, failed } = result.poisoned;
      const finding = judgeBoth(stage, result);
      const isAlone = failed === 1 && sent === stage.people - 1;
      return {
        ...finding,
        complaints: [...finding.complaints, ...(isAlone ? [] : [`${failed} failed, ${sent} were sent`])],
      };
    },
  },
  {
    ...{ row: '49f', title: 'a mail that can be built for nobody', ...common },
    async perform(stage) {
      const result = await sendBoth(stage, needsRoom);
      const { sent, failed, progress, because = '' } = result.poisoned;
      const finding = judgeBoth(stage, result);
      const isPaused = progress === 'held' && /could not be built: .*"Room"/.test(because);
      return {
        ...finding,
        complaints: [
          ...finding.complaints,
          ...(sent === 0 && failed <= mostFailed
            ? []
            : [`${failed} failed, ${mostFailed} allowed, and ${sent} were sent`]),
          ...(isPaused ? [] : [`the step is not paused: ${progress}, ${because}`]),
        ],
      };
    },
  },
];
