import { type Campaign, campaignSchema } from '../../campaign/campaign.js';
import { readYamlFile } from './read-yaml-file.js';

/**
 * Reads a campaign file (YAML, see `config/campaigns/`) with every default filled in.
 * Throws `BadInput` with every mistake at once: file, line, column, field, what was found, what is allowed, a guess.
 */
export async function readCampaignFile(file: string): Promise<Campaign> {
  return await readYamlFile(file, { schema: campaignSchema, kind: 'a campaign file' });
}
