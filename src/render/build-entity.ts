import { logoContentId, type MailContent } from './mail-content.js';
import { extendRun, type Run } from './piece.js';
import { encodeFragment } from './quoted-printable.js';

/** Quoted-printable never writes "=_" (RFC 2045, 6.7), so no text can look like a boundary. */
const alternative = '=_fanfare-alternative';
const related = '=_fanfare-related';

/** Content that is already written as it is sent, beside slots whose key begins with `text:` or `html:`. */
export type EntityRun = Run;

const textSlot = 'text:';
const htmlSlot = 'html:';

/** Which value a slot of an entity shows, and whether it is escaped for html. */
export function readEntitySlot(slot: string): { key: string; isHtml: boolean } {
  return { key: slot.slice(textSlot.length), isHtml: slot.startsWith(htmlSlot) };
}

function addBody(entity: Run, body: Run, mark: string): void {
  for (const piece of body) {
    if (typeof piece === 'string') extendRun(entity, encodeFragment(piece));
    else entity.push({ slot: mark + piece.slot });
  }
}

/** The logo as the last part, and the end of the entity: one flat text for everybody, of whatever locale and dates. */
export function writeEntityEnd({ contentType, base64, fileName }: MailContent['logo']): string {
  const name = fileName.replace(/[^\w.-]+/g, '-').slice(0, 60);
  const lines = base64.replace(/\s+/g, '').match(/.{1,76}/g) ?? [];
  return [
    `Content-Type: ${contentType}; name="${name}"`,
    'Content-Transfer-Encoding: base64',
    `Content-ID: <${logoContentId}>`,
    `Content-Disposition: inline; filename="${name}"`,
    '',
    ...lines,
    `--${related}--`,
    '',
    `--${alternative}--`,
    '',
  ].join('\r\n');
}

/**
 * The entity (RFC 2046, 5.1.4; RFC 2387) of both parts up to its end, ready but for its slots. Parts end in a line
 * break, so that what stands before a boundary is always at column 0.
 */
export function buildEntity(text: Run, html: Run): EntityRun {
  const entity: Run = [];
  const add = (...lines: string[]) => extendRun(entity, `${lines.join('\r\n')}\r\n`);
  add(`Content-Type: multipart/alternative; boundary="${alternative}"`, '', `--${alternative}`);
  add('Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: quoted-printable', '');
  addBody(entity, text, textSlot);
  add('', `--${alternative}`);
  add('Content-Type: multipart/related; type="text/html";', ` boundary="${related}"`, '', `--${related}`);
  add('Content-Type: text/html; charset=utf-8', 'Content-Transfer-Encoding: quoted-printable', '');
  addBody(entity, html, htmlSlot);
  add('', `--${related}`);
  return entity;
}
