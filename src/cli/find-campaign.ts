import { guessWord } from '../campaign/guess-word.js';
import { BadInput } from '../campaign/problem.js';
import type { AppliedCampaign, CampaignStore } from '../engine/ports/campaign-store.js';

/** @throws BadInput naming the campaigns that are there. `field`: the option that named this one */
export async function findCampaign(
  campaigns: Pick<CampaignStore, 'find' | 'list'>,
  id: string,
  field?: string,
): Promise<AppliedCampaign> {
  const applied = await campaigns.find(id);
  if (applied) return applied;
  const known = (await campaigns.list()).map((campaign) => campaign.id);
  const guess = guessWord(id, known);
  const all =
    known.length > 0 ? `campaigns here: ${known.join(', ')}` : 'none has been applied yet: fanfare apply FILE';
  throw new BadInput([
    {
      ...(field && { field }),
      message: `there is no campaign "${id}"`,
      hint: guess === undefined ? all : `did you mean "${guess}"?`,
    },
  ]);
}
