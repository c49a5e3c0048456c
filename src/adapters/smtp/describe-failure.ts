import type { SmtpAnswer, SmtpStage } from '../../send/smtp-answer.js';

/** What nodemailer adds to an error. `originalCode` is the system's own where `code` is nodemailer's. */
export interface SmtpError extends Error {
  code?: string;
  originalCode?: string;
  command?: string;
  responseCode?: number;
  response?: string;
}

/**
 * An error of nodemailer's as an answer. A reply makes it certain; no reply after the hand-over makes it uncertain.
 * `secrets` are taken out of the server's words: some servers repeat the command they did not like.
 */
export function describeFailure(
  error: SmtpError,
  { handedOver = false, secrets = [] }: { handedOver?: boolean; secrets?: readonly string[] } = {},
): SmtpAnswer {
  const stage = stageOf(error, handedOver);
  const reply = cleanReply(error.response ?? '', secrets);
  const code = error.responseCode ?? 0;
  if (code >= 400 && code <= 599) {
    const enhanced = /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})/.exec(error.response ?? '')?.[1];
    return { kind: 'refused', code, ...(enhanced && { enhanced }), reply, stage };
  }
  const reason = reply || cleanReply(error.message, secrets);
  return handedOver ? { kind: 'uncertain', reason } : { kind: 'unreachable', reason, stage };
}

/** OpenSSL's and Node's codes for a certificate or a handshake that cannot be trusted (nodejs.org/api/tls.html). */
const distrust = /CERT|SSL|TLS|CRL|EPROTO|HOSTNAME_MISMATCH|UNABLE_TO_VERIFY|INVALID_(CA|PURPOSE)|PATH_LENGTH/;

function stageOf({ code, originalCode, command }: SmtpError, handedOver: boolean): SmtpStage {
  if (handedOver || command === 'DATA') return 'data';
  if (command === 'RCPT TO') return 'rcpt';
  if (command === 'MAIL FROM') return 'mail';
  if (code === 'EAUTH' || command?.startsWith('AUTH')) return 'auth';
  // A certificate that is refused comes as an error of the socket.
  if (code === 'ETLS' || command === 'STARTTLS' || distrust.test(originalCode ?? '')) return 'tls';
  return 'connect';
}

const longestReply = 300;

/** One line of at most 300 characters, without addresses and secrets: replies are stored and shown. */
export function cleanReply(reply: string, secrets: readonly string[] = []): string {
  let text = reply;
  // A reply may be 64 kB long; what is cut off must not leave half an address or half a secret.
  if (text.length > 4 * longestReply) text = text.slice(0, 4 * longestReply).replace(/\S*$/, '');
  for (const secret of secrets) if (secret) text = text.replaceAll(secret, '[secret]');
  return text
    .replace(/[\p{Cc}\p{Cf}]+/gu, ' ')
    .replace(/[^\s<>"'(),;:]+@[^\s<>"'(),;:]+/g, '[address]')
    .trim()
    .slice(0, longestReply);
}
