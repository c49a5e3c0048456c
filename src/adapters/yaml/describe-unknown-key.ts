import { guessWord } from '../../campaign/guess-word.js';
import { findRule, findSectionsWithKey } from './field-rule.js';
import type { CheckedContent, PathProblem } from './path-problem.js';
import { readPath, showPath, showText } from './show-value.js';

/** What a key that the section does not know was meant to be: a near one, or one of another section. */
export function describeUnknownKey(
  path: readonly PropertyKey[],
  key: string,
  { content, root }: CheckedContent,
): { problem: PathProblem; meantPath: string | undefined } {
  const known = Object.keys(findRule(root, path).properties ?? {});
  const given = new Set(Object.keys(readPath(content, path) ?? {}));
  const missing = known.filter((each) => !given.has(each));
  const homes = findSectionsWithKey(root, key);
  // A key that is right elsewhere and missing there is no slip of the pen: `zone` is not `zones`.
  const isMissed = homes.length === 1 && readPath(content, [...String(homes).split('.'), key]) === undefined;
  const guess = isMissed ? undefined : (guessWord(key, missing) ?? guessWord(key, known));
  const hint = guess === undefined ? describeHome(homes) : `did you mean "${guess}"?`;
  const [home] = homes;
  const homePath = home !== undefined && homes.length === 1 ? [home, key].filter(Boolean).join('.') : undefined;
  return {
    problem: {
      path: [...path, key],
      at: 'key',
      field: showPath(path),
      message: `unknown key ${showText(key)}; known here: ${known.join(', ')}`,
      ...(hint !== undefined && { hint }),
    },
    meantPath: guess === undefined ? homePath : showPath([...path, guess]),
  };
}

/** Most such keys are right and only indented wrong. */
function describeHome(sections: readonly string[]): string | undefined {
  if (sections.length === 0) return undefined;
  const homes = sections.map((section) => (section === '' ? 'the file itself, without indentation' : `"${section}"`));
  return `it belongs in ${homes.join(' or ')}`;
}
