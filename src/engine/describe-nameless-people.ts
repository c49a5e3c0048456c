import { recogniseColumns } from '../audience/recipient-columns.js';
import type { Table } from '../audience/table.js';

/** A greeting without a name is no mistake, but nobody should learn of it from the mails. Empty or one sentence. */
export function describeNamelessPeople(
  people: number,
  nameless: number,
  { file, header, headerLine }: Pick<Table, 'file' | 'header' | 'headerLine'>,
): string[] {
  if (nameless === 0) return [];
  const count = (number: number) => number.toLocaleString('en-GB');
  const who = `no first name for ${count(nameless)} of ${count(people)} ${people === 1 ? 'person' : 'people'}`;
  const { givenName } = recogniseColumns(file, headerLine, header);
  const how =
    givenName === undefined
      ? 'a column such as firstName or Voornaam gives it'
      : `their cells in the column "${header[givenName]}" are empty`;
  return [`${who}: they are greeted without a name; ${how}`];
}
