import { guessName } from './guess-name.js';
import type { GroupValue, Value } from './template-value.js';

export interface NotFound {
  message: string;
  hint: string;
}

function walk(start: GroupValue, parts: readonly string[], written: string): Value | NotFound {
  let value: Value = start;
  for (const part of parts) {
    if (value.kind !== 'group') {
      return { message: `{{${written}}} is not known`, hint: `there is nothing below a ${value.kind}` };
    }
    const next: Value | undefined = value.members.get(part) ?? value.open?.(part);
    if (next === undefined) {
      return {
        message: value.missing?.(part) ?? `{{${written}}} is not known`,
        hint: guessName(part, [...value.members.keys()]),
      };
    }
    value = next;
  }
  return value;
}

/** What a path names: a member of the list's item first, else a name of the mail. */
export function findValue(path: hbs.AST.PathExpression, names: GroupValue, item: Value | undefined): Value | NotFound {
  const { parts, original, depth } = path;
  if (depth > 0)
    return { message: `{{${original}}} is not known`, hint: 'every name is known everywhere: leave out "../"' };
  const isThis = /^(?:this\b|\.)/.test(original);
  if (isThis && item === undefined)
    return { message: `{{${original}}} stands outside {{#each}}`, hint: 'name the value' };
  if (isThis && item !== undefined && parts.length === 0) return item;
  const [first = ''] = parts;
  if (item?.kind === 'group' && (isThis || item.members.has(first))) return walk(item, parts, original);
  if (item !== undefined && item.kind !== 'group' && isThis) {
    return { message: `{{${original}}} is not known`, hint: 'this list holds texts: write {{this}}' };
  }
  if (item?.kind === 'group' && !names.members.has(first)) {
    return {
      message: `{{${original}}} is not known`,
      hint: guessName(first, [...item.members.keys(), ...names.members.keys()]),
    };
  }
  return walk(names, parts, original);
}
