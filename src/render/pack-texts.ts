import { BadInput, type Problem } from '../campaign/problem.js';
import { blankComments } from './check-markup.js';
import { guessName } from './guess-name.js';
import type { MailContent } from './mail-content.js';
import { type JsonNode, type JsonObject, readJson } from './read-json.js';
import { locateOffset, normaliseSource } from './source-text.js';
import type { GroupValue, Value } from './template-value.js';

/** Texts every mail needs, also where no template names them. */
const needed = ['subject', 'preview'];
const sharedSection = 'common';

/** Locale tags of the pack's string files, sorted. */
export function listLocales(content: MailContent): string[] {
  return Object.keys(content.files)
    .flatMap((name) => /^pack\/strings\/([A-Za-z0-9-]+)\.json$/.exec(name)?.[1] ?? [])
    .sort();
}

function namesIn(text: string | undefined): string[] {
  return [...blankComments(text ?? '').matchAll(/\bt\.([A-Za-z_]\w*)/g)].map((match) => match[1] ?? '');
}

/** The texts that a template shows, itself or through the layout. */
function namesUsedBy(content: MailContent, template: string): Set<string> {
  const files = ['layout.mjml', 'layout.txt.hbs', `pack/${template}.mjml`, `pack/${template}.txt.hbs`];
  return new Set([...needed, ...files.flatMap((file) => namesIn(content.files[file]))]);
}

/** Templates of the pack. */
export function listTemplates(content: MailContent): string[] {
  return Object.keys(content.files).flatMap((name) => /^pack\/([^/]+)\.mjml$/.exec(name)?.[1] ?? []);
}

function toValue(node: JsonNode, file: string, source: string, problems: Problem[]): Value {
  switch (node.kind) {
    case 'text':
      return {
        kind: 'text',
        text: node.value,
        placeOf: (index) => ({ file, ...locateOffset(source, node.offsetOf(index)) }),
      };
    case 'list':
      return { kind: 'list', items: node.items.map((item) => toValue(item, file, source, problems)) };
    case 'object':
      return {
        kind: 'group',
        members: new Map([...node.entries].map(([key, { value }]) => [key, toValue(value, file, source, problems)])),
      };
    default:
      problems.push({
        file,
        ...locateOffset(source, node.offset),
        message: `found ${node.written}: texts stand in double quotes`,
      });
      return { kind: 'constant', text: '' };
  }
}

/**
 * The texts of one template in one locale: the section `common`, overridden by the section of the template's name.
 * Reports sections that belong to no template and texts that nothing shows: a text nobody reads is mostly a typo
 * of one that somebody misses.
 */
export function readTexts(content: MailContent, locale: string, template: string, problems: Problem[]): GroupValue {
  const file = `pack/strings/${locale}.json`;
  const source = normaliseSource(content.files[file] ?? '');
  const root = readJson(file, source);
  if (root.kind !== 'object')
    throw new BadInput([{ file, line: 1, column: 1, message: 'expected { "common": { ... }, ... }' }]);
  const templates = listTemplates(content);
  const usedByAny = new Set(templates.flatMap((name) => [...namesUsedBy(content, name)]));
  const members = new Map<string, Value>();
  const report = (offset: number, message: string, hint: string) =>
    problems.push({ file, ...locateOffset(source, offset), message, hint });

  const addSection = (section: JsonObject, used: ReadonlySet<string>) => {
    for (const [key, { keyOffset, value }] of section.entries) {
      members.set(key, toValue(value, file, source, problems));
      if (!used.has(key)) report(keyOffset, `no template shows the text "${key}"`, guessName(key, [...used]));
    }
  };
  const sections = new Map<string, JsonObject>();
  for (const [name, { keyOffset, value }] of root.entries) {
    if (name !== sharedSection && !templates.includes(name)) {
      report(keyOffset, `there is no template "${name}"`, guessName(name, [sharedSection, ...templates]));
    } else if (value.kind !== 'object')
      report(value.offset, `"${name}" is not a group of texts`, 'write { "key": "text" }');
    else sections.set(name, value);
  }
  const common = sections.get(sharedSection);
  if (common) addSection(common, usedByAny);
  const own = sections.get(template);
  if (own) addSection(own, namesUsedBy(content, template));
  else
    problems.push({
      file,
      message: `has no texts for the template "${template}"`,
      hint: `add a section "${template}"`,
    });
  for (const key of needed) {
    if (members.get(key)?.kind !== 'text')
      problems.push({ file, field: `${template}.${key}`, message: 'this text is missing' });
  }
  return { kind: 'group', members, missing: (name) => `t.${name} has no text in ${file}` };
}
