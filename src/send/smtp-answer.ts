/** What came back when one mail was offered to a server. `stage` says how far it got. */
export type SmtpAnswer =
  | { kind: 'accepted'; reply: string }
  /** The server said no: certain, nothing was accepted. */
  | { kind: 'refused'; code: number; enhanced?: string; reply: string; stage: SmtpStage }
  /** No server, or it went away before the message was handed over: certain as well. */
  | { kind: 'unreachable'; reason: string; stage: SmtpStage }
  /** Handed over, and no reply: nobody can know. */
  | { kind: 'uncertain'; reason: string };

export type SmtpStage = 'connect' | 'tls' | 'auth' | 'mail' | 'rcpt' | 'data';
