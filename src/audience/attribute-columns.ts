import { foldHeader } from './fold-header.js';

/** What a list says of a person beside what Fanfare itself asks: by the header as it was written. */
export type Attributes = Readonly<Record<string, string>>;
export type ReadAttribute = (attributes: Attributes) => string;

/** What a list calls the column that campaign files call `department`. */
export const departmentNames = [
  ...['department', 'departmentname', 'dept', 'afdeling', 'afdelingsnaam', 'abteilung', 'departement'],
  ...['departamento', 'dipartimento', 'reparto', 'service'],
];

/** The columns that a campaign file means by a name: those of that name, and a department in other languages. */
export function findNamedColumns(header: readonly string[], column: string): string[] {
  const name = foldHeader(column);
  return findColumns(header, departmentNames.includes(name) ? [name, ...departmentNames] : [name]);
}

/**
 * The columns that go by one of these names, as the list writes them and in the order of the names. Names are compared
 * as `foldHeader` leaves them.
 */
export function findColumns(header: readonly string[], names: readonly string[]): string[] {
  const folded = header.map(foldHeader);
  // No attribute is called `__proto__`: see read-recipients.ts.
  const found = names.flatMap((name) => header.filter((each, index) => folded[index] === name && each !== '__proto__'));
  return [...new Set(found)];
}

/** Reads the first of the columns that says anything; empty where none does. */
export function createAttributeReader(columns: readonly string[]): ReadAttribute {
  return (attributes) => {
    for (const column of columns) {
      const text = attributes[column];
      // People of several lists have not all the same columns: `constructor` is then a function of the object itself.
      if (typeof text === 'string' && text !== '') return text;
    }
    return '';
  };
}
