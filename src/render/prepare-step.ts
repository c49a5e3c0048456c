import type { Campaign, Step } from '../campaign/campaign.js';
import { BadInput, formatProblem, type Problem } from '../campaign/problem.js';
import { writeEntityEnd } from './build-entity.js';
import { compileMarkup } from './compile-markup.js';
import { foldParts, type MailTemplates } from './fold-parts.js';
import { foldTemplate } from './fold-template.js';
import { listBrandValues } from './list-brand-values.js';
import type { MailContent } from './mail-content.js';
import type { MailParts } from './mail-filler.js';
import { listLocales, readTexts } from './pack-texts.js';
import { pickLocale } from './pick-locale.js';
import { keysOf, longestOf, type Piece } from './piece.js';
import { readSources } from './read-sources.js';
import type { Source } from './source-text.js';
import { nameStep } from './step-names.js';
import type { GroupValue } from './template-value.js';

/** The mails of one template, ready but for their dates: the same for every group of the audience. */
export interface PreparedStep {
  /** Sorted. */
  locales: readonly string[];
  /** Of people whose own locale has no texts. */
  fallback: string;
  textsByLocale: ReadonlyMap<string, GroupValue>;
  templates: MailTemplates;
  linkStyle: string;
  entityEnd: string;
  attributes: readonly string[];
  warnings: readonly string[];
}

/** Longer subjects are cut on phones. */
const longestSubject = 60;
/** Gmail clips a message whose html is larger: the reader then misses the help desk and the sender. */
const largestHtml = 102_400;

function missLocale(locale: string, locales: readonly string[]): Problem {
  return {
    file: 'pack/strings',
    message: `the pack has no texts in the campaign's locale "${locale}"`,
    hint: `it has ${locales.join(', ') || 'none'}`,
  };
}

/** Runs one check; its mistakes do not hide those of the next. */
async function collectProblems(problems: Problem[], check: () => Promise<void> | void): Promise<void> {
  try {
    await check();
  } catch (error) {
    if (!(error instanceof BadInput)) throw error;
    problems.push(...error.problems);
  }
}

function throwIfAny(problems: readonly Problem[]): void {
  const told = new Map(problems.map((problem) => [formatProblem(problem), problem]));
  if (told.size > 0) throw new BadInput([...told.values()]);
}

function checkLimits(parts: MailParts, locale: string, template: string): Problem[] {
  const file = `pack/strings/${locale}.json`;
  const problems: Problem[] = [];
  const subject = longestOf(parts.subject, (text) => [...text].length);
  if (subject > longestSubject) {
    problems.push({
      file,
      field: `${template}.subject`,
      message: `the subject has ${subject} characters; ${longestSubject} are allowed`,
      hint: 'aim at 50: phones cut the rest',
    });
  }
  const size = longestOf(parts.html, (text) => Buffer.byteLength(text));
  if (size > largestHtml) {
    problems.push({
      file: `pack/${template}.mjml`,
      message: `the html has ${size} bytes in "${locale}"; Gmail clips it after ${largestHtml}`,
      hint: 'say less, or link to the portal',
    });
  }
  return problems;
}

/** Every use of a name is checked on the sources, where lines are known, before anything is compiled. */
function checkSources(sources: { markup: Source; plain: Source }, names: GroupValue, problems: Problem[]): void {
  for (const [source, form] of [
    [sources.markup, 'html'],
    [sources.plain, 'text'],
  ] as const) {
    foldTemplate(source, {
      names,
      form,
      linkStyle: '',
      placeAt: (line, column) => source.placeAt(line, column),
      report: (place, message, hint) => problems.push({ ...place, message, ...(hint === undefined ? {} : { hint }) }),
    });
  }
}

/** The columns of the list that the parts show or ask for. */
function listColumns(parts: MailParts): string[] {
  const keys = (Object.values(parts) as Piece[][]).flatMap((pieces) => [...keysOf(pieces)]);
  return keys.filter((key) => key.startsWith('attributes.')).map((key) => key.slice('attributes.'.length));
}

/** Whether the name is shown also where it is not known. */
function showsBareName(pieces: readonly Piece[]): boolean {
  return pieces.some((piece) => {
    if (typeof piece === 'string') return false;
    if ('slot' in piece) return piece.slot === 'firstName';
    return (piece.when !== 'firstName' && showsBareName(piece.filled)) || showsBareName(piece.empty);
  });
}

function warnOfEmpty(parts: MailParts, locale: string): string[] {
  if (!showsBareName(parts.html) && !showsBareName(parts.text)) return [];
  return [`"${locale}": {{firstName}} stands outside {{#if firstName}}: people whose name is not known get a gap`];
}

/**
 * Prepares a step of a campaign for every locale of its pack: all that does not depend on dates, and every check.
 *
 * Brand values are filled before MJML (it types its attributes), texts and dates after it, once a locale; the
 * person's values come last and are escaped, so that a name can be anything and change nothing else.
 * Names, claims and limits are checked as they may be on any day, so that what passes here passes when the launch moves.
 * Throws BadInput with every problem found, each with its file, line and column where it has one.
 */
export async function prepareStep(
  campaign: Campaign,
  { template }: Pick<Step, 'template'>,
  content: MailContent,
): Promise<PreparedStep> {
  const problems: Problem[] = [];
  const locales = listLocales(content);
  const fallback = pickLocale(campaign.locale, locales);
  if (fallback === undefined) problems.push(missLocale(campaign.locale, locales));
  const sources = readSources(content, template, problems);
  throwIfAny(problems);

  const { brand, linkStyle } = listBrandValues(campaign);
  const warnings = new Set<string>();
  const textsByLocale = new Map<string, GroupValue>();
  const namesByLocale = new Map<string, GroupValue>();
  for (const locale of locales) {
    await collectProblems(problems, () => {
      const texts = readTexts(content, locale, template, problems);
      const named = nameStep(campaign, locale, texts);
      for (const warning of named.warnings) warnings.add(warning);
      textsByLocale.set(locale, texts);
      namesByLocale.set(locale, named.names);
      checkSources(sources, named.names, problems);
    });
  }
  let markup = '';
  await collectProblems(problems, async () => {
    markup = await compileMarkup(sources.markup, brand);
  });
  throwIfAny(problems);

  const templates = { markup: { text: markup }, plain: { text: sources.plain.text }, file: `pack/${template}.mjml` };
  const attributes = new Set<string>();
  for (const [locale, names] of namesByLocale) {
    await collectProblems(problems, () => {
      const parts = foldParts(templates, { names, linkStyle });
      problems.push(...checkLimits(parts, locale, template));
      for (const warning of warnOfEmpty(parts, locale)) warnings.add(warning);
      for (const column of listColumns(parts)) attributes.add(column);
    });
  }
  throwIfAny(problems);
  return {
    ...{ locales, fallback: fallback as string, textsByLocale, templates, linkStyle },
    entityEnd: writeEntityEnd(content.logo),
    attributes: [...attributes].sort(),
    warnings: [...warnings],
  };
}
