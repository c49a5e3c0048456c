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
  for (const address of [to, from]) {
    if (!/^[\x21-\x7e]+$/.test(address) || /[<>,;:()"\\[\]]/.test(address) || address.split('@').length !== 2) {
      throw new Error('an envelope address is not one plain mailbox');
    }
  }
}

/** Few texts make up nearly every header of a step: each is encoded once. */
const encoded = new Map<string, string>();

function encodeText(text: string, header: string): string {
  const key = `${header}\n${text}`;
  let known = encoded.get(key);
  if (known === undefined) {
    if (encoded.size > 500) encoded.clear();
    const words = libmime.encodeWords(refuseBreaks(text), 'Q', 52);
    known = libmime.foldLines(`${header}: ${words}`, 76, false).slice(header.length + 2);
    encoded.set(key, known);
  }
  return known;
}

/** `"Name" <address>`, RFC 5322 3.4; a name that is not plain ASCII becomes encoded words, RFC 2047. */
function formatMailbox(name: string | undefined, address: string): string {
  if (!name) return refuseBreaks(address);
  refuseBreaks(name);
  const phrase = /^[\x20-\x7e]{1,60}$/.test(name)
    ? `"${name.replace(/["\\]/g, '\\$&')}"`
    : libmime.encodeWord(name, 'Q', 52).replace(/\?= =\?/g, '?=\r\n =?');
  // Folded where one line would pass the 78 characters of RFC 5322 2.1.1.
  const fold = phrase.length + address.length > 60 ? '\r\n' : '';
  return `${phrase}${fold} <${refuseBreaks(address)}>`;
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
