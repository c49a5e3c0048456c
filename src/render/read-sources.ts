import type { Problem } from '../campaign/problem.js';
import { blankComments } from './check-markup.js';
import { guessName } from './guess-name.js';
import type { MailContent } from './mail-content.js';
import { listTemplates } from './pack-texts.js';
import { joinSource, normaliseSource, type Source } from './source-text.js';

/** A template inside its layout; a file that is missing is reported. */
function readSource(content: MailContent, template: string, ending: 'mjml' | 'txt.hbs', problems: Problem[]): Source {
  const names = { layout: `layout.${ending}`, message: `pack/${template}.${ending}` };
  const read = (file: string) => {
    const text = content.files[file];
    if (text === undefined) {
      const hint = file === names.message ? guessName(template, listTemplates(content)) : undefined;
      problems.push({ file, message: 'this file is missing', ...(hint === undefined ? {} : { hint }) });
    }
    const source = normaliseSource(text ?? '');
    return { file, text: ending === 'mjml' ? blankComments(source) : source };
  };
  const [layout, message] = [read(names.layout), read(names.message)];
  const joined = joinSource(layout, message);
  if (joined !== undefined) return joined;
  if (content.files[names.layout] !== undefined) {
    problems.push({ file: names.layout, message: 'needs the line {{> message}} once, where the message goes' });
  }
  return { text: '', placeAt: () => ({ file: names.layout }) };
}

/** Both templates of a mail: what becomes html, its comments blanked, and what becomes text. */
export function readSources(
  content: MailContent,
  template: string,
  problems: Problem[],
): { markup: Source; plain: Source } {
  return {
    markup: readSource(content, template, 'mjml', problems),
    plain: readSource(content, template, 'txt.hbs', problems),
  };
}
