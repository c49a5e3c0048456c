import { InvalidArgumentError, Option } from 'commander';
import { type ConcernCode, concernCodes } from '../campaign/rollout-field.js';

/** `--accept capacity,launch-day-off`: go on although the plan has such a concern. */
export function acceptOption(): Option {
  return new Option(
    '--accept <concerns>',
    `go on knowingly: ${concernCodes.join(', ')} (several with commas)`,
  ).argParser((text: string): ConcernCode[] =>
    text.split(',').map((word) => {
      const code = concernCodes.find((each) => each === word.trim());
      if (code === undefined) throw new InvalidArgumentError(`"${word}" is none of ${concernCodes.join(', ')}.`);
      return code;
    }),
  );
}
