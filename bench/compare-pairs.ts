import type { Comparison, Measurement } from './bench.js';

/** Middle, least and most of several runs. */
export interface Spread {
  median: number;
  low: number;
  high: number;
}

export interface ComparisonReport {
  bench: string;
  title: string;
  unit: string;
  facts: string[];
  pairs: number;
  contenders: Array<{ name: string; value: Spread; cpuMs?: number; cpuWithServersMs?: number; peakRssMb?: number }>;
  /** First contender divided by another, run by run. */
  ratios: Array<{ of: string; to: string; value: Spread; cpuMs?: Spread }>;
}

/**
 * Run all contenders in turn, `pairs` times, every other time in reverse: what else the machine does then weighs on
 * all of them alike, and only ratios within one turn are compared.
 */
export async function comparePairs(
  bench: string,
  { contenders, ...about }: Comparison,
  pairs: number,
  onRun: (told: string) => void,
): Promise<ComparisonReport> {
  const runs = new Map<string, Measurement[]>(contenders.map(({ name }) => [name, []]));
  for (let pair = 0; pair < pairs; pair += 1) {
    for (const { name, run } of pair % 2 === 0 ? contenders : [...contenders].reverse()) {
      const measured = await run();
      runs.get(name)?.push(measured);
      onRun(`${bench} ${pair + 1}/${pairs} ${name}: ${measured.value.toPrecision(4)} ${about.unit}`);
    }
  }
  const [first, ...others] = [...runs.entries()];
  if (!first) throw new Error('nothing to compare');
  return {
    bench,
    ...about,
    pairs,
    contenders: [...runs].map(([name, list]) => ({
      name,
      value: spreadOf(list.map(({ value }) => value)),
      ...middle('cpuMs', list),
      ...middle('cpuWithServersMs', list),
      ...middle('peakRssMb', list),
    })),
    ratios: others.map(([to, list]) => ({
      of: first[0],
      to,
      value: spreadOf(list.map(({ value }, pair) => (first[1][pair]?.value ?? Number.NaN) / value)),
      ...compareCpu(first[1], list),
    })),
  };
}

function compareCpu(own: Measurement[], other: Measurement[]): { cpuMs?: Spread } {
  const ratios = own.map(({ cpuMs }, pair) => (cpuMs ?? Number.NaN) / (other[pair]?.cpuMs ?? Number.NaN));
  return ratios.every(Number.isFinite) ? { cpuMs: spreadOf(ratios) } : {};
}

function middle<Key extends 'cpuMs' | 'cpuWithServersMs' | 'peakRssMb'>(
  key: Key,
  list: Measurement[],
): { [key in Key]?: number } {
  const values = list.flatMap((each) => each[key] ?? []);
  return values.length > 0 ? ({ [key]: spreadOf(values).median } as { [key in Key]?: number }) : {};
}

function spreadOf(values: number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  const half = (sorted.length - 1) / 2;
  return { median: (at(Math.floor(half)) + at(Math.ceil(half))) / 2, low: at(0), high: at(sorted.length - 1) };
}
