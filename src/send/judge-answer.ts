import type { SmtpAnswer, SmtpStage } from './smtp-answer.js';

/** Whom an answer is about. What is done follows from this, never from the first digit alone. */
export type Scope =
  | 'accepted'
  /** The mailbox does not exist (any more). */
  | 'recipient-gone'
  /** This recipient cannot be reached now: greylisting, a busy store. */
  | 'recipient-for-now'
  | 'mailbox-full'
  /** The server refuses this recipient for a reason that says nothing of the mailbox. */
  | 'recipient-refused'
  /** The server refuses what the message is: size, content, DMARC. */
  | 'message'
  /** The server refuses us: sign-in, a quota, a blocked tenant. No recipient is to blame. */
  | 'sender'
  /** Too fast. */
  | 'throttle'
  /** No server, or a broken connection, before anything was handed over. */
  | 'network'
  | 'uncertain';

interface Rule {
  scope: Scope;
  codes?: readonly number[];
  enhanced?: RegExp;
  text?: RegExp;
  stages?: readonly SmtpStage[];
}

/**
 * Every SMTP reply is judged here and nowhere else; the first rule that fits counts.
 * Enhanced codes: RFC 3463, and Microsoft's own
 * (learn.microsoft.com/exchange/mail-flow-best-practices/non-delivery-reports-in-exchange-online).
 */
const rules: readonly Rule[] = [
  // Sender or tenant, whatever the stage: Exchange puts some of these into replies about a recipient.
  { scope: 'sender', codes: [530, 534, 535, 538] },
  { scope: 'sender', enhanced: /^5\.7\.(3|30|57|60|139|50[1-3]|70[3-8]|750)$/ },
  { scope: 'sender', enhanced: /^5\.1\.8$/ },
  { scope: 'sender', enhanced: /^5\.2\.[02]$/, text: /submission|quota.*(send|submi)|(send|submi)\w*.*quota/i },
  { scope: 'sender', stages: ['auth', 'tls'] },
  // Too fast.
  { scope: 'throttle', codes: [421] },
  { scope: 'throttle', codes: [432], text: /concurrent|thread|connection/i },
  { scope: 'throttle', enhanced: /^4\.7\.([5-6]\d\d)$/ },
  // The recipient, for now. 4.7.1 is how greylisting answers.
  { scope: 'recipient-for-now', enhanced: /^4\.(2\.[12]|1\.1|7\.1)$/ },
  { scope: 'recipient-for-now', codes: [432] },
  { scope: 'throttle', codes: [450, 451, 452], enhanced: /^4\.7\.\d+$/ },
  { scope: 'network', enhanced: /^4\.[34]\.\d+$/ },
  // The recipient, for good.
  { scope: 'recipient-gone', codes: [550, 551, 553, 554], enhanced: /^5\.(1\.([1236]|10)|2\.1)$/ },
  { scope: 'mailbox-full', codes: [552, 554, 550], enhanced: /^5\.2\.2$/ },
  // The message.
  { scope: 'message', enhanced: /^5\.(3\.4|2\.3|6\.\d+|7\.509)$/ },
  { scope: 'message', codes: [554, 550], enhanced: /^5\.7\.1$/, stages: ['data'] },
  // Replies without a code that we know: by where they came.
  { scope: 'sender', codes: [550, 551, 553, 554], enhanced: /^5\.7\.1$/, stages: ['rcpt'], text: /relay/i },
  { scope: 'recipient-for-now', codes: range(400, 499), stages: ['rcpt', 'data'] },
  { scope: 'network', codes: range(400, 499) },
  { scope: 'recipient-refused', codes: range(500, 599), stages: ['rcpt'] },
  { scope: 'message', codes: range(500, 599), stages: ['data'] },
  { scope: 'sender', codes: range(500, 599) },
];

/** What an answer means. */
export function judgeAnswer(answer: SmtpAnswer): Scope {
  if (answer.kind === 'accepted') return 'accepted';
  if (answer.kind === 'uncertain') return 'uncertain';
  // Certificates that do not verify and refused sign-ins say who we are not, not where the network is.
  if (answer.kind === 'unreachable') return answer.stage === 'tls' || answer.stage === 'auth' ? 'sender' : 'network';
  const { code, enhanced = '', reply, stage } = answer;
  const rule = rules.find(
    (each) =>
      (each.codes?.includes(code) ?? true) &&
      (each.enhanced?.test(enhanced) ?? true) &&
      (each.text?.test(reply) ?? true) &&
      (each.stages?.includes(stage) ?? true),
  );
  return rule?.scope ?? 'message';
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
