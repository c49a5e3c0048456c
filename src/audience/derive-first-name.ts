/** Words of mailboxes that are no person: a display name with one of them has no first name in it. */
const notPersons = new Set(
  (
    'account accounting admin administrator board bot contact customer desk dienst events facilities facility ' +
    'finance front guest helpdesk hr info it kantoor legal mailbox marketing meeting noreply office payroll postbus ' +
    'pool project reception receptie room ruimte sales scan scanner secretariaat security service shared support ' +
    'system team test training user verkoop warehouse zaal'
  ).split(' '),
);
/** Languages that put the surname first: which of two words is the given name cannot be told. */
const surnameFirst = new Set(['hu', 'ja', 'ko', 'vi', 'zh']);
/** A given name as one word: `Anna`, `Jean-Luc`, `Özlem`; not `IT`, `Dr.`, `van`, `A.`. */
const oneGivenName = /^\p{Lu}['’]?\p{L}*\p{Ll}(-\p{Lu}\p{L}*\p{Ll})?$/u;

/**
 * The first name in a display name, only where a second source confirms which part of it that is; a wrong first name
 * in a greeting is worse than none.
 *
 * Two forms are read: `Surname, Given` and `Given Surname`. The given name must be one ordinary word, and one of these
 * must agree:
 * - the surname column: it is exactly the rest of the display name;
 * - the mail address, `given.surname@`, where the list has no column for given names (there an empty one says that
 *   this is hardly a person), no word is one of a shared mailbox, and the language does not put the surname first.
 */
export function deriveFirstName(person: {
  displayName: string;
  surname: string;
  address: string;
  hasGivenNameColumn: boolean;
  locale: string | undefined;
}): string | undefined {
  const { displayName, surname, address, hasGivenNameColumn, locale } = person;
  const parts = splitName(displayName, surname);
  if (parts === undefined || !oneGivenName.test(parts.given)) return undefined;
  if (surname !== '') return fold(parts.rest) === fold(surname) ? parts.given : undefined;
  if (hasGivenNameColumn) return undefined;
  const words = displayName.toLowerCase().split(/[^\p{L}]+/u);
  if (words.some((word) => notPersons.has(word))) return undefined;
  if (surnameFirst.has(locale?.split('-')[0] ?? '') || /\.(hu|jp|kr|vn|cn|tw|hk)$/.test(address)) return undefined;
  const local = address.slice(0, address.indexOf('@')).toLowerCase();
  const dot = local.indexOf('.');
  const agrees = dot > 0 && local.slice(0, dot) === fold(parts.given) && fold(local.slice(dot)) === fold(parts.rest);
  return agrees ? parts.given : undefined;
}

function splitName(displayName: string, surname: string): { given: string; rest: string } | undefined {
  const comma = displayName.indexOf(',');
  if (comma !== -1) {
    if (displayName.includes(',', comma + 1)) return undefined;
    return { rest: displayName.slice(0, comma).trim(), given: displayName.slice(comma + 1).trim() };
  }
  const space = displayName.indexOf(' ');
  if (space === -1) return undefined;
  const last = displayName.lastIndexOf(' ');
  // `Jansen Anna`, where the surname column says so.
  if (surname !== '' && fold(displayName.slice(0, last)) === fold(surname)) {
    return { rest: displayName.slice(0, last), given: displayName.slice(last + 1) };
  }
  return { given: displayName.slice(0, space), rest: displayName.slice(space + 1) };
}

/** Letters only, without case and accents: as a name stands in an address. */
function fold(text: string): string {
  return text.normalize('NFKD').toLowerCase().replace(/\P{L}/gu, '');
}
