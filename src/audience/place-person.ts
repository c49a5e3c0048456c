import type { Campaign } from '../campaign/campaign.js';
import type { Placement, Recipient } from '../campaign/recipient.js';
import { createCountryChooser } from './choose-country.js';
import { createPlaceChooser } from './choose-place.js';
import { createRingChooser, type RingLists } from './choose-ring.js';
import { createZoneChooser, type ZoneChoice } from './choose-zone.js';
import { createLottery } from './lot.js';

export interface Placed {
  placement: Placement;
  /** Worth telling, and kept nobody out: a zone that nobody knows. */
  remark?: string;
}

/**
 * Tells for each person of a list where they belong: ring, zone, place of the holidays, lot. All of it follows from the
 * campaign and what the list says of this one person, so the order of a list and who else is in it change nothing.
 *
 * `header` has the columns of the list, as written. People of several lists, as the ledger has them, come with the
 * columns of all of those: where two of them mean the same, the first that says anything counts.
 *
 * @throws Error where a ring's list is not among `ringLists`
 */
export function createPlacer(
  campaign: Campaign,
  header: readonly string[],
  ringLists: RingLists,
): (recipient: Recipient) => Placed {
  const chooseCountry = createCountryChooser(header);
  const chooseRing = createRingChooser(campaign, header, ringLists);
  const chooseZone = createZoneChooser(campaign, header, chooseCountry);
  const choosePlace = createPlaceChooser(campaign.calendar.holidays, header, chooseCountry);
  const drawLot = campaign.newPerDay === undefined ? () => 0 : createLottery(campaign.id);
  return (person) => {
    const { zone, unknown } = chooseZone(person.attributes);
    const placement: Placement = {
      ring: chooseRing(person),
      zone,
      place: choosePlace(person.attributes),
      lot: drawLot(person.personKey),
    };
    return unknown === undefined
      ? { placement }
      : { placement, remark: describeUnknownZone(unknown, zone || campaign.launch.zone) };
  };
}

/** Cells are one line of visible characters already, but as long as anybody likes. */
function describeUnknownZone({ text, column }: NonNullable<ZoneChoice['unknown']>, used: string): string {
  const shown = text.length > 80 ? `${text.slice(0, 80)}…` : text;
  return `"${shown}" in the column "${column}" is no time zone that is known: ${used} is used`;
}
