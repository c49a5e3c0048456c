import { z } from 'zod';
import { campaignSchema } from './campaign.js';

/**
 * The campaign file as JSON Schema (draft 7, the newest that the YAML language server reads in full), so that an
 * editor completes keys and marks mistakes while the file is being written. Describes what an author types: keys
 * that have a default are not required.
 */
export function campaignJsonSchema(): object {
  const { $schema, ...rest } = z.toJSONSchema(campaignSchema, { io: 'input', target: 'draft-7' });
  return {
    $schema,
    title: 'Fanfare campaign',
    description: 'One rollout: brand, portal, launch date, steps, audience, goal and sender.',
    ...rest,
  };
}
