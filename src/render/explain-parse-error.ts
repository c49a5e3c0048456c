import { locateOffset } from './source-text.js';

export interface ParseError {
  /** 1-based. */
  line: number;
  /** 1-based. */
  column: number;
  message: string;
  hint?: string;
}

/** The innermost block that has no end: Handlebars itself tells only that the file ended too early. */
function findOpenBlock(template: string): { offset: number; written: string } | undefined {
  const open: { offset: number; name: string; written: string }[] = [];
  for (const match of template.matchAll(/\{\{~?(?:#\s*(\w+)[^}]*|\/\s*(\w+)\s*)~?\}\}/g)) {
    const [written, opens, closes] = match;
    if (opens !== undefined) open.push({ offset: match.index, name: opens, written });
    else if (open.at(-1)?.name === closes) open.pop();
  }
  return open.at(-1);
}

/** Handlebars' parse error with the place an author can use. */
export function explainParseError(template: string, error: unknown): ParseError {
  const block = findOpenBlock(template);
  if (block !== undefined) {
    return {
      ...locateOffset(template, block.offset),
      message: `${block.written} has no end`,
      hint: 'write {{/if}}, {{/unless}} or {{/each}}',
    };
  }
  const told = String(error instanceof Error ? error.message : error);
  const { lineNumber, column } = error as { lineNumber?: number; column?: number };
  const line = lineNumber ?? Number(/on line (\d+)/.exec(told)?.[1] ?? 1);
  return {
    line,
    column: (column ?? 0) + 1,
    message: `not a complete template: ${(told.split('\n')[3] ?? told.split('\n')[0] ?? '').replace(/ - \d+:\d+$/, '')}`,
    hint: 'every {{ needs its }}, every {{/if}} and {{/each}} its beginning',
  };
}
