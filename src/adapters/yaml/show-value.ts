const maxShown = 60;
/** Control characters and bidirectional overrides, which JSON.stringify leaves as they are: a terminal would obey them. */
const unsafe = /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** A text as it stands in a message: in quotes, on one line, at most about 60 characters. */
export function showText(text: string): string {
  const short = text.length > maxShown ? `${text.slice(0, maxShown)}...` : text;
  return JSON.stringify(short).replace(unsafe, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** What was found, in the words of a message: `"9am"`, `12.5`, `a list`, `a section`. */
export function showValue(value: unknown): string {
  if (typeof value === 'string') return showText(value);
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object' && value !== null) return 'a section';
  return String(value);
}

/** `launch.zone`, `steps[1].kind`; nothing for the file as a whole. */
export function showPath(path: readonly PropertyKey[]): string | undefined {
  const text = path
    .map((part) => {
      if (typeof part === 'number') return `[${part}]`;
      return /^[\w-]{1,60}$/.test(String(part)) ? `.${String(part)}` : `[${showText(String(part))}]`;
    })
    .join('')
    .replace(/^\./, '');
  return text === '' ? undefined : text;
}

/** What stands at a path of keys and indexes; undefined where nothing does. */
export function readPath(content: unknown, path: readonly PropertyKey[]): unknown {
  let value = content;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[part];
  }
  return value;
}
