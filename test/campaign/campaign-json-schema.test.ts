import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { campaignSchema } from '../../src/campaign/campaign.js';
import { campaignJsonSchema } from '../../src/campaign/campaign-json-schema.js';

interface Rule {
  type?: string;
  description?: string;
  properties?: Record<string, Rule>;
  required?: string[];
  additionalProperties?: Rule | boolean;
  propertyNames?: Rule;
  items?: Rule;
  enum?: unknown[];
  const?: unknown;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  anyOf?: Rule[];
}

const schema = campaignJsonSchema() as Rule & { $schema: string; title: string };
const config = new URL('../../config/', import.meta.url);
const readExample = (): Record<string, unknown> => parse(readFileSync(new URL('campaigns/sspr.yaml', config), 'utf8'));

/** As much of JSON Schema as the campaign's uses; what it uses beyond that fails the first test. */
function findViolations(rule: Rule, value: unknown, path = ''): string[] {
  if (Array.isArray(value)) {
    const { type, items = {}, minItems = 0, maxItems = value.length } = rule;
    if (type !== 'array' || value.length < minItems || value.length > maxItems) return [path];
    return value.flatMap((item, index) => findViolations(items, item, `${path}[${index}]`));
  }
  if (typeof value === 'object' && value !== null) {
    return rule.type === 'object' ? findViolationsOfSection(rule, value, path) : [path];
  }
  return fitsRule(rule, value) ? [] : [path];
}

function fitsRule(rule: Rule, value: unknown): boolean {
  if (rule.anyOf) return rule.anyOf.some((each) => fitsRule(each, value));
  if (typeof value === 'boolean') return rule.type === 'boolean' && (rule.const ?? value) === value;
  if (typeof value === 'number') {
    const { type, minimum = value, maximum = value } = rule;
    return type === 'integer' && Number.isInteger(value) && value >= minimum && value <= maximum;
  }
  if (typeof value !== 'string' || rule.type !== 'string') return false;
  const { pattern = '', minLength = 0, maxLength = value.length } = rule;
  const isAllowed = rule.enum?.includes(value) ?? true;
  return isAllowed && new RegExp(pattern).test(value) && value.length >= minLength && value.length <= maxLength;
}

function findViolationsOfSection(rule: Rule, section: object, path: string): string[] {
  const missing = (rule.required ?? []).filter((key) => !Object.hasOwn(section, key)).map((key) => `${path}.${key}`);
  const wrong = Object.entries(section).flatMap(([key, each]) => {
    const open = typeof rule.additionalProperties === 'object' ? rule.additionalProperties : undefined;
    const known = rule.properties?.[key] ?? open;
    const badName = rule.propertyNames === undefined ? [] : findViolations(rule.propertyNames, key, `${path}.${key}`);
    return known === undefined ? [`${path}.${key}`] : [...badName, ...findViolations(known, each, `${path}.${key}`)];
  });
  return [...missing, ...wrong];
}

function listRules(rule: Rule, path = 'campaign'): [string, Rule][] {
  const below = Object.entries(rule.properties ?? {}).flatMap(([key, each]) => listRules(each, `${path}.${key}`));
  const items = rule.items === undefined ? [] : listRules(rule.items, `${path}[]`);
  return [[path, rule], ...below, ...items];
}

describe('campaignJsonSchema', () => {
  test('uses only what the check below understands', () => {
    const known = [
      ...['$schema', 'title', 'description', 'examples', 'default', 'format', 'type', 'properties', 'required', 'enum'],
      ...['additionalProperties', 'propertyNames', 'items', 'pattern', 'minLength', 'maxLength', 'minimum', 'maximum'],
      ...['minItems', 'maxItems', 'anyOf', 'const'],
    ];
    const keywords = new Set(listRules(schema).flatMap(([, rule]) => Object.keys(rule)));
    expect([...keywords].filter((keyword) => !known.includes(keyword))).toEqual([]);
  });

  test('is what editors read: draft 7, with a title, and every key explained', () => {
    expect(schema.$schema).toBe('http://json-schema.org/draft-07/schema#');
    expect(schema.title).toBe('Fanfare campaign');
    const keys = listRules(schema).filter(([path]) => !path.endsWith('[]'));
    const silent = keys.filter(([, { description, type }]) => type !== 'object' && !description);
    expect(silent.map(([path]) => path)).toEqual([]);
  });

  test('accepts the example, and asks only for keys without a default', () => {
    expect(findViolations(schema, readExample())).toEqual([]);
    const { audience, goal, registerBy, locale, ...rest } = readExample();
    expect([audience, goal, registerBy, locale]).not.toContain(undefined);
    expect(findViolations(schema, rest)).toEqual([]);
  });

  test.each<[string, object]>([
    ['.launch.date', { launch: { date: '2027-02-30', zone: 'UTC' } }],
    ['.launch.zone', { launch: { date: '2027-02-28' } }],
    ['.locale', { locale: 'English' }],
    ['.extra', { extra: 1 }],
    ['.steps', { steps: [] }],
    ['.steps[0].kind', { steps: [{ kind: 'newsletter', offset: '0d' }] }],
    ['.steps[0].offset', { steps: [{ kind: 'coming-soon', offset: '14' }] }],
    ['.steps[0].canary.first', { steps: [{ kind: 'coming-soon', offset: '0d', canary: { first: 'some' } }] }],
    ['.rings', { rings: [] }],
    [
      '.rings[1].gate.go',
      {
        rings: [
          { id: 'pilot', share: '5%' },
          { id: 'all', gate: { go: false } },
        ],
      },
    ],
    ['.rings[0].share', { rings: [{ id: 'pilot', share: 0.05 }, { id: 'all' }] }],
    ['.calendar.holidays[1]', { calendar: { holidays: ['NL', 'Bayern'] } }],
    ['.portal.url', { portal: { url: 'http://passwords.contoso.com' } }],
  ])('refuses what the campaign schema refuses: %s', (path, change) => {
    const broken = { ...readExample(), ...change };
    expect(findViolations(schema, broken)).toEqual([path]);
    expect(campaignSchema.safeParse(broken).success).toBe(false);
  });

  test('stands in config/campaign.schema.json as it is now: after a change run "fanfare schema"', () => {
    expect(JSON.parse(readFileSync(new URL('campaign.schema.json', config), 'utf8'))).toEqual(campaignJsonSchema());
  });

  test('is what the example points at', () => {
    const [first = ''] = readFileSync(new URL('campaigns/sspr.yaml', config), 'utf8').split('\n');
    const [, target = ''] = /^# yaml-language-server: \$schema=(\S+)$/.exec(first) ?? [];
    expect(new URL(target, new URL('campaigns/sspr.yaml', config)).href).toBe(
      new URL('campaign.schema.json', config).href,
    );
  });
});
