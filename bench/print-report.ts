import Table from 'cli-table3';
import type { ComparisonReport, Spread } from './compare-pairs.js';

/** One comparison as a table for people. */
export function printReport({ title, unit, facts, pairs, contenders, ratios }: ComparisonReport): void {
  console.log(`\n${title}\n${facts.join('; ')}; medians of ${pairs} alternating runs`);
  const table = new Table({
    head: ['', unit, 'least to most', 'CPU ms each', 'with database', 'peak RSS MB'],
    style: { head: [], border: [] },
  });
  for (const { name, value, cpuMs, cpuWithServersMs, peakRssMb } of contenders) {
    const own = [cpuMs, cpuWithServersMs].map((each) => (each === undefined ? '' : each.toFixed(3)));
    table.push([name, write(value.median), range(value), ...own, peakRssMb === undefined ? '' : peakRssMb.toFixed(0)]);
  }
  console.log(table.toString());
  for (const { of, to, value, cpuMs } of ratios) {
    const cpu = cpuMs ? `; CPU ${write(cpuMs.median)} (${range(cpuMs)})` : '';
    console.log(`${of} / ${to}: ${write(value.median)} (${range(value)})${cpu}`);
  }
}

function range({ low, high }: Spread): string {
  return `${write(low)} to ${write(high)}`;
}

/** Three digits that matter; whole numbers from a hundred on. */
function write(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}
