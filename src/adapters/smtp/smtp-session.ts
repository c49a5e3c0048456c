import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { OutgoingMail } from '../../engine/ports.js';
import type { SmtpAnswer, SmtpStage } from '../../send/smtp-answer.js';

export interface SmtpServer {
  host: string;
  port: number;
  /** `tls`: from the first byte; `starttls`: required before anything else; `none`: loopback only. */
  security: 'starttls' | 'tls' | 'none';
  auth?: { user: string; password: string };
  /** Refuse certificates that cannot be verified. Only loopback may say no. */
  verifyCertificate: boolean;
}

/**
 * RFC 5321 4.5.3.2.6 gives a server 10 minutes to answer the final dot: whoever waits less makes
 * an accepted mail uncertain.
 */
const answerTimeoutMs = 600_000;

/**
 * One SMTP connection. nodemailer's SMTPConnection is driven directly, because only then it is visible whether a mail
 * was handed over before the connection broke.
 */
export class SmtpSession {
  readonly #connection: SMTPConnection;
  #lost: Error | undefined;
  /** Mails accepted or refused on this connection. */
  answered = 0;

  private constructor(connection: SMTPConnection) {
    this.#connection = connection;
    connection.on('error', (error: Error) => {
      this.#lost = error;
    });
    connection.on('end', () => {
      this.#lost ??= new Error('the server closed the connection');
    });
  }

  get usable(): boolean {
    return this.#lost === undefined;
  }

  /** Connect, secure and sign in. */
  static async open(server: SmtpServer): Promise<SmtpSession | SmtpAnswer> {
    const connection = new SMTPConnection({
      host: server.host,
      port: server.port,
      secure: server.security === 'tls',
      requireTLS: server.security === 'starttls',
      ignoreTLS: server.security === 'none',
      tls: { minVersion: 'TLSv1.2', rejectUnauthorized: server.verifyCertificate },
      connectionTimeout: 30_000,
      greetingTimeout: 30_000,
      dnsTimeout: 15_000,
      socketTimeout: answerTimeoutMs,
      // Bounded: a server cannot make us keep megabytes of reply.
      maxResponseSize: 64 * 1024,
      allowInternalNetworkInterfaces: true,
      logger: false,
      debug: false,
    });
    const session = new SmtpSession(connection);
    const refused = await session
      .#connect()
      .then(() => session.#login(server.auth))
      .then(() => undefined, describeFailure);
    if (!refused) return session;
    connection.close();
    return refused;
  }

  #connect(): Promise<void> {
    return new Promise((done, fail) => {
      this.#connection.once('error', fail);
      this.#connection.connect((error?: Error) => {
        this.#connection.removeListener('error', fail);
        if (error) fail(error);
        else done();
      });
    });
  }

  #login(auth: SmtpServer['auth']): Promise<void> {
    if (!auth) return Promise.resolve();
    return new Promise((done, fail) => {
      this.#connection.login({ user: auth.user, pass: auth.password }, (error) => (error ? fail(error) : done()));
    });
  }

  /** Offer one mail. The envelope is exactly `mail.to`; afterwards the session is free again or no longer usable. */
  async send(mail: OutgoingMail): Promise<SmtpAnswer> {
    const body = new HandedOver(mail.raw);
    const answer = await new Promise<SmtpAnswer>((done) => {
      // nodemailer asks for the body only once the server's 354 is there.
      this.#connection.send(
        { from: mail.from, to: [mail.to] },
        body as unknown as NodeJS.ReadableStream & string,
        (error, info) => {
          if (error) done(describeFailure(error as SmtpError, body.begun));
          else done({ kind: 'accepted', reply: cleanReply(info?.response ?? '') });
        },
      );
    });
    this.answered += 1;
    if (answer.kind === 'refused') {
      // 421: the server is closing. Anything else leaves a half-open transaction that RSET clears.
      if (answer.code === 421) this.close();
      else if (answer.stage !== 'data') await this.#reset();
    } else if (answer.kind !== 'accepted') {
      this.close();
    }
    return answer;
  }

  #reset(): Promise<void> {
    return new Promise((done) => {
      this.#connection.reset((error) => {
        if (error) this.close();
        done();
      });
    });
  }

  quit(): void {
    if (this.usable) this.#connection.quit();
    this.#lost ??= new Error('we left');
  }

  close(): void {
    this.#lost ??= new Error('we closed the connection');
    this.#connection.close();
  }
}

/** What nodemailer takes for a stream: it is asked to flow exactly when the server has said 354. */
class HandedOver {
  begun = false;
  readonly #raw: Buffer;

  constructor(raw: string) {
    this.#raw = Buffer.from(raw, 'latin1');
  }

  pipe(target: NodeJS.WritableStream): void {
    this.begun = true;
    target.end(this.#raw);
  }

  on(): this {
    return this;
  }

  removeListener(): this {
    return this;
  }

  destroy(): void {}
}

interface SmtpError extends Error {
  code?: string;
  command?: string;
  responseCode?: number;
  response?: string;
}

/** An error of nodemailer's as an answer. A reply makes it certain; no reply after the hand-over makes it uncertain. */
function describeFailure(error: SmtpError, handedOver = false): SmtpAnswer {
  const stage = stageOf(error, handedOver);
  const reply = cleanReply(error.response ?? '');
  if (error.responseCode && error.responseCode >= 400) {
    const enhanced = /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})/.exec(error.response ?? '')?.[1];
    return { kind: 'refused', code: error.responseCode, ...(enhanced && { enhanced }), reply, stage };
  }
  const reason = reply || cleanReply(error.message);
  return handedOver ? { kind: 'uncertain', reason } : { kind: 'unreachable', reason, stage };
}

function stageOf({ code, command }: SmtpError, handedOver: boolean): SmtpStage {
  if (handedOver || command === 'DATA') return 'data';
  if (command === 'RCPT TO') return 'rcpt';
  if (command === 'MAIL FROM') return 'mail';
  if (code === 'EAUTH' || command?.startsWith('AUTH')) return 'auth';
  if (code === 'ETLS' || command === 'STARTTLS') return 'tls';
  return 'connect';
}

/** One line of at most 300 characters, without addresses: replies are stored and shown. */
function cleanReply(reply: string): string {
  return reply
    .replace(/[\p{Cc}\p{Cf}]+/gu, ' ')
    .replace(/[^\s<>"'(),;:]+@[^\s<>"'(),;:]+/g, '[address]')
    .trim()
    .slice(0, 300);
}
