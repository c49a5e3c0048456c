import type { Problem } from '../campaign/problem.js';
import type { LeftOutReason, Recipient } from '../campaign/recipient.js';
import { parseAddress } from './address.js';
import { type ChooseLocale, createLocaleChooser } from './choose-locale.js';
import { cleanText } from './clean-text.js';
import { deriveFirstName } from './derive-first-name.js';
import { personKey } from './person-key.js';
import {
  type RecipientColumns,
  type RecipientRole,
  recogniseColumns,
  rolesKeptAsAttributes,
} from './recipient-columns.js';
import type { RejectedRow, Table, TableRow } from './table.js';
import { parseYesNo } from './yes-no.js';

/** A person of the list. A `remark` is worth telling and keeps nobody out: a locale that no language has. */
export interface RecipientRow {
  line: number;
  recipient: Recipient;
  remark?: Problem;
}

export interface RecipientOptions {
  includeDisabled: boolean;
  includeGuests: boolean;
}

const maxNameChars = 200;
/** Sign-in names in Entra have at most 113 characters; 320 is the most an address can ever have. */
const maxIdentityChars = 320;
const maxAttributeChars = 4_000;

/**
 * Reads a list of people, piece by piece and in order. Every row comes out exactly once: as a recipient (who may
 * be left out, with the reason), or as a reject that names the column and what was found there.
 *
 * - Left out: `no-address` before `disabled` before `guest`, where several apply. The sign-in name never serves as an
 *   address. A guest is one by user type or by `#EXT#` in the sign-in name. Where `accountEnabled` is empty or no
 *   column, the list does not say, and the person is in.
 * - Locale: the locale column, else the preferred language, else the main language of the country, else that of the
 *   usage location, else absent. Text that names no language is a `remark`, and the next of these applies.
 * - First name: the given name column; else see `deriveFirstName`.
 * - Attributes: every column without a meaning of its own, and `id`, given name, surname, country and usage location,
 *   by the header as written; empty cells as empty texts. Columns without a name, or called `__proto__`, are not kept.
 * - All texts are cleaned to one line of visible characters. Text that looks like a formula is text.
 *
 * @throws BadInput where the header has no, or more than one, column of mail addresses.
 */
export async function* readRecipientPieces(
  table: Table,
  options: RecipientOptions,
): AsyncGenerator<(RecipientRow | RejectedRow)[], undefined> {
  const reader = createReader(table, options);
  for await (const piece of table.pieces) {
    const rows: (RecipientRow | RejectedRow)[] = [];
    for (const row of piece) {
      rows.push(row.problem ? { line: row.line, cells: row.cells, reject: row.problem } : readRow(row, reader));
    }
    yield rows;
  }
}

/** The same, one row at a time. */
export async function* readRecipients(
  table: Table,
  options: RecipientOptions,
): AsyncGenerator<RecipientRow | RejectedRow, undefined> {
  for await (const piece of readRecipientPieces(table, options)) yield* piece;
}

interface CellProblem {
  field: string | undefined;
  message: string;
}

interface Reader {
  table: Table;
  options: RecipientOptions;
  columns: RecipientColumns;
  attributes: readonly { name: string; index: number }[];
  chooseLocale: ChooseLocale;
  /** The object id stands in a column that is called `id` and nothing more. */
  hasBareId: boolean;
  /** Of the row at hand. */
  problems: CellProblem[];
}

function createReader(table: Table, options: RecipientOptions): Reader {
  const columns = recogniseColumns(table.file, table.headerLine, table.header);
  return {
    ...{ table, options, columns, problems: [] },
    attributes: listAttributes(table.header, columns),
    chooseLocale: createLocaleChooser(columns),
    hasBareId: isBareId(table.header[columns.objectId ?? -1]),
  };
}

function listAttributes(header: readonly string[], columns: RecipientColumns): { name: string; index: number }[] {
  const meant = new Set(
    (Object.entries(columns) as [RecipientRole, number][])
      .filter(([role, index]) => !rolesKeptAsAttributes.has(role) && !isBareId(header[index]))
      .map(([, index]) => index),
  );
  // No template can name `__proto__`, and assigning to it would set the prototype.
  return header
    .map((name, index) => ({ name, index }))
    .filter(({ name, index }) => name !== '' && name !== '__proto__' && !meant.has(index));
}

function readRow(row: TableRow, reader: Reader): RecipientRow | RejectedRow {
  const { columns, problems } = reader;
  const addressCell = row.cells[columns.address ?? -1] ?? '';
  const parsed = addressCell.trim() === '' ? undefined : parseAddress(addressCell);
  const mailbox = parsed && 'address' in parsed ? parsed : undefined;
  if (parsed && 'refusal' in parsed) refuse(reader, columns.address, `"${show(addressCell)}" ${parsed.refusal}`);
  const userPrincipalName = readText(row, reader, columns.userPrincipalName, maxIdentityChars).toLowerCase();
  const objectId = judgeObjectId(readText(row, reader, columns.objectId, maxIdentityChars), reader);
  const displayName = readText(row, reader, columns.displayName, maxNameChars);
  const givenName = readText(row, reader, columns.givenName, maxNameChars);
  const surname = readText(row, reader, columns.surname, maxNameChars);
  const leftOut = findLeftOutReason(row, reader, parsed !== undefined, userPrincipalName);
  const { locale, unknown } = reader.chooseLocale(row.cells);
  const attributes = readAttributes(row, reader);
  if (problems.length > 0) return rejectRow(row, reader);

  const firstName =
    givenName ||
    deriveFirstName({
      displayName,
      surname,
      address: mailbox?.address ?? '',
      hasGivenNameColumn: columns.givenName !== undefined,
      locale,
    });
  const recipient: Recipient = {
    personKey: personKey({ addressKey: mailbox?.key, userPrincipalName, objectId, line: row.line }),
    attributes,
  };
  // Assigned one by one: seven spreads a row are slow.
  if (mailbox) recipient.address = mailbox.address;
  if (objectId) recipient.objectId = objectId;
  if (userPrincipalName) recipient.userPrincipalName = userPrincipalName;
  if (displayName) recipient.displayName = displayName;
  if (firstName) recipient.firstName = firstName;
  if (locale) recipient.locale = locale;
  if (leftOut) recipient.leftOut = leftOut;
  return unknown === undefined
    ? { line: row.line, recipient }
    : { line: row.line, recipient, remark: remarkLocale(row, reader, unknown, locale) };
}

/** One cell as a clean text; empty where there is no such column. */
function readText(row: TableRow, reader: Reader, column: number | undefined, maxChars: number): string {
  if (column === undefined) return '';
  const text = cleanText(row.cells[column] ?? '');
  if (text.length > maxChars) refuse(reader, column, `has ${text.length} characters, ${maxChars} are allowed`);
  return text;
}

function refuse({ table, problems }: Reader, column: number | undefined, message: string): void {
  problems.push({ field: table.header[column ?? -1], message });
}

function readAttributes(row: TableRow, reader: Reader): Record<string, string> {
  // Filled by assignment, which is three times as fast as Object.fromEntries here: 2 s in a million rows of Entra's.
  const attributes: Record<string, string> = {};
  for (const { name, index } of reader.attributes) {
    const text = cleanText(row.cells[index] ?? '');
    if (text.length > maxAttributeChars) {
      reader.problems.push({ field: name, message: `has ${text.length} characters, ${maxAttributeChars} are allowed` });
    }
    attributes[name] = text;
  }
  return attributes;
}

function isBareId(name: string | undefined): boolean {
  return name?.toLowerCase() === 'id';
}

/** A bare `id` counts only as a GUID: elsewhere it is a staff number or a department, and would merge people. */
function judgeObjectId(text: string, { hasBareId }: Reader): string {
  return hasBareId && !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text) ? '' : text.toLowerCase();
}

function findLeftOutReason(
  row: TableRow,
  reader: Reader,
  hasAddress: boolean,
  userPrincipalName: string,
): LeftOutReason | undefined {
  const { columns, options } = reader;
  const isEnabled = readClaim(row, reader, columns.accountEnabled) ?? true;
  const isBlocked = readClaim(row, reader, columns.signInBlocked) ?? false;
  if (!hasAddress) return 'no-address';
  if ((!isEnabled || isBlocked) && !options.includeDisabled) return 'disabled';
  if (options.includeGuests) return undefined;
  if (userPrincipalName.includes('#ext#')) return 'guest';
  if (columns.userType === undefined) return undefined;
  return cleanText(row.cells[columns.userType] ?? '').toLowerCase() === 'guest' ? 'guest' : undefined;
}

function readClaim(row: TableRow, reader: Reader, column: number | undefined): boolean | undefined {
  const text = readText(row, reader, column, Number.POSITIVE_INFINITY);
  if (text === '') return undefined;
  const claim = parseYesNo(text);
  if (claim === undefined) refuse(reader, column, `"${show(text)}" is neither true nor false`);
  return claim;
}

function remarkLocale(
  row: TableRow,
  { table }: Reader,
  unknown: { text: string; column: number },
  locale: string | undefined,
): Problem {
  const used = locale === undefined ? "the campaign's is used" : `"${locale}" is used`;
  const message = `"${show(unknown.text)}" is no language that is known: ${used}`;
  return { file: table.file, line: row.line, field: table.header[unknown.column], message };
}

/** One problem for the row: the first column is its field, further columns are named in the message. */
function rejectRow({ line, cells }: TableRow, { table, problems }: Reader): RejectedRow {
  const [first, ...others] = problems.splice(0);
  const message = [first?.message, ...others.map((each) => `${each.field}: ${each.message}`)].join('; ');
  return { line, cells, reject: { file: table.file, line, field: first?.field, message } };
}

/** A cell in a message: cleaned, and not longer than a person reads. */
function show(text: string): string {
  const visible = text.replace(/[\p{Cc}\p{Cf}]/gu, '\ufffd');
  return visible.length > 80 ? `${visible.slice(0, 80)}…` : visible;
}
