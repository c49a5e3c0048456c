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

const aboutRecipient: readonly SmtpStage[] = ['rcpt', 'data'];

/**
 * Every SMTP reply is judged here and nowhere else; the first rule that fits counts.
 * Enhanced codes: RFC 3463, RFC 4954, RFC 7372, and Microsoft's own
 * (learn.microsoft.com/troubleshoot/exchange/email-delivery/ndr/non-delivery-reports-in-exchange-online).
 */
const rules: readonly Rule[] = [
  // Sender or tenant, whatever the stage: servers put most of these into replies about a recipient.
  { scope: 'sender', codes: [530, 534, 535, 538] },
  // RFC 4954: 4.7.12 wants another password, not another moment.
  { scope: 'sender', enhanced: /^4\.7\.12$/, stages: ['auth'] },
  { scope: 'sender', enhanced: /^5\.7\.(3|30|57|60|64|139|232|233|50[1-36]|508|511|6(0[6-9]|[1-4]\d)|70[3-8]|750)$/ },
  { scope: 'sender', enhanced: /^5\.1\.(8|90)$/ },
  { scope: 'sender', enhanced: /^4\.1\.[78]$/ },
  { scope: 'sender', enhanced: /^5\.2\.252$/ },
  { scope: 'sender', enhanced: /^5\.2\.[02]$/, text: /submission|quota.*(send|submi)|(send|submi)\w*.*quota/i },
  // Google: "550 5.4.5 Daily user sending limit exceeded".
  { scope: 'sender', enhanced: /^5\.4\.5$/, text: /limit/i },
  // Postfix says these at RCPT TO by default (smtpd_delay_reject), though they are about us. Greylisting may use the
  // same words and means this recipient, for now.
  {
    scope: 'sender',
    codes: range(450, 599),
    text: /^(?!.*gr[ea]y).*((sender address|client host|helo command) rejected|not owned by user|client was not authenticated|send as (this|the) |client host .*blocked using)/i,
  },
  {
    scope: 'sender',
    codes: range(500, 599),
    text: /relay(ing)? (access )?(is )?(denied|not (permitted|allowed)|prohibited)|unable to relay/i,
  },
  { scope: 'sender', codes: range(500, 599), stages: ['auth', 'tls'] },
  // The recipient's store is busy: the same code and nearly the same words as a limit of ours below.
  { scope: 'recipient-for-now', codes: [432], text: /STOREDRV\.Deliver/i, stages: aboutRecipient },
  // RFC 5321 gives 421 to a server that closes; 4.4.2 is its time-out, not our speed.
  { scope: 'network', codes: [421], enhanced: /^4\.4\.\d+$/ },
  // Too fast.
  { scope: 'throttle', codes: [421] },
  { scope: 'throttle', codes: [432], text: /concurrent|thread|connection/i },
  { scope: 'throttle', enhanced: /^4\.7\.([5-6]\d\d|8[5-9]\d)$/ },
  // The recipient, for now. 4.7.1 is how greylisting answers.
  { scope: 'recipient-for-now', enhanced: /^(4\.(2\.[12]|1\.1|7\.1)|5\.2\.12[12])$/, stages: aboutRecipient },
  { scope: 'recipient-for-now', codes: [432], stages: aboutRecipient },
  { scope: 'throttle', codes: [450, 451, 452], enhanced: /^4\.7\.\d+$/ },
  { scope: 'network', enhanced: /^4\.[34]\.\d+$/ },
  // The recipient, for good.
  {
    scope: 'recipient-gone',
    codes: [550, 551, 553, 554],
    enhanced: /^5\.(1\.([1236]|10)|2\.1)$/,
    stages: aboutRecipient,
  },
  { scope: 'mailbox-full', codes: [552, 554, 550], enhanced: /^5\.2\.2$/, stages: aboutRecipient },
  // The message. 5.7.20 to 5.7.26: DKIM, SPF, reverse DNS, DMARC (RFC 7372).
  { scope: 'message', enhanced: /^5\.(3\.4|2\.3|6\.\d+|7\.(2[0-6]|509|512))$/ },
  // Replies without a code that we know: by where they came.
  { scope: 'recipient-for-now', codes: range(400, 499), stages: aboutRecipient },
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
