import { BadInput, type Problem } from '../campaign/problem.js';
import { type FoldOptions, foldTemplate } from './fold-template.js';
import type { MailParts } from './mail-filler.js';
import type { Template } from './template-value.js';

const subject: Template = { text: '{{t.subject}}' };
const preview: Template = { text: '{{t.preview}}' };

/** Both templates of a mail as they are before texts and dates are filled in. */
export interface MailTemplates {
  /** MJML done, its variables still in it. */
  markup: Template;
  plain: Template;
  /** Names the file where nothing knows the line. */
  file: string;
}

/**
 * The parts of a mail in one locale.
 * @throws BadInput where a template shows what is not known
 */
export function foldParts(
  { markup, plain, file }: MailTemplates,
  { names, linkStyle }: Pick<FoldOptions, 'names' | 'linkStyle'>,
): MailParts {
  const problems: Problem[] = [];
  const options: Omit<FoldOptions, 'form'> = {
    names,
    linkStyle,
    placeAt: () => ({ file }),
    report: (place, message, hint) => problems.push({ ...place, message, ...(hint === undefined ? {} : { hint }) }),
  };
  const parts = {
    subject: foldTemplate(subject, { ...options, form: 'text' }),
    previewText: foldTemplate(preview, { ...options, form: 'text' }),
    html: foldTemplate(markup, { ...options, form: 'html' }),
    text: foldTemplate(plain, { ...options, form: 'text' }),
  };
  if (problems.length > 0) throw new BadInput(problems);
  return parts;
}
