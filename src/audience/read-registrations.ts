import { BadInput, type Problem } from '../campaign/problem.js';
import type { Registration } from '../campaign/recipient.js';
import { parseAddress } from './address.js';
import { cleanText } from './clean-text.js';
import { findNearName } from './find-near-name.js';
import { foldHeader } from './fold-header.js';
import { parseInstant } from './parse-instant.js';
import type { RejectedRow, Table, TableRow } from './table.js';
import { parseYesNo } from './yes-no.js';

/** A registration, and when the report refreshed its row, where the file says so: the newest is the data's age. */
export interface RegistrationRow {
  line: number;
  registration: Registration;
  updatedAt?: Date;
}

const names = {
  objectId: ['id', 'objectid', 'userid', 'entraobjectid', 'azureadobjectid'],
  userPrincipalName: ['userprincipalname', 'upn', 'userprincipal'],
  address: [
    'mail',
    'email',
    'emailaddress',
    'mailaddress',
    'primarysmtpaddress',
    'emailadres',
    'emailadresse',
    'courriel',
  ],
  registeredAt: ['registeredat', 'registereddatetime'],
  updatedAt: ['lastupdateddatetime'],
} as const;
type Role = keyof typeof names;
const identities = ['objectId', 'userPrincipalName', 'address'] as const;
type Columns = Partial<Record<Role | 'goal' | 'list', number>>;

/**
 * Reads who has registered, one row at a time and in order; every row comes out exactly once.
 *
 * Two kinds of file: with the goal's column, as Graph's `userRegistrationDetails` has it (names in any case), where
 * the column says true or false; or a simple list of one column, with or without a header, of mail addresses, sign-in
 * names or object ids (a `registeredAt` column may stand beside it): everybody on it has registered.
 *
 * - `registeredAt` is ISO 8601 with an offset or `Z`. Without one it names no instant, and hours decide whether a
 *   reminder goes: the row is rejected. So is a row that has not reached the goal and yet says when.
 *   With `latest`, a later instant is rejected: outside a simulation nobody has registered tomorrow.
 * - `lastUpdatedDateTime` is Graph's; PowerShell rewrites it in the language of the machine, and what is not ISO 8601
 *   with an offset is passed over, since it is only asked how old the data is.
 * - An empty goal is rejected: it is neither true nor false, and a reminder would rest on a guess.
 * - A mail address that is none rejects the row only where nothing else says whose row it is.
 *
 * @throws BadInput where the file has no column that says who, or none for the goal.
 */
export async function* readRegistrations(
  table: Table,
  options: { goalField: string; latest?: Date },
): AsyncGenerator<RegistrationRow | RejectedRow, undefined> {
  const { columns, headerIsRow } = recogniseFile(table, options.goalField);
  const rules: RowRules = { columns, latest: options.latest };
  if (headerIsRow) yield readRow({ line: table.headerLine, cells: [...table.header] }, table, rules);
  for await (const piece of table.pieces) {
    for (const row of piece) {
      if (row.problem) yield { line: row.line, cells: row.cells, reject: row.problem };
      else yield readRow(row, table, rules);
    }
  }
}

function recogniseFile(table: Table, goalField: string): { columns: Columns; headerIsRow: boolean } {
  const { file, header, headerLine: line } = table;
  const folded = header.map(foldHeader);
  const columns: Columns = {};
  for (const [role, wanted] of Object.entries(names) as [Role, readonly string[]][]) {
    const name = wanted.find((each) => folded.includes(each));
    if (name !== undefined) columns[role] = folded.indexOf(name);
  }
  const goal = folded.indexOf(foldHeader(goalField));
  const who = identities.filter((role) => columns[role] !== undefined);
  const only = header[0] ?? '';
  if (goal === -1 && header.length === 1 && who.length === 0 && (only.includes('@') || isGuid(only))) {
    return { columns: { list: 0 }, headerIsRow: true };
  }
  // Any header will do over a single column, except one that is something else of Graph's.
  if (goal === -1 && header.length === 1 && who.length === 0 && !/^is[A-Z]|DateTime$/i.test(only)) {
    return { columns: { list: 0 }, headerIsRow: false };
  }
  const isList = goal === -1 && who.length === 1 && header.length === (columns.registeredAt === undefined ? 1 : 2);
  if (isList) return { columns, headerIsRow: false };
  const problems: Problem[] = [];
  if (who.length === 0) {
    const hint = 'one of "id", "userPrincipalName" and "mail" is needed';
    problems.push({ file, line, message: `no column says whose row it is; ${tellColumns(header)}`, hint });
  }
  if (goal === -1) {
    const others = header.filter((_, index) => !Object.values(columns).includes(index));
    const near = findNearName(goalField, others);
    const guess = near === undefined ? '' : `did you mean "${near}"? `;
    const hint = `${guess}Set "goal.field" in the campaign file to the column that says who has registered`;
    problems.push({ file, line, message: `no column "${goalField}"; ${tellColumns(header)}`, hint });
  }
  if (problems.length > 0) throw new BadInput(problems);
  return { columns: { ...columns, goal }, headerIsRow: false };
}

interface RowRules {
  columns: Columns;
  latest: Date | undefined;
}

function readRow(row: TableRow, table: Table, { columns, latest }: RowRules): RegistrationRow | RejectedRow {
  const read = (column: number | undefined): string => cleanText(row.cells[column ?? -1] ?? '');
  const reject = (column: number | undefined, message: string, hint?: string): RejectedRow => ({
    line: row.line,
    cells: row.cells,
    reject: { file: table.file, line: row.line, field: table.header[column ?? -1], message, ...(hint && { hint }) },
  });
  const person = readPerson(row, columns);
  if ('refusal' in person) return reject(columns.list ?? columns.address, person.refusal);

  const goal = read(columns.goal);
  const registered = columns.goal === undefined ? true : parseYesNo(goal);
  if (registered === undefined) {
    return reject(
      columns.goal,
      `${goal === '' ? 'the empty cell' : `"${goal.slice(0, 80)}"`} is neither true nor false`,
    );
  }
  const when = read(columns.registeredAt);
  const registeredAt = when === '' ? undefined : parseInstant(when);
  if (when !== '' && registeredAt === undefined) {
    const wanted = 'a date and time with its offset, such as 2027-01-12T09:30:00+01:00 or 2027-01-12T08:30:00Z';
    return reject(columns.registeredAt, `"${when.slice(0, 80)}" is not ${wanted}`);
  }
  if (latest && registeredAt && registeredAt > latest) {
    return reject(
      columns.registeredAt,
      'lies in the future',
      'only simulate plays registrations that are still to come',
    );
  }
  if (registeredAt !== undefined && !registered) {
    return reject(columns.registeredAt, `says when, and "${table.header[columns.goal ?? -1]}" says "${goal}"`);
  }
  const updatedAt = parseInstant(read(columns.updatedAt));
  return {
    line: row.line,
    registration: { ...person, registered, line: row.line, ...(registeredAt && { registeredAt }) },
    ...(updatedAt && { updatedAt }),
  };
}

type Person = Pick<Registration, 'objectId' | 'userPrincipalName' | 'addressKey'>;

function readPerson(row: TableRow, columns: Columns): Person | { refusal: string } {
  const read = (column: number | undefined): string => (row.cells[column ?? -1] ?? '').trim();
  if (columns.list !== undefined) return readListed(read(columns.list));
  const objectId = cleanText(read(columns.objectId)).toLowerCase();
  const userPrincipalName = cleanText(read(columns.userPrincipalName)).toLowerCase();
  const address = read(columns.address);
  const parsed = address === '' ? undefined : parseAddress(address);
  if (objectId === '' && userPrincipalName === '' && (parsed === undefined || 'refusal' in parsed)) {
    if (parsed === undefined) return { refusal: 'nothing says whose row this is' };
    return { refusal: `"${cleanText(address).slice(0, 80)}" ${parsed.refusal}` };
  }
  return {
    ...(objectId && { objectId }),
    ...(userPrincipalName && { userPrincipalName }),
    ...(parsed && 'key' in parsed && { addressKey: parsed.key }),
  };
}

/** Something on a simple list: it may be a sign-in name, a mail address, or both; or an object id. */
function readListed(text: string): Person | { refusal: string } {
  if (isGuid(text)) return { objectId: text.toLowerCase() };
  const parsed = parseAddress(text);
  if ('key' in parsed) return { userPrincipalName: text.toLowerCase(), addressKey: parsed.key };
  return { refusal: `"${cleanText(text).slice(0, 80)}" ${parsed.refusal}` };
}

function isGuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}

function tellColumns(header: readonly string[]): string {
  const shown = header.slice(0, 30).map((name) => `"${name.slice(0, 60)}"`);
  return `the columns are ${shown.join(', ')}${header.length > 30 ? ` and ${header.length - 30} more` : ''}`;
}
