/** A place in a file, 1-based, as editors count. */
export interface Place {
  file: string;
  line?: number;
  column?: number;
}

/** A layout with the message in its place, every line of which knows where it came from. */
export interface Source {
  text: string;
  /** Both 1-based, in the joined text. */
  placeAt(line: number, column?: number): Place;
}

const slotLine = /^\s*\{\{> *message *\}\}\s*$/;

/** Line endings as LF, and no byte order mark. */
export function normaliseSource(text: string): string {
  return text.replace(/^\ufeff/, '').replace(/\r\n?/g, '\n');
}

/** Puts the message where the layout's line `{{> message}}` stands; undefined where it has no such line. */
export function joinSource(
  layout: { file: string; text: string },
  message: { file: string; text: string },
): Source | undefined {
  const lines: string[] = [];
  const origins: { file: string; line: number }[] = [];
  let slots = 0;
  const add = (file: string, text: string, line: number) => {
    lines.push(text);
    origins.push({ file, line });
  };
  for (const [index, text] of layout.text.split('\n').entries()) {
    if (slotLine.test(text)) {
      slots += 1;
      for (const [at, inner] of message.text.replace(/\n$/, '').split('\n').entries()) add(message.file, inner, at + 1);
    } else {
      add(layout.file, text, index + 1);
    }
  }
  if (slots !== 1) return undefined;
  return {
    text: lines.join('\n'),
    placeAt: (line, column) => ({
      ...(origins[Math.min(line, origins.length) - 1] ?? { file: layout.file }),
      ...(column === undefined ? {} : { column }),
    }),
  };
}

/** Line and column of an offset, both 1-based. */
export function locateOffset(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: offset - lineStart + 1 };
}
