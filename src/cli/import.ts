import { basename } from 'node:path';
import type { Command } from 'commander';
import { BadInput, formatProblem } from '../campaign/problem.js';
import type { Composition, Database } from '../compose.js';
import { compileCampaign } from '../engine/apply-campaign.js';
import { calendarOf } from '../engine/campaign-calendar.js';
import { type ImportReport, importRecipients, importRegistrations } from '../engine/import-audience.js';
import type { RecipientImport, RegistrationImport } from '../engine/ports/audience-store.js';
import { pastForJoiners } from '../engine/ports/campaign-store.js';
import { refuseMissingColumns } from '../engine/preview-mail.js';
import { createRegroup } from '../engine/regroup-campaign.js';
import { formatLocalTime } from '../report/local-time.js';
import type { CommandContext } from './command-context.js';
import { describeNextMail } from './describe-next-mail.js';
import { findCampaign } from './find-campaign.js';
import { formatCount, formatLines, formatNumber, formatReasons } from './print-table.js';

interface ImportOptions {
  campaign: string;
  acceptRejects?: boolean;
  json?: boolean;
  add?: boolean;
  acceptShrink?: boolean;
  asOf?: string;
}

export function addImportCommand(program: Command, context: CommandContext): void {
  const group = program.command('import').description('import people, or who of them has registered');
  const addList = (name: string, description: string) =>
    group
      .command(name)
      .description(description)
      .argument('<csv>', 'file as it was exported')
      .requiredOption('--campaign <id>', 'which campaign')
      .option('--accept-rejects', 'import the good rows, and write the others to a file')
      .option('--json', 'for scripts');
  addList('recipients', 'import the list of people; it replaces the earlier one')
    .option('--add', 'add these people to the list instead')
    .option('--accept-shrink', 'believe a list that has lost more than a fifth of its people')
    .action((csv: string, options: ImportOptions) => importPeople(csv, options, context));
  addList('registrations', 'import who has registered')
    .option('--as-of <instant>', 'when the data was true (ISO 8601); else what the file says, else its date')
    .action((csv: string, options: ImportOptions) => importRegistered(csv, options, context));
}

async function importPeople(csv: string, options: ImportOptions, context: CommandContext): Promise<void> {
  const world = await context.compose();
  const table = await world.openTable(csv);
  if (table.mended && !options.add) throw new BadInput([{ file: csv, ...refusals.mended }]);
  await withDatabase(world, async (database) => {
    const {
      definition: campaign,
      plan,
      content,
      lists,
      version,
    } = await findCampaign(database.campaigns, options.campaign, '--campaign');
    // Compiling the mails takes half a second, and tells nothing where none of them shows a column.
    const mayShowColumns = Object.values(content.files).some((text) => /(?<!mj-)attributes/.test(text));
    for (const [index, { attributes }] of (mayShowColumns
      ? await compileCampaign(campaign, plan, content)
      : []
    ).entries()) {
      refuseMissingColumns(campaign.steps[index]?.id ?? '', attributes, table);
    }
    const calendar = await calendarOf(campaign, lists, world.listHolidays);
    const now = await database.clock.now();
    const rollout = { lists, now, regroup: createRegroup(campaign, calendar, now, pastForJoiners, version) };
    const report = await withProgress(context, (told) =>
      importRecipients(
        table,
        {
          ...{ campaign, rollout, ...told },
          mode: options.add ? 'add' : 'replace',
          acceptRejects: options.acceptRejects === true,
          acceptShrink: options.acceptShrink === true,
          keepRejects: (rejects) => world.writeRejects(nameRejects(csv), table.header, rejects, table.delimiter),
        },
        database.audience,
      ),
    );
    const next = report.kept ? describeNextMail(await database.campaigns.steps(campaign.id)) : undefined;
    const words = {
      summary: [describeRecipients(report), next].filter(Boolean).join('\n'),
      mend: 'mend the file and import it with --add',
    };
    finish(csv, report, options, context, words);
  });
}

async function importRegistered(csv: string, options: ImportOptions, context: CommandContext): Promise<void> {
  const world = await context.compose();
  const asOf = readAsOf(options.asOf);
  const table = await world.openTable(csv);
  await withDatabase(world, async (database) => {
    const { definition: campaign } = await findCampaign(database.campaigns, options.campaign, '--campaign');
    const now = await database.clock.now();
    const fileTime = await world.fileTime(csv);
    const report = await withProgress(context, (told) =>
      importRegistrations(
        table,
        {
          ...{ campaign, source: basename(csv), fileTime, now, ...told },
          ...(asOf && { asOf }),
          acceptRejects: options.acceptRejects === true,
          keepRejects: (rejects) => world.writeRejects(nameRejects(csv), table.header, rejects, table.delimiter),
        },
        database.audience,
      ),
    );
    const words = {
      summary: describeRegistrations(report, campaign.launch.zone),
      mend: 'mend them and import the file again',
    };
    finish(csv, report, options, context, words);
  });
}

async function withDatabase(world: Composition, work: (database: Database) => Promise<void>): Promise<void> {
  const database = await world.openDatabase();
  try {
    await work(database);
  } finally {
    await database.close();
  }
}

async function withProgress<Result>(
  { terminal }: CommandContext,
  work: (told: Record<'onRow' | 'onRead', (rows: number) => void>) => Promise<Result>,
): Promise<Result> {
  const progress = terminal.progress('Reading');
  try {
    return await work({
      onRow: (rows) => {
        if (rows % 5_000 === 0) progress.update(`Reading: ${formatCount(rows)} rows`);
      },
      onRead: (rows) => progress.update(`Storing: ${formatCount(rows)} rows`),
    });
  } finally {
    progress.end();
  }
}

function nameRejects(csv: string): string {
  return `${csv.replace(/\.csv$/i, '')}.rejects.csv`;
}

/** Tell what happened; where nothing was kept, say why and end as bad input. */
function finish<Seen extends object>(
  csv: string,
  report: ImportReport<Seen>,
  options: ImportOptions,
  { terminal }: CommandContext,
  { summary, mend }: { summary: string; mend: string },
): void {
  const { kept, refusedBecause, rejects, rejectedCount, remarks, warnings } = report;
  const rejectsFile = kept && rejectedCount > 0 ? nameRejects(csv) : undefined;
  if (options.json) {
    const { seen, asOf } = report;
    const told = rejects
      .slice(0, 100)
      .map(({ line, reject }) => ({ line, field: reject.field, reason: reject.message }));
    terminal.out(
      JSON.stringify(
        {
          kept,
          refusedBecause,
          ...seen,
          ...(asOf && { asOf }),
          rejected: rejectedCount,
          rejects: told,
          rejectsFile,
          warnings,
        },
        null,
        2,
      ),
    );
  } else {
    for (const { reject } of rejects.slice(0, 20)) terminal.err(formatProblem(reject));
    if (rejectedCount > 20) terminal.err(`... and ${formatCount(rejectedCount - 20)} more rows that cannot be used`);
    for (const remark of remarks.slice(0, 5)) terminal.err(`! ${formatProblem(remark)}`);
    for (const warning of warnings) terminal.err(`! ${warning}`);
    if (kept) terminal.out(summary);
    if (rejectsFile) terminal.out(`${tellRejected(rejectedCount, rejects.length)} in ${rejectsFile}: ${mend}.`);
  }
  if (refusedBecause) throw new BadInput([{ file: csv, ...refusals[refusedBecause] }]);
}

function tellRejected(count: number, kept: number): string {
  const rows = formatNumber(count, 'rejected row is', 'rejected rows are');
  return count > kept ? `The first ${formatCount(kept)} of ${rows}` : rows;
}

const refusals = {
  rejects: {
    message: 'some rows cannot be used; nothing was imported',
    hint: 'mend them, or say --accept-rejects to import the others',
  },
  mended: {
    message: 'these are the rejected rows of an earlier import, not the whole list; nothing was imported',
    hint: 'say --add to add these people to the list',
  },
  empty: { message: 'nobody would be in the audience; nothing was imported', hint: 'is this the right file?' },
  shrunk: {
    message: 'more than a fifth of the people of the earlier list are missing here; nothing was imported',
    hint: 'say --accept-shrink if they have really left, or --add to add these people to the list',
  },
} as const;

function describeRecipients({ seen }: ImportReport<RecipientImport>): string {
  const lines = [
    `${formatNumber(seen.audience, 'person is', 'people are')} in the audience. Left out: ${formatReasons(seen.leftOut)}.`,
    `The list: ${formatCount(seen.added)} new, ${formatCount(seen.updated)} changed, ${formatCount(seen.unchanged)} as before, ${formatCount(seen.gone)} gone.`,
  ];
  if (seen.mergedCount > 0) {
    const some = seen.merged.slice(0, 10).map(({ line, sameAs }) => `line ${line} is line ${sameAs}`);
    lines.push(
      `Named twice: ${formatNumber(seen.mergedCount, 'row', 'rows')} (${some.join(', ')}${seen.mergedCount > 10 ? ', ...' : ''}); each person is one recipient.`,
    );
  }
  return lines.join('\n');
}

function describeRegistrations({ seen, asOf }: ImportReport<RegistrationImport>, zone: string): string {
  const age = asOf ? ` The data is from ${formatLocalTime(asOf, zone)} (${zone}).` : '';
  const lines = [
    `${formatNumber(seen.registered, 'person of the audience has', 'people of the audience have')} registered, ${formatCount(seen.newlyRegistered)} of them new.${age}`,
  ];
  if (seen.nobody.count > 0) {
    lines.push(
      `${formatNumber(seen.nobody.count, 'row belongs', 'rows belong')} to nobody in the list: ${formatLines(seen.nobody.lines, seen.nobody.count)}.`,
    );
  }
  return lines.join('\n');
}

function readAsOf(text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  if (/^\d{4}-\d\d-\d\d$/.test(text)) {
    const hint = `give date, time and zone, such as ${text}T08:00:00+01:00`;
    throw new BadInput([{ field: '--as-of', message: `"${text}" is a date alone, which is not an instant`, hint }]);
  }
  const asOf = new Date(text);
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d.*(Z|[+-]\d\d:?\d\d)$/.test(text) && !Number.isNaN(asOf.getTime())) return asOf;
  throw new BadInput([
    { field: '--as-of', message: `"${text}" is not an instant`, hint: 'such as 2027-01-18T08:00:00Z' },
  ]);
}
