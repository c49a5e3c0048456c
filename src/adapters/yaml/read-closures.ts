import { z } from 'zod';
import { date, line } from '../../campaign/campaign-field.js';
import type { Closure } from '../../campaign/plan.js';
import { readYamlFile } from './read-yaml-file.js';

const closure = z
  .strictObject({
    date: date.optional().describe('The day, where it is only one.'),
    from: date.optional().describe('The first day of several.'),
    to: date.optional().describe('The last day of several, itself closed as well.'),
    name: line.meta({ description: 'What people call it.', examples: ['Summer break'] }),
  })
  .superRefine((given, context) => {
    const tell = (path: string[], message: string) =>
      context.addIssue({ code: 'custom', path, message, params: { isSentence: true } });
    if (given.date === undefined && given.from === undefined)
      tell([], 'names no day: give it "date", or "from" and "to"');
    if (given.date !== undefined && given.from !== undefined) tell(['from'], 'stands beside "date": keep one of them');
    if (given.to === undefined) return;
    if (given.date !== undefined) tell(['to'], 'goes with "from", not with "date"');
    else if (given.from !== undefined && given.to < given.from) tell(['to'], `lies before "from", ${given.from}`);
  });

/** A list may as well be empty: nothing is closed. */
const closuresSchema = z.strictObject({
  closures: z
    .array(closure)
    .max(5000)
    .meta({
      description: "The organisation's own days off.",
      examples: [
        [
          { from: '2027-08-02', to: '2027-08-13', name: 'Summer break' },
          { date: '2027-05-07', name: 'Bridge day' },
        ],
      ],
    }),
});

/**
 * Reads the organisation's own days off:
 *
 *     closures:
 *       - from: 2027-08-02
 *         to: 2027-08-13
 *         name: Summer break
 *       - date: 2027-05-07
 *         name: Bridge day
 *
 * A `from` without `to` is one day. Throws `BadInput` as `readCampaignFile` does.
 */
export async function readClosures(file: string): Promise<Closure[]> {
  const kind = 'a list of closures below "closures:"';
  const { closures } = await readYamlFile(file, { schema: closuresSchema, kind });
  return closures.map(({ date: day, from = day, to = from, name }) => {
    if (from === undefined || to === undefined) throw new Error('a closure without a day has passed the schema');
    return { from, to, name };
  });
}
