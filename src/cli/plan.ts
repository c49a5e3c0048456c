import type { Command } from 'commander';
import { BadInput, formatProblem } from '../campaign/problem.js';
import type { ConcernCode } from '../campaign/rollout-field.js';
import type { Composition } from '../compose.js';
import { calendarOf } from '../engine/campaign-calendar.js';
import { explainApplied, explainListed } from '../engine/explain.js';
import { planApplied } from '../engine/plan-applied.js';
import { type PlanPreview, previewPlan } from '../engine/preview-plan.js';
import { acceptOption } from './accept-option.js';
import type { CommandContext } from './command-context.js';
import { formatExplanation } from './format-explanation.js';
import { formatTimeline } from './format-plan.js';
import { formatPlanCsv, formatPlanJson, listPlanEvents, type PlanDocument } from './plan-documents.js';
import { formatCount, formatLines, formatNumber, formatReasons } from './print-table.js';
import type { Progress } from './terminal.js';

interface PlanOptions {
  recipients?: string;
  registrations?: string;
  explain?: string;
  accept?: ConcernCode[];
  json?: boolean;
  csv?: boolean;
  ics?: boolean;
}

export function addPlanCommand(program: Command, { compose, terminal }: CommandContext): void {
  program
    .command('plan')
    .description('show what goes when, to how many people, and why')
    .argument('<file-or-id>', 'campaign file (YAML), or the id of a campaign that has been applied')
    .option('--recipients <csv>', 'list of people')
    .option('--registrations <csv>', 'who has registered; goes with --recipients')
    .option('--explain <address>', 'what one person gets, when and why, and what not')
    .addOption(acceptOption())
    .option('--json', 'for scripts')
    .option('--csv', 'for a spreadsheet')
    .option('--ics', 'for a calendar')
    .action(async (what: string, options: PlanOptions) => {
      const forms = [options.json, options.csv, options.ics].filter(Boolean).length;
      if (forms > 1) throw new BadInput('Choose one of --json, --csv and --ics.');
      const world = await compose();
      const progress = terminal.progress('Planning');
      try {
        const isFile = /[./\\]/.test(what);
        const text = await (isFile ? planFile : planKnown)(what, options, world, progress);
        progress.end();
        terminal.out(text);
      } finally {
        progress.end();
      }
    });
}

/** From a file and lists: nothing is kept, and no server is asked. */
async function planFile(file: string, options: PlanOptions, world: Composition, progress: Progress): Promise<string> {
  const { campaign, lists } = await world.readCampaign(file);
  const calendar = await calendarOf(campaign, lists, world.listHolidays);
  const sender = await world.knowSender(campaign.sender.profile);
  const openList = async (path: string | undefined) => (path === undefined ? undefined : world.openTable(path));
  if (options.explain !== undefined) {
    if (options.recipients === undefined)
      throw new BadInput([{ field: '--explain', message: 'whose list?', hint: 'give --recipients as well' }]);
    const recipients = await world.openTable(options.recipients);
    const registrations = await openList(options.registrations);
    const explanation = await explainListed({
      ...{ campaign, lists, calendar, sender, person: options.explain, recipients, registrations },
      reopen: () => world.openTable(options.recipients as string),
    });
    return options.json ? JSON.stringify(explanation, null, 2) : formatExplanation(explanation);
  }
  const tables = {
    ...(options.recipients !== undefined && { recipients: await world.openTable(options.recipients) }),
    ...(options.registrations !== undefined && { registrations: await world.openTable(options.registrations) }),
  };
  const preview = await previewPlan(campaign, { lists, calendar, sender }, tables, (rows) => {
    if (rows % 10_000 === 0) progress.update(`Planning: ${formatCount(rows)} rows read`);
  });
  const warnings = listWarnings(preview, options);
  const document = { campaign, plan: preview.plan, hasPeople: preview.audience !== undefined, warnings };
  return print(document, options, world, describePeople(preview));
}

/** Of a campaign in the ledger, with the people it has. */
async function planKnown(id: string, options: PlanOptions, world: Composition): Promise<string> {
  if (options.recipients ?? options.registrations)
    throw new BadInput(`${id} has its own people: --recipients and --registrations go with a campaign file.`);
  const database = await world.openDatabase();
  try {
    const { findCampaign } = await import('./find-campaign.js');
    const applied = await findCampaign(database.campaigns, id);
    const { definition: campaign, lists } = applied;
    const calendar = await calendarOf(campaign, lists, world.listHolidays);
    const sender = await world.knowSender(campaign.sender.profile);
    if (options.explain !== undefined) {
      const explanation = await explainApplied({ applied, calendar, person: options.explain }, database);
      return options.json ? JSON.stringify(explanation, null, 2) : formatExplanation(explanation);
    }
    const { plan, warnings, people } = await planApplied({ applied, calendar, sender }, database);
    const document = { campaign, plan, hasPeople: people > 0, version: applied.version, warnings };
    return print(document, options, world, [`Version ${applied.version} of the plan.`]);
  } finally {
    await database.close();
  }
}

async function print(
  document: PlanDocument,
  { json, csv, ics, accept = [] }: PlanOptions,
  world: Composition,
  notes: string[],
): Promise<string> {
  if (json) return formatPlanJson(document);
  if (csv) return formatPlanCsv(document, world.formatCsvRow);
  if (ics) return (await world.writeIcs(listPlanEvents(document), await world.clock.now())).trimEnd();
  const { campaign, plan, hasPeople, warnings } = document;
  const toAccept = plan.concerns.filter(({ code }) => ![...campaign.accept, ...accept].includes(code));
  const parts = [formatTimeline(campaign, plan, hasPeople)];
  if (notes.length > 0) parts.push('', ...notes);
  if (warnings.length > 0) parts.push('', ...warnings.map((warning) => `! ${warning}`));
  // Several steps often have the same way out.
  for (const hint of new Set(toAccept.map((concern) => concern.hint))) {
    const messages = toAccept.filter((concern) => concern.hint === hint).map(({ message }) => `!! ${message}`);
    parts.push('', ...messages, `   Ways out: ${hint}`);
  }
  return parts.join('\n');
}

const told = 20;

function listWarnings(
  { plan, audience, registrations, rejects, rejectedCount, warnings: lists }: PlanPreview,
  options: PlanOptions,
): string[] {
  const warnings = [...plan.warnings, ...lists];
  if (options.registrations && !options.recipients)
    warnings.push('--registrations says something only together with --recipients');
  if (audience?.count === 0) warnings.push(`nobody in ${options.recipients} is in the audience`);
  if (registrations && registrations.nobody.length > 0) {
    const { length } = registrations.nobody;
    warnings.push(
      `${formatNumber(length, 'registration belongs', 'registrations belong')} to nobody in the list (${formatLines(registrations.nobody)})`,
    );
  }
  for (const { reject } of rejects.slice(0, told)) warnings.push(formatProblem(reject));
  if (rejectedCount > told) warnings.push(`... and ${formatCount(rejectedCount - told)} more rows that cannot be used`);
  return warnings;
}

function describePeople({ audience, registrations }: PlanPreview): string[] {
  return [
    ...(audience
      ? [
          `Audience: ${formatNumber(audience.count, 'person', 'people')}. Left out: ${formatReasons(audience.leftOut)}. Named twice: ${audience.merged}.`,
        ]
      : []),
    ...(registrations ? [`Registered already: ${formatCount(registrations.registered)}; they get no reminder.`] : []),
  ];
}
