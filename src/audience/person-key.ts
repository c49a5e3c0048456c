/**
 * What two rows about the same person have in common, in this order:
 *
 * 1. the key of the mail address (`audience/address.ts`), as it is: `anna@contoso.com`;
 * 2. without an address, the sign-in name in lower case: `upn:anna@contoso.com`;
 * 3. else the object id in lower case: `id:0f3c...`;
 * 4. else the line: `row:7`. Nobody can be mailed there; the row is counted, and nothing more can be said of it.
 *
 * Only 1 can be in an audience. None of the prefixes can be confused with an address: its domain holds no colon, and
 * neither does its local part.
 */
export function personKey(person: {
  addressKey?: string;
  userPrincipalName?: string;
  objectId?: string;
  line: number;
}): string {
  if (person.addressKey) return person.addressKey;
  if (person.userPrincipalName) return `upn:${person.userPrincipalName}`;
  if (person.objectId) return `id:${person.objectId}`;
  return `row:${person.line}`;
}
