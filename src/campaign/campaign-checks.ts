import { age, locale } from './campaign-field.js';
import { parseAge } from './quantity.js';
import { type StepKind, stepKinds, usualWorth } from './step-kind.js';

/** A mistake that only shows when several fields are read together. */
interface Finding {
  path: (string | number)[];
  message: string;
}

type Section = Readonly<Record<string, unknown>>;

function isSection(value: unknown): value is Section {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Steps are told apart by name, in the database and in every command. */
export function findDoubleSteps(campaign: unknown): Finding[] {
  const steps: unknown = isSection(campaign) ? campaign.steps : undefined;
  const findings: Finding[] = [];
  const seen = new Map<unknown, number>();
  for (const [index, each] of (Array.isArray(steps) ? steps : []).entries()) {
    if (!isSection(each)) continue;
    const name = each.id ?? each.kind;
    if (typeof name !== 'string') continue;
    const earlier = seen.get(name);
    if (earlier !== undefined) {
      findings.push({
        path: ['steps', index, each.id === undefined ? 'kind' : 'id'],
        message: `steps ${earlier + 1} and ${index + 1} are both called "${name}": give each an "id" of its own`,
      });
    }
    seen.set(name, index);
  }
  return findings;
}

/**
 * Each kind of step counts from another day, and that day must be there. A kind that is none is told by itself; what
 * its day would be nobody knows.
 */
export function findStepDates(campaign: unknown): Finding[] {
  if (!isSection(campaign)) return [];
  const steps: unknown[] = Array.isArray(campaign.steps) ? campaign.steps : [];
  return steps.flatMap((each, index) =>
    isSection(each)
      ? findStepDate(each, campaign).map(({ path, message }) => ({ path: ['steps', index, ...path], message }))
      : [],
  );
}

function findStepDate(step: Section, campaign: Section): Finding[] {
  const { kind, date, offset } = step;
  const findings: Finding[] = [];
  const isKnown = stepKinds.some((each) => each === kind);
  if (kind === 'launch-moved') {
    if (date === undefined)
      findings.push({ path: ['date'], message: 'needs a date: a launch-moved step goes on a day of its own' });
  } else if (date !== undefined && isKnown) {
    const message =
      'only a launch-moved step has a date of its own: leave it out, and say with "offset" when this one goes';
    findings.push({ path: ['date'], message });
  } else if (offset === undefined && date === undefined) {
    findings.push({ path: ['offset'], message: 'needs an offset' });
  }
  if (kind === 'last-call' && campaign.enforcement === undefined) {
    const message =
      'a last-call counts from the day on which registering is enforced: add "enforcement: { from: +28d }"';
    findings.push({ path: ['kind'], message });
  }
  if (kind === 'reconfirmation' && campaign.reconfirmation === undefined) {
    const message = 'nothing says how long a registration counts: add "reconfirmation: { everyDays: 180 }"';
    findings.push({ path: ['kind'], message });
  }
  return findings;
}

/** The first ring that fits takes a person: the last takes everybody who is left, and none before it does. */
export function findRingMistakes(campaign: unknown): Finding[] {
  const rings: unknown = isSection(campaign) ? campaign.rings : undefined;
  if (!Array.isArray(rings) || rings.length === 0) return [];
  const seen = new Map<unknown, number>();
  const findings = rings.flatMap((ring: unknown, index): Finding[] => {
    if (!isSection(ring)) return [];
    const earlier = seen.get(ring.id);
    seen.set(ring.id, index);
    const doubled = earlier !== undefined && typeof ring.id === 'string';
    const message = `rings ${(earlier ?? 0) + 1} and ${index + 1} are both called "${ring.id}": give each an "id" of its own`;
    return [
      ...(doubled ? [{ path: ['id'], message }] : []),
      ...findRulesThatClash(ring, index < rings.length - 1),
      ...(index === 0 && ring.gate !== undefined ? [{ path: ['gate'], message: gateOfFirst }] : []),
    ].map((finding) => ({ ...finding, path: ['rings', index, ...finding.path] }));
  });
  if (!rings.every((ring) => listRules(ring).length > 0)) return findings;
  const message = `nobody takes the people who are left: end with a ring that has none of ${ringRules.join(', ')}`;
  return [...findings, { path: ['rings'], message }];
}

const gateOfFirst =
  'a gate looks at the ring before, and there is none before the first: leave it out, or move the ring';
const ringRules = ['where', 'list', 'share'] as const;

/** By which rules a ring takes its people; nothing is known of one that is no section. */
function listRules(ring: unknown): string[] {
  return isSection(ring) ? ringRules.filter((rule) => ring[rule] !== undefined) : [];
}

function findRulesThatClash(ring: Section, hasRingsAfter: boolean): Finding[] {
  const rules = listRules(ring);
  if (rules.length > 1) {
    const names = rules.map((rule) => `"${rule}"`).join(' and ');
    return [{ path: [], message: `has ${names}: a ring takes its people by one of them` }];
  }
  if (isSection(ring.where) && Object.keys(ring.where).length === 0) {
    return [{ path: ['where'], message: 'names no column: say which one has which value, such as department: IT' }];
  }
  if (rules.length > 0 || !hasRingsAfter) return [];
  const message = `takes everybody who is left, and the rings after it get nobody: put it last, or give it ${ringRules.join(', ')}`;
  return [{ path: [], message }];
}

/** Everybody else waits for the canary: a step that expires before would never reach them. */
export function findLateCanaries(campaign: unknown): Finding[] {
  const steps: unknown = isSection(campaign) ? campaign.steps : undefined;
  return (Array.isArray(steps) ? steps : []).flatMap((each, index) => {
    if (!isSection(each) || !isSection(each.canary)) return [];
    const { wait = '1h' } = each.canary;
    const { expiresAfter = usualWorth[each.kind as StepKind] } = each;
    const [waitMs, worthMs] = [wait, expiresAfter].map((span) =>
      age.safeParse(span).success ? parseAge(String(span)) : 0,
    );
    if (waitMs === undefined || !worthMs || waitMs < worthMs) return [];
    return [
      {
        path: ['steps', index, 'canary'],
        message: `the others wait for ${wait}, and the step expires after ${expiresAfter}: they would never get it (shorten "wait", or give the step a longer "expiresAfter")`,
      },
    ];
  });
}

/** People whose language has no text get the campaign's, so that one must be there. */
export function findMissingLocales(campaign: unknown): Finding[] {
  if (!isSection(campaign) || !isSection(campaign.organisation)) return [];
  const fallback = campaign.locale ?? 'en';
  // One mistake is told once: a locale that is none has no texts either.
  if (!locale.safeParse(fallback).success) return [];
  const { helpDesk, intranetTitle } = campaign.organisation;
  return [
    { path: ['organisation', 'helpDesk', 'hours'], texts: isSection(helpDesk) ? helpDesk.hours : undefined },
    { path: ['organisation', 'intranetTitle'], texts: intranetTitle },
  ]
    .filter(({ texts }) => isSection(texts) && !Object.hasOwn(texts, String(fallback)))
    .map(({ path }) => ({ path, message: `has no text for the campaign's own locale "${fallback}"` }));
}
