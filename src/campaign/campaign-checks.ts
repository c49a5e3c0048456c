import { age, locale } from './campaign-field.js';
import { parseAge } from './quantity.js';

/** A mistake that only shows when several fields are read together. */
interface Finding {
  path: (string | number)[];
  message: string;
}

function isSection(value: unknown): value is Readonly<Record<string, unknown>> {
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

/** Everybody else waits for the canary: a step that expires before would never reach them. */
export function findLateCanaries(campaign: unknown): Finding[] {
  const steps: unknown = isSection(campaign) ? campaign.steps : undefined;
  return (Array.isArray(steps) ? steps : []).flatMap((each, index) => {
    if (!isSection(each) || !isSection(each.canary)) return [];
    const { wait = '1h' } = each.canary;
    const usual = each.kind === 'sign-up-reminder' ? '24h' : '72h';
    const { expiresAfter = usual } = each;
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
