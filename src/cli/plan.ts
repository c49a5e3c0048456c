import type { Command } from 'commander';
import { formatProblem } from '../campaign/problem.js';
import { type PlanPreview, previewPlan } from '../engine/preview-plan.js';
import { formatInstant } from '../report/summarise-steps.js';
import type { CommandContext } from './command-context.js';
import { formatCount, formatLines, formatNumber, formatReasons, formatTable } from './print-table.js';

interface PlanOptions {
  recipients?: string;
  registrations?: string;
  json?: boolean;
}

export function addPlanCommand(program: Command, { compose, terminal }: CommandContext): void {
  program
    .command('plan')
    .description('show what goes when, and to how many people')
    .argument('<file>', 'campaign file (YAML)')
    .option('--recipients <csv>', 'list of people')
    .option('--registrations <csv>', 'who has registered; goes with --recipients')
    .option('--json', 'for scripts')
    .action(async (file: string, options: PlanOptions) => {
      const { readCampaign, openTable } = await compose();
      const progress = terminal.progress('Planning');
      try {
        const { campaign } = await readCampaign(file);
        const recipients = options.recipients === undefined ? undefined : await openTable(options.recipients);
        const registrations = options.registrations === undefined ? undefined : await openTable(options.registrations);
        const preview = await previewPlan(campaign, { recipients, registrations });
        const warnings = listWarnings(preview, options);
        progress.end();
        terminal.out(options.json ? formatJson(preview, warnings) : formatPlan(campaign.name, preview, warnings));
      } finally {
        progress.end();
      }
    });
}

const told = 20;

function listWarnings(
  { plan, audience, registrations, rejects, warnings: lists }: PlanPreview,
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
  if (rejects.length > told) warnings.push(`... and ${rejects.length - told} more rows that cannot be used`);
  return warnings;
}

function formatJson({ plan, recipients }: PlanPreview, warnings: string[]): string {
  const { campaign, launch, steps } = plan;
  return JSON.stringify(
    {
      campaign,
      launch,
      steps: steps.map(({ id, kind, offset, localDate, localTime, zone, sendAt, canary }) => ({
        ...{ id, kind, offset, localDate, localTime, zone },
        sendAt: formatInstant(sendAt),
        recipients: recipients?.get(id) ?? null,
        ...(canary && { canary }),
      })),
      warnings,
    },
    null,
    2,
  );
}

function formatPlan(
  name: string,
  { plan, recipients, audience, registrations }: PlanPreview,
  warnings: string[],
): string {
  const { launch, steps } = plan;
  const parts = [
    `${name}: launch on ${weekday(launch.date)} ${launch.date} at ${launch.time} (${launch.zone})`,
    '',
    formatTable(
      ['Step', 'Offset', 'Day', 'Date', 'Time', 'Instant (UTC)', ...(recipients ? ['Recipients'] : [])],
      steps.map(({ id, offset, localDate, localTime, sendAt }) => [
        ...[id, offset, weekday(localDate), localDate, localTime, formatInstant(sendAt)],
        ...(recipients ? [formatCount(recipients.get(id) ?? 0)] : []),
      ]),
      [6],
    ),
  ];
  for (const { id, canary } of steps) {
    if (!canary) continue;
    const { first, wait, maxFailures } = canary;
    const who = typeof first === 'number' ? formatNumber(first, 'person', 'people') : `${first} of its people`;
    parts.push('', `${id} begins with ${who}; the others follow after ${wait}, while at most ${maxFailures} fail.`);
  }
  if (audience) {
    parts.push(
      '',
      `Audience: ${formatNumber(audience.count, 'person', 'people')}. Left out: ${formatReasons(audience.leftOut)}. Named twice: ${audience.merged}.`,
    );
  }
  if (registrations) parts.push(`Registered already: ${formatCount(registrations.registered)}; they get no reminder.`);
  if (warnings.length > 0) parts.push('', ...warnings.map((warning) => `! ${warning}`));
  return parts.join('\n');
}

/** `Tue`: a date alone does not say whether it is a working day. */
function weekday(date: string): string {
  return new Intl.DateTimeFormat('en-GB', { weekday: 'short', timeZone: 'UTC' }).format(new Date(`${date}T00:00:00Z`));
}
