import type { Recipient, Registration } from '../campaign/recipient.js';

/** Finds the recipient whom a registration belongs to. */
export interface RegistrationMatcher {
  find(registration: Registration): Recipient | undefined;
}

/**
 * Whose registration it is. The first of these that finds somebody decides, and the ledger's SQL keeps to the same
 * order:
 *
 * 1. the recipient with the same object id;
 * 2. else the recipient with the same sign-in name (both lower case);
 * 3. else the recipient whose person key is the registration's address key: the same mailbox;
 * 4. else the recipient **without a sign-in name of their own** whose person key is equal to the registration's
 *    sign-in name. (As it is: Entra allows no plus tag in one, so nothing needs folding.) A list that has only mail addresses meets a report that has only sign-in names, and in most
 *    tenants they are equal; where the list does have sign-in names, a different one means a different person.
 *
 * Where two recipients share what is compared, the one that comes first in the list is found. A registration that
 * finds nobody belongs to nobody, and is counted and listed.
 */
export function matchRegistrations(recipients: Iterable<Recipient>): RegistrationMatcher {
  const byObjectId = new Map<string, Recipient>();
  const byUserPrincipalName = new Map<string, Recipient>();
  const byPersonKey = new Map<string, Recipient>();
  for (const recipient of recipients) {
    const { objectId, userPrincipalName, personKey } = recipient;
    if (objectId !== undefined && !byObjectId.has(objectId)) byObjectId.set(objectId, recipient);
    if (userPrincipalName !== undefined && !byUserPrincipalName.has(userPrincipalName)) {
      byUserPrincipalName.set(userPrincipalName, recipient);
    }
    if (!byPersonKey.has(personKey)) byPersonKey.set(personKey, recipient);
  }
  const findByAddress = (key: string | undefined) => (key === undefined ? undefined : byPersonKey.get(key));
  return {
    find: ({ objectId, userPrincipalName, addressKey }) => {
      const found =
        (objectId !== undefined ? byObjectId.get(objectId) : undefined) ??
        (userPrincipalName !== undefined ? byUserPrincipalName.get(userPrincipalName) : undefined) ??
        findByAddress(addressKey);
      if (found !== undefined || userPrincipalName === undefined) return found;
      const namesake = byPersonKey.get(userPrincipalName);
      return namesake?.userPrincipalName === undefined ? namesake : undefined;
    },
  };
}
