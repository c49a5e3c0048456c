import { domainToASCII } from 'node:url';

/** `address` is what RCPT TO gets; `key` is what two spellings of one mailbox have in common. */
export type ParsedAddress = { address: string; key: string } | { refusal: string };

// RFC 5321 section 4.1.2: Dot-string of RFC 5322 section 3.2.3 atext.
const dotString = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
const domainLabel = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
/** RFC 5321 section 4.5.3.1.1. */
const maxLocalChars = 64;
/** RFC 5321 section 4.5.3.1.3: a path of 256 with its two angle brackets. */
const maxAddressChars = 254;

/** A dot-string, one "@" and what may be a domain. It has nothing of the refusals below; nearly every cell is one. */
const ordinary = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[A-Za-z0-9.-]+$/;
/** Distinct domains that are remembered; a list has a few. */
const maxRemembered = 1_000;

/** What makes a text more than one bare mailbox, in the order in which it is told. */
const refusals: readonly [pattern: RegExp, refusal: string][] = [
  [/[\r\n\u2028\u2029]/, 'holds a line break'],
  // biome-ignore lint/suspicious/noControlCharactersInRegex: refusing them is the point
  [/[\u0000-\u001f\u007f-\u009f]/, 'holds a control character'],
  // Zero-width joiners stay: some scripts need them in a domain (RFC 5892 appendix A). IDNA checks where.
  [/(?![\u200c\u200d])\p{Cf}/u, 'holds an invisible character: type it anew'],
  [/^mailto:/i, 'begins with "mailto:": give the bare address'],
  [/[<>]/, 'stands in angle brackets or has a name before it: give the bare address'],
  [/[,;]/, 'holds a comma or semicolon: give exactly one address'],
  [/["\\]/, 'has a quoted part, which few servers accept'],
  [/[()]/, 'has a comment in brackets: give the bare address'],
  [/\s/, 'holds a space'],
];

/**
 * Reads exactly one mailbox, strictly; mail libraries read `a@x.test,b@y.test` as two recipients.
 *
 * White space around it is dropped, since every hand-made list has some. Everything else that is not the bare address
 * is refused with the reason: `mailto:`, angle brackets, display names, quotes, comments, lists. The local part is the
 * ASCII dot-string of RFC 5321 (a server without SMTPUTF8 cannot take another) and keeps its case. The domain becomes
 * lower-case A-labels (RFC 5891) and needs a dot.
 *
 * The key is the address in lower case without its plus tag (RFC 5233): `Anna+list@` is read by `anna@`.
 */
export function parseAddress(text: string): ParsedAddress {
  const isOrdinary = ordinary.test(text);
  const trimmed = isOrdinary ? text : text.replace(/^[ \t\u00a0]+|[ \t\u00a0]+$/g, '');
  if (trimmed === '') return { refusal: 'is empty' };
  if (!isOrdinary) for (const [pattern, refusal] of refusals) if (pattern.test(trimmed)) return { refusal };
  const at = trimmed.indexOf('@');
  if (at === -1) return { refusal: 'has no "@"' };
  if (!isOrdinary && at !== trimmed.lastIndexOf('@')) return { refusal: 'has more than one "@"' };
  const local = trimmed.slice(0, at);
  const refusal = isOrdinary && at <= maxLocalChars ? undefined : judgeLocalPart(local);
  if (refusal !== undefined) return { refusal };
  const name = trimmed.slice(at + 1);
  const domain = parseDomain(name);
  if ('refusal' in domain) return domain;
  // Most addresses are their own key; putting them together anew would take as long as reading them.
  const address = domain.ascii === name ? trimmed : `${local}@${domain.ascii}`;
  if (address.length > maxAddressChars) return { refusal: `is longer than ${maxAddressChars} characters` };
  const mailbox = dropTag(local.toLowerCase());
  return { address, key: mailbox === local ? address : `${mailbox}@${domain.ascii}` };
}

function dropTag(local: string): string {
  const plus = local.indexOf('+');
  // `a.+b@` has no mailbox `a.@` behind it: the tag is then no tag.
  return plus < 1 || local[plus - 1] === '.' ? local : local.slice(0, plus);
}

function judgeLocalPart(local: string): string | undefined {
  if (local === '') return 'has nothing before the "@"';
  const foreign = /[^\u0020-\u007e]/u.exec(local)?.[0];
  if (foreign !== undefined) return `has "${foreign}" before the "@": not every server takes mail for such an address`;
  if (local.length > maxLocalChars) return `has more than ${maxLocalChars} characters before the "@"`;
  if (dotString.test(local)) return undefined;
  if (/^\.|\.\.|\.$/.test(local)) return 'has a dot at the start or end of the part before the "@", or two in a row';
  return 'has a character before the "@" that no address has';
}

type Domain = { ascii: string } | { refusal: string };
const domains = new Map<string, Domain>();

/** Most people of a list share one: it is not even looked up again. */
let last: { text: string; domain: Domain } = { text: '', domain: judgeDomain('') };

function parseDomain(text: string): Domain {
  if (text === last.text) return last.domain;
  const known = domains.get(text);
  const domain = known ?? judgeDomain(text);
  if (!known && domains.size < maxRemembered) domains.set(text, domain);
  last = { text, domain };
  return domain;
}

function judgeDomain(text: string): Domain {
  if (text === '') return { refusal: 'has nothing behind the "@"' };
  if (text.startsWith('[')) return { refusal: 'names a server by number: give a domain' };
  let ascii = text.toLowerCase();
  // domainToASCII works as browsers do: it would turn `0x7f.1` into 127.0.0.1 and decode `%2e`. So it sees only what
  // needs it, and never other ASCII characters than those of a domain.
  if (/[\u0080-\u{10ffff}]|(^|\.)xn--/u.test(ascii)) {
    ascii = /[^a-z0-9.\u0080-\u{10ffff}-]/u.test(ascii) ? '' : domainToASCII(ascii);
    if (ascii === '') return { refusal: `has the domain "${text}", which is not a valid international domain` };
  }
  const labels = ascii.split('.');
  if (labels.length < 2) return { refusal: `has the domain "${text}", which has no dot` };
  if (labels.includes('')) return { refusal: `has the domain "${text}", with a dot too many` };
  const wrong = labels.find((label) => !domainLabel.test(label));
  if (wrong !== undefined) return { refusal: `has the domain "${text}", in which "${wrong}" is not allowed` };
  if (/^\d+$/.test(labels.at(-1) ?? '')) return { refusal: `has the domain "${text}", which ends in a number` };
  return { ascii };
}
