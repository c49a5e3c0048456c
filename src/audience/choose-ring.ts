import type { Campaign } from '../campaign/campaign.js';
import { parseShare } from '../campaign/quantity.js';
import type { Recipient } from '../campaign/recipient.js';
import type { RingDefinition } from '../campaign/rollout-field.js';
import { parseAddress } from './address.js';
import { createAttributeReader, findNamedColumns } from './attribute-columns.js';
import { cleanText } from './clean-text.js';
import { findNearName } from './find-near-name.js';
import { createLottery } from './lot.js';
import { remember } from './remember.js';

/** People by ring, as the lists name them: addresses, sign-in names and object ids in lower case. */
export type RingLists = Readonly<Record<string, readonly string[]>>;
type Fits = (person: Recipient) => boolean;

/** Lots go from 0 to 2^31 - 1. */
const lots = 2 ** 31;

/**
 * The first ring of the file that fits takes the person; nobody else of the list plays a role in that.
 *
 * - `where`: every column, by its name in any case, holds the value or one of the values, in any case. Columns that
 *   mean something to Fanfare itself (the address, the display name, ...) are no attributes: there is nothing in them.
 * - `list`: the address (or that without its plus tag), the sign-in name or the object id stands in it.
 * - `share`: the person's lot of this ring is among the first so many. Each ring draws its own, so a share is one of
 *   the people whom no earlier ring took.
 * - None of these: everybody who is left.
 */
export function createRingChooser(
  { id, rings }: Pick<Campaign, 'id' | 'rings'>,
  header: readonly string[],
  ringLists: RingLists,
): (person: Recipient) => string {
  const all = rings.map((ring) => ({ id: ring.id, fits: createTest(ring, { campaign: id, header, ringLists }) }));
  return (person) => {
    for (const ring of all) if (!ring.fits || ring.fits(person)) return ring.id;
    // findRingMistakes refuses such a campaign file.
    throw new Error(`campaign "${id}" has no ring for everybody who is left`);
  };
}

/** Whether the ring takes a person; absent where it takes everybody. */
function createTest(
  ring: RingDefinition,
  { campaign, header, ringLists }: { campaign: string; header: readonly string[]; ringLists: RingLists },
): Fits | undefined {
  if (ring.where) return testColumns(ring.where, header);
  if (ring.list !== undefined) {
    if (!Object.hasOwn(ringLists, ring.id)) throw new Error(`the list of ring "${ring.id}" was not read`);
    return testList(ringLists[ring.id] ?? []);
  }
  if (ring.share === undefined) return undefined;
  const end = Math.round(parseShare(ring.share) * lots);
  const draw = createLottery(`${campaign}\n${ring.id}`);
  return ({ personKey }) => draw(personKey) < end;
}

function testColumns(where: NonNullable<RingDefinition['where']>, header: readonly string[]): Fits {
  const wanted = Object.entries(where).map(([column, values]) => {
    const folded = new Set([values].flat().map((value) => foldValue(cleanText(value))));
    return {
      read: createAttributeReader(findNamedColumns(header, column)),
      isOne: remember((text) => folded.has(foldValue(text))),
    };
  });
  return ({ attributes }) => wanted.every(({ read, isOne }) => isOne(read(attributes)));
}

/** Of a clean text, as all attributes are. */
function foldValue(text: string): string {
  return text.toLowerCase();
}

function testList(list: readonly string[]): Fits {
  const keys = new Set(list);
  for (const each of list) {
    const mailbox = each.includes('@') ? parseAddress(each) : undefined;
    if (mailbox && 'key' in mailbox) keys.add(mailbox.key);
  }
  // With an address, the person key is that of the mailbox.
  return ({ personKey, userPrincipalName, objectId }) =>
    keys.has(personKey) ||
    (userPrincipalName !== undefined && keys.has(userPrincipalName)) ||
    (objectId !== undefined && keys.has(objectId));
}

/** Columns that rings ask for and the list has not: a sentence for each, with what was probably meant. */
export function describeMissingColumns({ rings }: Pick<Campaign, 'rings'>, header: readonly string[]): string[] {
  return rings.flatMap(({ id, where = {} }) =>
    Object.keys(where)
      .filter((column) => findNamedColumns(header, column).length === 0)
      .map((column) => {
        const near = findNearName(column, header);
        const guess = near === undefined ? '' : ` (did you mean "${near}"?)`;
        return `ring "${id}" asks for the column "${column}", and the list has none of that name${guess}: nobody fits it`;
      }),
  );
}
