import { createPlacer } from '../audience/place-person.js';
import type { Campaign } from '../campaign/campaign.js';
import type { CampaignLists, PlacePerson } from './ports/campaign-store.js';

/** Where people of the ledger belong: their columns are known there by the names they had in the list. */
export function createPlace(campaign: Campaign, lists: Pick<CampaignLists, 'rings'>): PlacePerson {
  let header = '';
  let placer: ReturnType<typeof createPlacer> | undefined;
  return (person) => {
    const columns = Object.keys(person.attributes);
    // People of one list have the same columns; of several lists, one after the other.
    if (!placer || columns.join('\n') !== header) {
      header = columns.join('\n');
      placer = createPlacer(campaign, columns, lists.rings);
    }
    return placer(person).placement;
  };
}
