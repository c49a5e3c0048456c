import Table from 'cli-table3';

/** Columns of text under bold heads, without boxes: it reads in a terminal and pastes into a mail. */
export function formatTable(head: string[], rows: Array<Array<string | number>>, rightAligned: number[] = []): string {
  const blank = {
    top: '',
    'top-mid': '',
    'top-left': '',
    'top-right': '',
    bottom: '',
    'bottom-mid': '',
    'bottom-left': '',
    'bottom-right': '',
  };
  const table = new Table({
    head,
    chars: { ...blank, left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '  ' },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
    colAligns: head.map((_, index) => (rightAligned.includes(index) ? 'right' : 'left')),
  });
  table.push(...rows.map((row) => row.map(String)));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** `3 registered, 2 guest`, or a dash. */
export function formatReasons(reasons: Readonly<Record<string, number>>): string {
  const parts = Object.entries(reasons).filter(([, count]) => count > 0);
  return parts.length === 0 ? '–' : parts.map(([reason, count]) => `${formatCount(count)} ${reason}`).join(', ');
}

/** `1,234`. */
export function formatCount(count: number): string {
  return count.toLocaleString('en-GB');
}

/** `1 row belongs`, `1,234 rows belong`: a count with the words that go with one, or with many. */
export function formatNumber(count: number, one: string, many: string): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** `line 4`, `lines 4 and 9`, `lines 4, 9, 12 and 40 more`: of `count` lines those that are known, at most 20. */
export function formatLines(lines: readonly number[], count = lines.length): string {
  const shown = lines.slice(0, 20).map(String);
  if (count > shown.length) return `lines ${shown.join(', ')} and ${formatCount(count - shown.length)} more`;
  return shown.length === 1 ? `line ${shown[0]}` : `lines ${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}
