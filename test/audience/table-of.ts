import type { Table } from '../../src/audience/table.js';

/** A table in memory: the first row is the header, on line 1. */
export function tableOf(header: string[], ...rows: string[][]): Table {
  async function* readPieces() {
    for (const [index, cells] of rows.entries()) yield [{ line: index + 2, cells }];
  }
  return { file: 'list.csv', header, headerLine: 1, pieces: readPieces() };
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}
