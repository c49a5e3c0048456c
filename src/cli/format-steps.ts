import { formatLocalTime } from '../report/local-time.js';
import type { StepSummary } from '../report/summarise-steps.js';
import { formatCount, formatReasons, formatTable } from './print-table.js';

/** What most terminals show, and a mail takes without folding. */
const widestLine = 80;

/** Columns that most steps have nothing for: they are shown where there is something, so that 80 columns do. */
const rareColumns: ReadonlyArray<[head: string, cell: (step: StepSummary) => string]> = [
  ['Waiting', (step) => formatCount(step.waiting + step.claimed + step.sending)],
  ['Failed', (step) => (step.failed > 0 ? formatReasons(step.failedBecause) : '0')],
  ['Uncertain', (step) => formatCount(step.uncertain)],
  ['Cancelled', (step) => formatCount(step.cancelled)],
];

/** The steps as a table, in the campaign's own time: what `status`, `report`, `simulate` and `demo` show. */
export function formatSteps(steps: StepSummary[]): string {
  const shown = rareColumns.filter(([, cell]) => steps.some((step) => cell(step) !== '0'));
  const absent = rareColumns.filter((column) => !shown.includes(column)).map(([head]) => head.toLowerCase());
  const zones = new Set(steps.map(({ zone }) => zone));
  const [zone = 'UTC'] = zones;
  const print = (head: string) =>
    formatTable(
      ['Step', head, 'Progress', 'Audience', 'Sent', 'Suppressed', ...shown.map(([name]) => name)],
      steps.map((step) => [
        ...[step.id, `${step.localDate} ${step.localTime}${zones.size > 1 ? ` ${step.zone}` : ''}`, step.progress],
        ...[formatAudience(step), formatCount(step.sent), formatReasons(step.suppressed)],
        ...shown.map(([, cell]) => cell(step)),
      ]),
      [3, 4],
    );
  const table = print(zones.size > 1 ? 'Send at' : `Send at (${zone})`);
  const isWide = zones.size === 1 && table.split('\n').some((line) => line.length > widestLine);
  const nothing = absent.length > 0 ? [`No message is ${joinWords(absent)}.`] : [];
  const reasons = steps
    .filter(({ because }) => because)
    .map(({ id, progress, because }) => `! ${id} is ${progress}: ${because}`);
  const twice = steps
    .filter(({ resent }) => resent > 0)
    .map(
      ({ id, resent }) =>
        `! ${formatCount(resent)} of ${id} went out once more, because nobody answered the first: these people may have it twice`,
    );
  const retries = steps.flatMap(({ id, zone: where, retrying }) =>
    retrying.map(
      ({ count, reason, next }) =>
        `! ${formatCount(count)} of ${id} ${count === 1 ? 'waits' : 'wait'} for another try (${reason}); the next is at ${formatLocalTime(new Date(next), where)}`,
    ),
  );
  const late = steps
    .filter(({ lateRegistrations }) => lateRegistrations > 0)
    .map(
      ({ id, lateRegistrations }) =>
        `! ${formatCount(lateRegistrations)} of ${id} went to people whose registration came in while their mail was under way`,
    );
  return [isWide ? print(`Send at\n(${zone})`) : table, ...nothing, ...reasons, ...retries, ...twice, ...late].join(
    '\n',
  );
}

/** A step that has no messages yet has no audience yet either: 0 would read as nobody. */
function formatAudience({ audience, progress }: StepSummary): string {
  return audience === 0 && progress !== 'done' ? '–' : formatCount(audience);
}

/** `waiting, failed or uncertain`. */
function joinWords(words: string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
