import { BadInput, type Problem } from '../campaign/problem.js';
import { findLost, findUnbalanced, markContent, removeMarks } from './check-markup.js';
import { guessName } from './guess-name.js';
import { locateOffset, type Source } from './source-text.js';

/** Colours and sizes, validated: they stand in MJML's typed attributes, where no variable may. */
export type BrandValues = Readonly<Record<string, string | number>>;

function fillBrand(source: Source, brand: BrandValues): Source {
  const problems: Problem[] = [];
  const text = source.text.replace(/\[\[\s*([^\]\n]*?)\s*\]\]/g, (whole, name: string, offset: number) => {
    const value = Object.hasOwn(brand, name) ? brand[name] : undefined;
    if (value !== undefined) return String(value);
    const { line, column } = locateOffset(source.text, offset);
    problems.push({
      ...source.placeAt(line, column),
      message: `[[${name}]] is not known`,
      hint: guessName(name, Object.keys(brand)),
    });
    return whole;
  });
  if (problems.length > 0) throw new BadInput(problems);
  return { ...source, text };
}

interface MjmlError {
  line?: number;
  message: string;
  tagName?: string;
}

function readErrors(thrown: unknown): MjmlError[] {
  const listed = (thrown as { errors?: MjmlError[] }).errors;
  if (Array.isArray(listed) && listed.length > 0) return listed;
  return [{ message: thrown instanceof Error ? thrown.message : String(thrown) }];
}

async function runMjml(text: string): Promise<{ html: string; errors: MjmlError[] }> {
  // Loaded on first use: it takes 0.3 s, and most commands render nothing.
  const { default: mjml2html } = await import('mjml');
  try {
    // Without `fonts: {}` it links web fonts, and each is a request that tells who opened the mail.
    const { html, errors } = await mjml2html(text, { validationLevel: 'strict', fonts: {}, keepComments: true });
    return { html, errors };
  } catch (thrown) {
    return { html: '', errors: readErrors(thrown) };
  }
}

/**
 * MJML (its comments blanked) to html, its variables still in it. Throws BadInput with the line of every unbalanced tag, every
 * attribute MJML refuses and every content it would have dropped.
 */
export async function compileMarkup(raw: Source, brand: BrandValues): Promise<string> {
  const source = fillBrand(raw, brand);
  const unbalanced = findUnbalanced(source);
  if (unbalanced.length > 0) throw new BadInput(unbalanced);
  const marked = markContent(source);
  const { html, errors } = await runMjml(marked.text);
  if (errors.length > 0) {
    throw new BadInput(
      errors.map(({ line, message, tagName }) => ({
        ...source.placeAt(line ?? 1),
        message: removeMarks(tagName === undefined ? message : `<${tagName}>: ${message}`),
      })),
    );
  }
  const lost = findLost(source, marked, html);
  if (lost.length > 0) throw new BadInput(lost);
  return removeMarks(html)
    .replace(/<!--(?!\[if|<!\[|-->)[\s\S]*?-->/gi, '')
    .replace(/^[ \t]+/gm, '')
    .replace(/\n{2,}/g, '\n');
}
