import libmime from 'libmime';
import type { Campaign } from '../campaign/campaign.js';

export interface Letter {
  campaign: Pick<Campaign, 'id' | 'name' | 'sender'>;
  recipient: { address: string; displayName?: string };
  subject: string;
  /** MIME entity with its own Content-Type header, ASCII, CRLF. */
  entity: string;
  /** Without angle brackets. */
  messageId: string;
  datedAt: Date;
}

/**
 * The whole message as it goes over the wire: ASCII, CRLF. `Auto-Submitted` and the others keep answering machines
 * quiet (RFC 3834; X-Auto-Response-Suppress without `All`, which would also stop the bounces we need).
 * @throws Error where a value that goes into a header holds a line break: a bug, our boundaries refuse them
 */
export function composeMessage({ campaign, recipient, subject, entity, messageId, datedAt }: Letter): string {
  const { sender } = campaign;
  return `From: ${formatMailbox(sender.name, sender.address)}\r
To: ${formatMailbox(recipient.displayName, recipient.address)}\r
Reply-To: ${formatMailbox(undefined, sender.replyTo)}\r
Subject: ${encodeText(subject, 'Subject')}\r
Date: ${formatDate(datedAt)}\r
Message-ID: <${refuseBreaks(messageId)}>\r
List-Id: ${formatListId(campaign)}\r
Auto-Submitted: auto-generated\r
X-Auto-Response-Suppress: OOF, AutoReply\r
Precedence: bulk\r
MIME-Version: 1.0\r
${entity}`;
}

/** The envelope of one message is exactly one address on each side; anything else must not reach a server. */
export function assertEnvelope(to: string, from: string): void {
  for (const address of [to, from]) assertMailbox(address);
}

/** One mailbox in ASCII, without what separates, quotes, comments or routes: RFC 5322 3.4.1 in its plain form. */
function assertMailbox(address: string): string {
  if (!/^[\x21-\x7e]+$/.test(address) || !/^[^@<>,;:()"\\[\]]+@[^@<>,;:()"\\[\]]+$/.test(address)) {
    throw new Error('an address is not one plain mailbox');
  }
  return address;
}

/** Few texts make up nearly every header of a step: each is encoded once. */
const encoded = new Map<string, string>();

function encodeText(text: string, header: string): string {
  const key = `${header}\n${text}`;
  let known = encoded.get(key);
  if (known === undefined) {
    if (encoded.size > 500) encoded.clear();
    known = canStandPlain(text) ? foldWords(text, header.length + 2) : encodeWords(text);
    encoded.set(key, known);
  }
  return known;
}

/** What reads the same after folding and unfolding, and which no reader takes for an encoded word (RFC 2047). */
function canStandPlain(text: string): boolean {
  return /^[\x21-\x7e]{1,60}( [\x21-\x7e]{1,60})*$/.test(text) && !text.includes('=?');
}

/** RFC 5322 2.2.3: a line break before a space, so that no line passes the 78 characters of 2.1.1. */
function foldWords(text: string, column: number): string {
  let folded = '';
  let width = column;
  for (const word of text.split(' ')) {
    const isFirst = folded === '';
    const breaks = !isFirst && width + 1 + word.length > 76;
    folded += isFirst ? word : `${breaks ? '\r\n' : ''} ${word}`;
    width = (breaks ? 0 : width) + 1 + word.length;
  }
  return folded;
}

/** RFC 2047, one encoded word a line: with the longest name of a header in front still under 78 characters. */
function encodeWords(text: string): string {
  return libmime.encodeWord(refuseBreaks(text), 'Q', 52).replaceAll('?= =?', '?=\r\n =?');
}

/** `"Name" <address>`, RFC 5322 3.4; a name that is not plain ASCII becomes encoded words. */
function formatMailbox(name: string | undefined, address: string): string {
  assertMailbox(address);
  if (!name) return address;
  const quoted = `"${name.replace(/["\\]/g, '\\$&')}"`;
  // Readers decode encoded words inside quotes too, though RFC 2047 5 says they must not.
  const phrase =
    /^[\x20-\x7e]+$/.test(name) && !name.includes('=?') && quoted.length <= 60 ? quoted : encodeWords(name);
  const lastLine = phrase.length - (phrase.lastIndexOf('\n') + 1);
  // Folded where one line would pass the 78 characters of RFC 5322 2.1.1; 12 for "Reply-To: " and "<>".
  const fold = lastLine + address.length + 12 > 76 ? '\r\n' : '';
  return `${phrase}${fold} <${address}>`;
}

/** RFC 2919: a name for the list within the sender's own domain. */
function formatListId({ id, sender }: Letter['campaign']): string {
  return `<${id}.${sender.address.slice(sender.address.lastIndexOf('@') + 1)}>`;
}

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** RFC 5322 3.3, in UTC. */
function formatDate(at: Date): string {
  const two = (number: number) => String(number).padStart(2, '0');
  const time = `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}`;
  return `${days[at.getUTCDay()]}, ${at.getUTCDate()} ${months[at.getUTCMonth()]} ${at.getUTCFullYear()} ${time} +0000`;
}

function refuseBreaks(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: this is the last line against header injection
  if (/[\u0000-\u001f\u007f]/.test(text)) throw new Error('a header value holds a control character');
  return text;
}
