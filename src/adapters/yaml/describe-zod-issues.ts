import type { z } from 'zod';
import type { Problem } from '../../campaign/problem.js';
import { describeUnknownKey } from './describe-unknown-key.js';
import { describeExample, describeRule, type FieldRule, findRule, isSecret } from './field-rule.js';
import { guessValue } from './guess-value.js';
import type { CheckedContent, PathProblem } from './path-problem.js';
import { readPath, showPath, showValue } from './show-value.js';

/**
 * The one place where a zod 4 issue becomes a sentence for a person: what was found, what is allowed, and the guess.
 * The messages of our own schemas are noun phrases ("a colour as ..."), so they read on after "is not"; an issue
 * whose `params` say `isSentence` says everything itself.
 */
export function describeZodIssues(issues: readonly z.core.$ZodIssue[], checked: CheckedContent): PathProblem[] {
  const unknown = issues
    .filter((issue) => issue.code === 'unrecognized_keys')
    .flatMap(({ path, keys }) => keys.map((key) => describeUnknownKey(path, key, checked)));
  const misspelt = new Set(unknown.map(({ meantPath }) => meantPath));
  const others = issues
    .filter((issue) => issue.code !== 'unrecognized_keys')
    .map((issue) => describeIssue(issue, checked))
    // A misspelt key is one mistake: it is not told again as a missing one.
    .filter(({ at, path }) => at !== 'parent' || !misspelt.has(showPath(path)));
  return [...unknown.map(({ problem }) => problem), ...keepFirstOfEachPath(others)];
}

/** One value can break several rules at once; the first says enough. */
function keepFirstOfEachPath(problems: readonly PathProblem[]): PathProblem[] {
  const first = new Map<string, PathProblem>();
  for (const problem of problems) {
    const key = JSON.stringify([problem.at, ...problem.path]);
    if (!first.has(key)) first.set(key, problem);
  }
  return [...first.values()];
}

function describeIssue(issue: z.core.$ZodIssue, { content, root }: CheckedContent): PathProblem {
  const { path } = issue;
  const found = readPath(content, path);
  const rule = findRule(root, path);
  const field = showPath(path);
  const parent = showPath(path.slice(0, -1));

  if (found === undefined) {
    const key = String(path.at(-1));
    return {
      path,
      at: 'parent',
      field: parent,
      message: `the key "${key}" is missing`,
      hint: describeExample(key, rule),
    };
  }
  if (issue.code === 'invalid_key') {
    const keyRule = findRule(root, path.slice(0, -1)).propertyNames ?? {};
    const told = describeMismatch(String(path.at(-1)), { allowed: issue.issues[0]?.message ?? 'a key', rule: keyRule });
    return { path, at: 'key', field: parent, ...told, message: `the key ${told.message}` };
  }
  if (found === null) {
    const isRequired = findRule(root, path.slice(0, -1)).required?.includes(String(path.at(-1))) ?? true;
    const hint = isRequired ? {} : { hint: 'give it one, or leave the key out' };
    return { path, at: 'key', field, message: `has no value; expected ${describeRule(rule)}`, ...hint };
  }
  if (isSecret(root, path)) {
    const allowed = issue.code === 'invalid_type' ? describeRule(rule) : issue.message;
    return { path, at: 'value', field, message: `what stands here is not ${allowed}` };
  }
  return { path, at: 'value', field, ...describeFound(issue, found, rule) };
}

function describeFound(issue: z.core.$ZodIssue, found: unknown, rule: FieldRule): Pick<Problem, 'message' | 'hint'> {
  switch (issue.code) {
    case 'invalid_type':
    case 'invalid_value':
      return describeMismatch(found, { allowed: describeRule(rule), rule });
    case 'too_small':
    case 'too_big':
      return { message: describeSize(issue, found, rule) };
    case 'custom': {
      if (issue.params?.isSentence === true) return { message: issue.message };
      const words = typeof issue.params?.words === 'function' ? (issue.params.words() as string[]) : undefined;
      return describeMismatch(found, { allowed: issue.message, rule, ...(words && { words }) });
    }
    default:
      return describeMismatch(found, { allowed: issue.message, rule });
  }
}

function describeSize(
  issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig,
  found: unknown,
  rule: FieldRule,
): string {
  if (typeof found === 'string') {
    if (issue.code === 'too_small') return `is empty; expected ${describeRule(rule)}`;
    return `is ${found.trim().length} characters long; at most ${issue.maximum} are allowed`;
  }
  if (Array.isArray(found)) {
    if (issue.code === 'too_small') return `${showValue(found)} is too short; it needs at least ${issue.minimum}`;
    return `has ${found.length} items; at most ${issue.maximum} are allowed`;
  }
  return `${showValue(found)} is not ${describeRule(rule)}`;
}

function describeMismatch(
  found: unknown,
  { allowed, rule, words = rule.enum ?? [] }: { allowed: string; rule: FieldRule; words?: readonly string[] },
): Pick<Problem, 'message' | 'hint'> {
  if (found === '') return { message: `is empty; expected ${allowed}` };
  if (typeof found === 'object') return { message: `expected ${allowed}, found ${showValue(found)}` };
  const message = `${showValue(found)} is not ${allowed}`;
  const straight = typeof found === 'string' ? readCurlyQuotes(found) : undefined;
  if (straight !== undefined) {
    const hint = `the quotes are curly ones of a word processor and must be straight: ${showValue(straight)}`;
    return { message, hint };
  }
  const guesses = guessValue(String(found), { accepts: (text) => accepts(rule, text, found), words });
  if (guesses.length === 0) return { message };
  const shown = guesses.map((guess) => (rule.type === 'string' ? showValue(guess) : guess));
  return { message, hint: `did you mean ${shown.join(' or ')}?` };
}

/** What stands between the quotes that a word processor makes, in any language; to YAML they are letters. */
function readCurlyQuotes(text: string): string | undefined {
  return /^[\u2018-\u201f\u00ab\u2039](.*)[\u2018-\u201f\u00bb\u203a]$/.exec(text.trim())?.[1];
}

/**
 * Whether a guess has the field's form. Free text has none, so nothing is guessed there. A number or truth value may
 * be what was found: then its quotes are the mistake.
 */
function accepts({ type, pattern, minimum, maximum }: FieldRule, text: string, found: unknown): boolean {
  if (type === 'boolean') return text === 'true' || text === 'false';
  if (type === 'integer') {
    return /^\d+$/.test(text) && Number(text) >= (minimum ?? 0) && Number(text) <= (maximum ?? Number.MAX_SAFE_INTEGER);
  }
  return type === 'string' && text !== found && pattern !== undefined && new RegExp(pattern).test(text);
}
