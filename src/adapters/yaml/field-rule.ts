import { stringify } from 'yaml';
import { showValue } from './show-value.js';

/** The part of JSON Schema that zod writes for our files; what a message needs to know of a field. */
export interface FieldRule {
  type?: string;
  description?: string;
  properties?: Record<string, FieldRule>;
  required?: string[];
  additionalProperties?: FieldRule | boolean;
  propertyNames?: FieldRule;
  items?: FieldRule;
  enum?: string[];
  pattern?: string;
  minimum?: number;
  maximum?: number;
  default?: unknown;
  examples?: unknown[];
  /** A secret: what was found there is never shown. */
  writeOnly?: boolean;
}

export function findRule(root: FieldRule, path: readonly PropertyKey[]): FieldRule {
  let rule: FieldRule = root;
  for (const part of path) {
    const { properties, items, additionalProperties } = rule;
    const named = properties !== undefined && Object.hasOwn(properties, part) ? properties[String(part)] : undefined;
    const open = typeof additionalProperties === 'object' ? additionalProperties : undefined;
    rule = (typeof part === 'number' ? items : (named ?? open)) ?? {};
  }
  return rule;
}

export function isSecret(root: FieldRule, path: readonly PropertyKey[]): boolean {
  return path.some((_, index) => findRule(root, path.slice(0, index + 1)).writeOnly === true);
}

/** What the field allows, as a noun phrase. */
export function describeRule(rule: FieldRule): string {
  if (rule.enum !== undefined) return `one of ${rule.enum.join(', ')}`;
  switch (rule.type) {
    case 'boolean':
      return 'true or false';
    case 'integer':
      return `a whole number${describeRange(rule)}`;
    case 'array':
      return 'a list, each item on a line of its own that begins with "- "';
    case 'object':
      if (rule.properties !== undefined) return `a section with the keys ${Object.keys(rule.properties).join(', ')}`;
      return `a section${showExample(rule, ', such as ')}`;
    default:
      return `a text${showExample(rule, ', such as ')}`;
  }
}

function describeRange({ minimum, maximum }: FieldRule): string {
  // Without a bound of its own an integer has that of exact numbers, which says nothing to a person.
  if (minimum === undefined || maximum === undefined || maximum === Number.MAX_SAFE_INTEGER) return '';
  return ` from ${minimum} to ${maximum}`;
}

/** A line of YAML that would do, or what the section holds. */
export function describeExample(key: string, rule: FieldRule): string {
  if (rule.examples !== undefined || rule.enum !== undefined) {
    return `for example ${showYaml({ [key]: rule.examples?.[0] ?? rule.enum?.[0] })}`;
  }
  return `it is ${describeRule(rule)}`;
}

function showExample({ examples }: FieldRule, before: string): string {
  if (examples === undefined) return '';
  const [example] = examples;
  return before + (typeof example === 'object' ? showYaml(example) : showValue(example));
}

/** As one line: flow style below the first key. */
function showYaml(value: unknown): string {
  const text = stringify(value, { collectionStyle: 'flow', lineWidth: 0, flowCollectionPadding: true }).trim();
  return text.replace(/^\{ (.*) \}$/s, '$1');
}

/** Every section that knows this key: for keys that stand at the wrong level. */
export function findSectionsWithKey(root: FieldRule, key: string, path: string[] = []): string[] {
  const here = root.properties !== undefined && Object.hasOwn(root.properties, key) ? [path.join('.')] : [];
  const below = Object.entries(root.properties ?? {}).flatMap(([name, rule]) =>
    findSectionsWithKey(rule.items ?? rule, key, [...path, name]),
  );
  return [...here, ...below];
}
