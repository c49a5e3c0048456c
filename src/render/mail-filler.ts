import { buildEntity, readEntitySlot } from './build-entity.js';
import type { FilledEntity, FilledMail, MailMoment, MailPerson } from './mail-content.js';
import { escapeHtml, type PersonKey, readerOf, type ValueWords } from './person-values.js';
import { choosePieces, conditionsOf, keysOf, type Piece, type Run } from './piece.js';
import { encodeValue } from './quoted-printable.js';
import { wrapText } from './wrap-text.js';

/** The folded parts of one mail in one locale. */
export interface MailParts {
  subject: Piece[];
  previewText: Piece[];
  html: Piece[];
  text: Piece[];
}

export interface MailFiller {
  fill(person: MailPerson, moment: MailMoment): FilledMail;
  fillEntity(person: MailPerson, moment: MailMoment): FilledEntity;
}

type Write = (value: string) => string;
type Values = readonly string[];
/** Writes one run: a text, a value, a text ... joined and nothing more. */
type Writer = (values: Values) => string;

/** One way the choices of a mail can fall. */
interface Variant {
  subject: Writer;
  entity: Writer;
  previewText: Writer;
  html: Writer;
  text: Writer;
}

const asIs: Write = (value) => value;
const encodeHtml: Write = (value) => encodeValue(escapeHtml(value));

/** A choice more doubles the variants; past this many the oldest is forgotten and made again when needed. */
const keptVariants = 64;

/**
 * One piece of memory instead of the tree that V8 keeps of a string put together: a tree of 40,000 leaves is
 * walked again for every mail, and made this the slowest step by far (4,600 mails a second as bytes instead of 75,000).
 */
function flatten(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8');
}

function compileRun(
  run: Run,
  indexOf: (key: PersonKey) => number,
  writeFor: (slot: string) => [PersonKey, Write],
): Writer {
  const first = typeof run[0] === 'string' ? flatten(run[0]) : '';
  const slots: { index: number; write: Write; after: string }[] = [];
  for (const piece of run.slice(first === '' ? 0 : 1)) {
    const last = slots.at(-1);
    if (typeof piece === 'string') {
      if (last) last.after = flatten(piece);
      continue;
    }
    const [key, write] = writeFor(piece.slot);
    slots.push({ index: indexOf(key), write, after: '' });
  }
  return (values) => {
    let written = first;
    for (const { index, write, after } of slots) written += write(values[index] as string) + after;
    return written;
  };
}

/**
 * Makes the filler of one locale. `entityEnd` is added as it is and never copied: a logo may have 200 kB, and there is a
 * filler a locale for every set of dates. `template` names the file in errors at fill time.
 */
export function makeFiller(
  parts: MailParts,
  locale: string,
  entityEnd: string,
  template: string,
  words: ValueWords,
): MailFiller {
  const keys = new Set<PersonKey>();
  const conditions = new Set<PersonKey>();
  for (const pieces of Object.values(parts) as Piece[][]) {
    keysOf(pieces, keys);
    conditionsOf(pieces, conditions);
  }
  // Conditions first: their values tell the variant.
  const order = [...conditions, ...[...keys].filter((key) => !conditions.has(key))];
  const readers = order.map((key) => readerOf(key, template, words));
  const indexOf = (key: PersonKey) => order.indexOf(key);
  const variants = new Map<string, Variant>();

  const makeVariant = (values: Values): Variant => {
    const isFilled = (key: PersonKey) => values[indexOf(key)] !== '';
    const [subject, previewText, html] = [parts.subject, parts.previewText, parts.html].map((pieces) =>
      choosePieces(pieces, isFilled),
    ) as [Run, Run, Run];
    const text = wrapText(choosePieces(parts.text, isFilled));
    const plain = (slot: string): [PersonKey, Write] => [slot, asIs];
    return {
      subject: compileRun(subject, indexOf, plain),
      previewText: compileRun(previewText, indexOf, plain),
      html: compileRun(html, indexOf, (slot) => [slot, escapeHtml]),
      text: compileRun(text, indexOf, plain),
      entity: compileRun(buildEntity(text, html), indexOf, (slot) => {
        const { key, isHtml } = readEntitySlot(slot);
        return [key, isHtml ? encodeHtml : encodeValue];
      }),
    };
  };

  const variantFor = (values: Values): Variant => {
    let name = '';
    for (let index = 0; index < conditions.size; index += 1) name += values[index] === '' ? '0' : '1';
    const known = variants.get(name);
    if (known) return known;
    if (variants.size >= keptVariants) variants.delete(variants.keys().next().value as string);
    const variant = makeVariant(values);
    variants.set(name, variant);
    return variant;
  };

  const readValues = (person: MailPerson, moment: MailMoment): Values => readers.map((read) => read(person, moment));
  return {
    fill(person, moment) {
      const values = readValues(person, moment);
      const { subject, previewText, html, text } = variantFor(values);
      return {
        locale,
        subject: subject(values).trim(),
        previewText: previewText(values).trim(),
        html: html(values),
        text: text(values),
      };
    },
    fillEntity(person, moment) {
      const values = readValues(person, moment);
      const { subject, entity } = variantFor(values);
      return { locale, subject: subject(values).trim(), entity: entity(values) + entityEnd };
    },
  };
}
