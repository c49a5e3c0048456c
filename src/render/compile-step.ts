import type { Campaign } from '../campaign/campaign.js';
import type { Plan } from '../campaign/plan.js';
import { BadInput, formatProblem, type Problem } from '../campaign/problem.js';
import { writeLogoPart } from './build-entity.js';
import { compileMarkup } from './compile-markup.js';
import { writeInstant } from './date-words.js';
import { type FoldOptions, foldTemplate } from './fold-template.js';
import { guessName } from './guess-name.js';
import { listBrandValues } from './list-brand-values.js';
import type { CompiledStep, MailContent } from './mail-content.js';
import { type MailFiller, type MailParts, makeFiller } from './mail-filler.js';
import { listLocales, readTexts } from './pack-texts.js';
import { rememberMoment } from './person-values.js';
import { pickLocale } from './pick-locale.js';
import { keysOf, longestOf, type Piece } from './piece.js';
import { readSources } from './read-sources.js';
import type { Source } from './source-text.js';
import { findStep, nameStep } from './step-names.js';
import type { GroupValue } from './template-value.js';

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
    foldTemplate(source.text, {
      names,
      form,
      linkStyle: '',
      placeAt: (line, column) => source.placeAt(line, column),
      report: (place, message, hint) => problems.push({ ...place, message, ...(hint === undefined ? {} : { hint }) }),
    });
  }
}

function foldParts(markup: string, plain: string, options: Omit<FoldOptions, 'form'>): MailParts {
  return {
    subject: foldTemplate('{{t.subject}}', { ...options, form: 'text' }),
    previewText: foldTemplate('{{t.preview}}', { ...options, form: 'text' }),
    html: foldTemplate(markup, { ...options, form: 'html' }),
    text: foldTemplate(plain, { ...options, form: 'text' }),
  };
}

/** The columns of the list that the parts show or ask for. */
function listColumns(parts: MailParts): string[] {
  const keys = (Object.values(parts) as Piece[][]).flatMap((pieces) => [...keysOf(pieces)]);
  return keys.filter((key) => key.startsWith('attributes.')).map((key) => key.slice('attributes.'.length));
}

function warnOfEmpty(parts: MailParts, locale: string): string[] {
  const bare = (pieces: readonly Piece[]) =>
    pieces.some((piece) => typeof piece !== 'string' && 'slot' in piece && piece.slot === 'firstName');
  if (!bare(parts.html) && !bare(parts.text)) return [];
  return [`"${locale}": {{firstName}} stands outside {{#if firstName}}: people whose name is not known get a gap`];
}

/**
 * Compiles one step of a campaign for every locale of its pack.
 *
 * Brand values are filled before MJML (it types its attributes), texts and dates after it, once a locale; the
 * person's values come last and are escaped, so that a name can be anything and change nothing else.
 * Throws BadInput with every problem found, each with its file, line and column where it has one.
 */
export async function compileStep(input: {
  campaign: Campaign;
  plan: Plan;
  step: string;
  content: MailContent;
}): Promise<CompiledStep> {
  const { campaign, plan, content } = input;
  const found = findStep(campaign, plan, input.step);
  if (found === undefined) {
    const ids = campaign.steps.map(({ id }) => id);
    throw new BadInput([{ message: `the campaign has no step "${input.step}"`, hint: guessName(input.step, ids) }]);
  }
  const { template } = found.step;
  const problems: Problem[] = [];
  const locales = listLocales(content);
  const fallback = pickLocale(campaign.locale, locales);
  if (fallback === undefined) problems.push(missLocale(campaign.locale, locales));
  const sources = readSources(content, template, problems);
  throwIfAny(problems);

  const { brand, linkStyle } = listBrandValues(campaign);
  const warnings = new Set<string>();
  const namesByLocale = new Map<string, GroupValue>();
  for (const locale of locales) {
    await collectProblems(problems, () => {
      const texts = readTexts(content, locale, template, problems);
      const named = nameStep(campaign, plan, found.planned, locale, texts);
      for (const warning of named.warnings) warnings.add(warning);
      namesByLocale.set(locale, named.names);
      checkSources(sources, named.names, problems);
    });
  }
  let markup = '';
  await collectProblems(problems, async () => {
    markup = await compileMarkup(sources.markup, brand);
  });
  throwIfAny(problems);

  const logoPart = writeLogoPart(content.logo);
  const attributes = new Set<string>();
  const fillers = new Map<string, MailFiller>();
  for (const [locale, names] of namesByLocale) {
    const parts = foldParts(markup, sources.plain.text, {
      names,
      linkStyle,
      placeAt: () => ({ file: `pack/${template}.mjml` }),
      report: (place, message, hint) => problems.push({ ...place, message, ...(hint === undefined ? {} : { hint }) }),
    });
    problems.push(...checkLimits(parts, locale, template));
    for (const warning of warnOfEmpty(parts, locale)) warnings.add(warning);
    for (const column of listColumns(parts)) attributes.add(column);
    const wordsOf = rememberMoment((asOf) => writeInstant(asOf, campaign.launch.zone, locale));
    fillers.set(locale, makeFiller(parts, locale, logoPart, `pack/${template}`, wordsOf));
  }
  throwIfAny(problems);

  const localeFor = (tag: string | undefined): string => {
    if (tag !== undefined && fillers.has(tag)) return tag;
    return (tag === undefined ? undefined : pickLocale(tag, locales)) ?? (fallback as string);
  };
  const fillerFor = (tag: string | undefined) => fillers.get(localeFor(tag)) as MailFiller;
  return {
    locales,
    attributes: [...attributes].sort(),
    warnings: [...warnings],
    localeFor,
    fill: (person, moment) => fillerFor(person.locale).fill(person, moment),
    fillEntity: (person, moment) => fillerFor(person.locale).fillEntity(person, moment),
  };
}
