import type { Campaign } from '../campaign/campaign.js';
import { addDays } from '../plan/calendar.js';
import { formatInstantIn } from '../plan/local-words.js';

/** `YYYY-MM-DD`: until when a registration counts, by the campaign's clock. */
export function confirmByOf(registeredAt: Date, { launch, reconfirmation }: Campaign): string {
  return addDays(formatInstantIn(registeredAt, launch.zone).date, reconfirmation?.everyDays ?? 0);
}
