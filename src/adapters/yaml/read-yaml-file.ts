import path from 'node:path';
import { isMap, isScalar } from 'yaml';
import { z } from 'zod';
import { BadInput, type Problem } from '../../campaign/problem.js';
import { describeZodIssues } from './describe-zod-issues.js';
import type { FieldRule } from './field-rule.js';
import { type ParsedYaml, parseYaml } from './parse-yaml.js';
import type { PathProblem } from './path-problem.js';
import { readTextFile } from './read-text-file.js';
import { findYamlPlace } from './yaml-place.js';

/** Aliases that may be followed in one file; a few lines of nested ones would otherwise grow to gigabytes. */
const maxAliases = 100;

/**
 * Reads a YAML file that a person wrote and checks it against its schema. `kind` says what the file should be
 * ("a campaign"). Throws `BadInput` with every mistake at once, each with its line and column, in the order of the file.
 */
export async function readYamlFile<Schema extends z.ZodType>(
  file: string,
  { schema, kind }: { schema: Schema; kind: string },
): Promise<z.output<Schema>> {
  const text = await readTextFile(file);
  const fail = (problems: readonly Problem[]): never => {
    throw new BadInput(sortProblems(problems.map((problem) => ({ file, ...problem }))));
  };
  if (isTable(file, text)) {
    fail([
      { message: `is a table (CSV), not ${kind}`, hint: 'lists of people go with --recipients and --registrations' },
    ]);
  }
  const parsed = parseYaml(text);
  if (parsed.syntaxProblems.length > 0) fail(parsed.syntaxProblems);
  const { contents } = parsed.document;
  if (!isMap(contents)) {
    fail([{ ...parsed.placeOf(contents?.range[0] ?? 0), message: `is not ${kind}: it has no "key: value" lines` }]);
  }

  const checked = checkContent(file, parsed, schema);
  if (checked.success && parsed.contentProblems.length === 0) return checked.content;
  const lines = text.split(/\r?\n/);
  const schemaProblems = checked.success ? [] : checked.problems.map((each) => placeProblem(each, parsed, lines));
  return fail([...parsed.contentProblems, ...schemaProblems]);
}

type Checked<Content> = { success: true; content: Content } | { success: false; problems: PathProblem[] };

function checkContent<Schema extends z.ZodType>(
  file: string,
  parsed: ParsedYaml,
  schema: Schema,
): Checked<z.output<Schema>> {
  let content = readContent(file, parsed);
  let result = schema.safeParse(content);
  if (!result.success && keepTextAsWritten(result.error.issues, parsed)) {
    content = readContent(file, parsed);
    result = schema.safeParse(content);
  }
  if (result.success) return { success: true, content: result.data };
  const root = z.toJSONSchema(schema, { io: 'input', target: 'draft-7' }) as FieldRule;
  return { success: false, problems: describeZodIssues(result.error.issues, { content, root }) };
}

function readContent(file: string, { document }: ParsedYaml): unknown {
  try {
    return document.toJS({ maxAliasCount: maxAliases });
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    throw new BadInput([
      { file, message: `repeats itself through more than ${maxAliases} aliases`, hint: 'write it out' },
    ]);
  }
}

/**
 * Where the schema wants a text and YAML made a number or a truth value of it (a phone number 0205550100, a name
 * 2027), the text is what the person wrote. Answers whether there was such a place.
 */
function keepTextAsWritten(issues: readonly z.core.$ZodIssue[], { document }: ParsedYaml): boolean {
  let changed = false;
  for (const issue of issues) {
    if (issue.code !== 'invalid_type' || issue.expected !== 'string') continue;
    const { node } = findYamlPlace(document, issue.path);
    if (!isScalar(node) || node.value === null || node.source === undefined) continue;
    node.value = node.source;
    changed = true;
  }
  return changed;
}

function placeProblem(
  { path: fieldPath, at, ...problem }: PathProblem,
  parsed: ParsedYaml,
  lines: readonly string[],
): Problem {
  if (at === 'parent') {
    const { node, keyOffset } = findYamlPlace(parsed.document, fieldPath.slice(0, -1));
    return { ...parsed.placeOf(node === undefined ? 0 : keyOffset), ...problem };
  }
  const { node, keyOffset, valueOffset } = findYamlPlace(parsed.document, fieldPath);
  const place = parsed.placeOf(at === 'key' ? keyOffset : valueOffset);
  const comment = isScalar(node) && node.value === null ? explainComment(lines[place.line - 1]) : undefined;
  return { ...place, ...problem, ...(comment !== undefined && { hint: comment }) };
}

/** A colour without quotes is gone before any schema sees it. */
function explainComment(line = ''): string | undefined {
  const [, comment] = /:\s+(#\S+)/.exec(line) ?? [];
  return comment === undefined ? undefined : `YAML reads on from # as a comment: write "${comment}" in quotes`;
}

/** A list of people given where a campaign is wanted: the commonest swap of two arguments. */
function isTable(file: string, text: string): boolean {
  if (/\.(csv|tsv)$/i.test(path.basename(file))) return true;
  const [first = ''] = text.trimStart().split(/\r?\n/);
  return /^[^:#{[]*[,;\t][^:]*$/.test(first) && !first.startsWith('- ');
}

function sortProblems(problems: readonly Problem[]): Problem[] {
  return [...problems].sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
}
