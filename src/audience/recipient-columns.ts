import { BadInput, type Problem } from '../campaign/problem.js';
import { findNearName } from './find-near-name.js';
import { foldHeader } from './fold-header.js';

/**
 * What a column of a list of people may mean, with the names it goes by: those of Entra, Graph, the Microsoft 365
 * admin center and Active Directory, then what people write in English, Dutch, German and French where it can mean
 * only this. Names are compared without case, spaces, hyphens, underscores and accents.
 *
 * Where two columns mean the same, the name that stands first here counts and the other column is an attribute like
 * any other. For the address that would be a guess at somebody's mailbox: there it is `BadInput`.
 */
const names = {
  address: [
    'mail',
    'email',
    'emailaddress',
    'mailaddress',
    'primarysmtpaddress',
    'smtpaddress',
    'primaryemail',
    'primaryemailaddress',
    'workemail',
    'workemailaddress',
    'emailadres',
    'mailadres',
    'emailadresse',
    'mailadresse',
    'adresseemail',
    'adressemail',
    'courriel',
    'adressecourriel',
    'adresseelectronique',
  ],
  userPrincipalName: ['userprincipalname', 'upn', 'userprincipal'],
  objectId: ['objectid', 'entraobjectid', 'azureadobjectid', 'externaldirectoryobjectid', 'id'],
  displayName: [
    'displayname',
    'fullname',
    'name',
    'weergavenaam',
    'volledigenaam',
    'naam',
    'anzeigename',
    'vollstandigername',
    'nomcomplet',
  ],
  givenName: ['givenname', 'firstname', 'voornaam', 'roepnaam', 'vorname', 'prenom'],
  surname: ['surname', 'lastname', 'familyname', 'sn', 'achternaam', 'nachname', 'familienname', 'nomdefamille'],
  accountEnabled: ['accountenabled', 'enabled'],
  signInBlocked: ['blockcredential', 'blocksignin', 'signinblocked', 'accountdisabled'],
  userType: ['usertype', 'gebruikerstype', 'benutzertyp'],
  locale: ['locale', 'language', 'lang', 'taal', 'sprache', 'langue'],
  preferredLanguage: ['preferredlanguage', 'voorkeurstaal', 'bevorzugtesprache', 'languepreferee'],
  country: ['country', 'countryorregion', 'countryregion', 'countrycode', 'land', 'landcode', 'pays'],
  usageLocation: ['usagelocation'],
} as const;

export type RecipientRole = keyof typeof names;
/** Where each recognised column stands, 0-based. */
export type RecipientColumns = Readonly<Partial<Record<RecipientRole, number>>>;

/** Recognised, and still of use in a template: they are attributes as well. */
export const rolesKeptAsAttributes: ReadonlySet<RecipientRole> = new Set([
  'givenName',
  'surname',
  'country',
  'usageLocation',
]);

/** @throws BadInput where no column, or more than one, holds the mail addresses. */
export function recogniseColumns(file: string, line: number, header: readonly string[]): RecipientColumns {
  const columns: Partial<Record<RecipientRole, number>> = {};
  const folded = header.map(foldHeader);
  for (const [role, wanted] of Object.entries(names) as [RecipientRole, readonly string[]][]) {
    const name = wanted.find((each) => folded.includes(each));
    if (name !== undefined) columns[role] = folded.indexOf(name);
  }
  const addresses = header.filter((_, index) => (names.address as readonly string[]).includes(folded[index] ?? ''));
  if (addresses.length > 1) {
    const message = `${addresses.length} columns may hold the mail address: ${quoteAll(addresses)}`;
    throw new BadInput([{ file, line, message, hint: 'keep the one to send to, and rename or remove the others' }]);
  }
  if (columns.address === undefined) throw new BadInput([explainMissingAddress(file, line, header, columns)]);
  return columns;
}

function explainMissingAddress(
  file: string,
  line: number,
  header: readonly string[],
  columns: RecipientColumns,
): Problem {
  if (header.some((name) => /^\S+@\S+\.\S+$/.test(name))) {
    const message = 'the first line holds an address instead of column names';
    return { file, line, message, hint: 'add a first line such as "email,name"' };
  }
  const near = findNearName('email', header) ?? findNearName('mailaddress', header);
  const hint =
    near === undefined ? 'name that column "mail" or "email"' : `is it "${near}"? Then name that column "mail"`;
  if (columns.userPrincipalName !== undefined) {
    const upn = header[columns.userPrincipalName];
    const message = `no column holds the mail address, and the sign-in name ("${upn}") is often not one`;
    return { file, line, message, hint: near === undefined ? 'export the column "mail" as well' : hint };
  }
  return { file, line, message: `no column holds the mail address; the columns are ${quoteAll(header)}`, hint };
}

function quoteAll(texts: readonly string[]): string {
  const shown = texts.slice(0, 30).map((text) => `"${text.slice(0, 60)}"`);
  return texts.length > shown.length ? `${shown.join(', ')} and ${texts.length - shown.length} more` : shown.join(', ');
}
