import { type SenderProfile, senderProfileSchema } from '../../send/sender-profile.js';
import { readYamlFile } from './read-yaml-file.js';

/**
 * Reads a sender profile (YAML, see `config/senders/`). It names where the login is kept and never holds it: looking
 * up those variables and files is for whoever connects. Throws `BadInput` as `readCampaignFile` does.
 */
export async function readSenderProfile(file: string): Promise<SenderProfile> {
  return await readYamlFile(file, { schema: senderProfileSchema, kind: 'a sender profile' });
}
