import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { OutgoingMail } from '../../engine/ports/transport.js';
import type { SmtpAnswer } from '../../send/smtp-answer.js';
import { cleanReply, describeFailure, type SmtpError } from './describe-failure.js';
import { SmtpBody } from './smtp-body.js';

export interface SmtpServer {
  host: string;
  port: number;
  /** `tls`: from the first byte; `starttls`: required before anything else; `none`: loopback only. */
  security: 'starttls' | 'tls' | 'none';
  auth?: { user: string; password: string };
  /** Refuse certificates that cannot be verified. Only loopback may say no. */
  verifyCertificate: boolean;
}

/** How long each part of a session may take. */
export interface SmtpLimits {
  /** From looking the name up to the server's greeting. */
  connectMs: number;
  /** Until a command is answered. */
  commandMs: number;
  /** Until the final dot is answered. */
  answerMs: number;
  /** Until QUIT is answered. */
  goodbyeMs: number;
}

/**
 * RFC 5321 4.5.3.2: 5 minutes for MAIL and RCPT, 10 for the final dot; whoever waits less there makes an accepted
 * mail uncertain. Connecting is certain at any time, so it need not wait long.
 */
export const usualLimits: SmtpLimits = {
  connectMs: 30_000,
  commandMs: 300_000,
  answerMs: 600_000,
  goodbyeMs: 5_000,
};

type Done = (error?: Error | null) => void;

/**
 * One SMTP connection. nodemailer's SMTPConnection is driven directly, because only then it is visible whether a mail
 * was handed over before the connection broke.
 */
export class SmtpSession {
  readonly #connection: SMTPConnection;
  readonly #limits: SmtpLimits;
  readonly #secrets: readonly string[];
  #lost: Error | undefined;

  private constructor(server: SmtpServer, limits: SmtpLimits) {
    this.#limits = limits;
    this.#secrets = listSecrets(server.auth);
    this.#connection = new SMTPConnection({
      host: server.host,
      port: server.port,
      secure: server.security === 'tls',
      requireTLS: server.security === 'starttls',
      ignoreTLS: server.security === 'none',
      tls: { minVersion: 'TLSv1.2', rejectUnauthorized: server.verifyCertificate },
      connectionTimeout: limits.connectMs,
      greetingTimeout: limits.connectMs,
      dnsTimeout: limits.connectMs / 2,
      // The last resort: every question below has a limit of its own.
      socketTimeout: limits.commandMs + limits.answerMs,
      // Bounded: a server cannot make us keep megabytes of reply.
      maxResponseSize: 64 * 1024,
      allowInternalNetworkInterfaces: true,
      logger: false,
      debug: false,
    });
    this.#connection.on('error', (error: Error) => {
      this.#lost = error;
    });
    this.#connection.on('end', () => {
      this.#lost ??= new Error('the server closed the connection');
    });
  }

  get usable(): boolean {
    return this.#lost === undefined;
  }

  /** Connect, secure and sign in. */
  static async open(server: SmtpServer, limits: SmtpLimits = usualLimits): Promise<SmtpSession | SmtpAnswer> {
    const session = new SmtpSession(server, limits);
    const connection = session.#connection;
    try {
      await session.#ask(limits.connectMs + limits.commandMs, (done) => connection.connect(done));
      const { auth } = server;
      if (auth) {
        await session.#ask(limits.commandMs, (done) =>
          connection.login({ user: auth.user, pass: auth.password }, done),
        );
      }
      return session;
    } catch (error) {
      session.close();
      return describeFailure(error as SmtpError, { secrets: session.#secrets });
    }
  }

  /**
   * One question to the server. nodemailer forgets whom to tell when the connection breaks during a sign-in or a
   * reset: so the break itself is listened for, and nothing waits for ever.
   */
  #ask(limitMs: number, start: (done: Done, restartLimit: (ms: number) => void) => void): Promise<void> {
    const connection = this.#connection;
    return new Promise((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined;
      const finish: Done = (error) => {
        clearTimeout(timer);
        connection.removeListener('error', finish);
        connection.removeListener('end', onEnd);
        if (error) reject(error);
        else resolve();
      };
      // The reply that ended the connection is told right after the end: let it speak first.
      const onEnd = () => setImmediate(() => finish(new Error('the server closed the connection')));
      const restartLimit = (ms: number) => {
        clearTimeout(timer);
        timer = setTimeout(() => finish(new Error(`no answer within ${ms / 1000} s`)), ms);
      };
      connection.once('error', finish);
      connection.once('end', onEnd);
      restartLimit(limitMs);
      start(finish, restartLimit);
    });
  }

  /** Offer one mail. The envelope is exactly `mail.to`; afterwards the session is free again or no longer usable. */
  async send(mail: OutgoingMail): Promise<SmtpAnswer> {
    const { answer, begun } = await this.#offer(mail);
    if (answer.kind === 'refused') {
      // 421: the server is closing. A refusal before the message leaves a half-open transaction that RSET clears.
      if (answer.code === 421) this.close();
      else if (!begun) await this.#reset();
    } else if (answer.kind !== 'accepted') {
      this.close();
    }
    return answer;
  }

  async #offer(mail: OutgoingMail): Promise<{ answer: SmtpAnswer; begun: boolean }> {
    let response = '';
    let begun = false;
    try {
      await this.#ask(this.#limits.commandMs, (done, restartLimit) => {
        const body = new SmtpBody(mail.raw, () => {
          begun = true;
          restartLimit(this.#limits.answerMs);
        });
        const envelope = { from: mail.from, to: [mail.to] };
        this.#connection.send(envelope, body as unknown as NodeJS.ReadableStream & string, (error, info) => {
          response = info?.response ?? '';
          done(error);
        });
      });
    } catch (error) {
      return { answer: describeFailure(error as SmtpError, { handedOver: begun, secrets: this.#secrets }), begun };
    }
    const reply = cleanReply(response, this.#secrets);
    // nodemailer looks at the first character alone.
    if (/^2\d\d([ -]|$)/.test(response)) return { answer: { kind: 'accepted', reply }, begun };
    return { answer: { kind: 'uncertain', reason: reply }, begun };
  }

  #reset(): Promise<void> {
    return this.#ask(this.#limits.commandMs, (done) => this.#connection.reset(done)).catch(() => this.close());
  }

  /** Take leave; a server that does not answer is not waited for. */
  quit(): void {
    if (!this.usable) return;
    this.#lost = new Error('we left');
    this.#connection.quit();
    setTimeout(() => this.#connection.close(), this.#limits.goodbyeMs).unref();
  }

  close(): void {
    this.#lost ??= new Error('we closed the connection');
    this.#connection.close();
  }
}

/** The password in every form in which it goes over the wire (RFC 4616, RFC 4954). */
function listSecrets(auth: SmtpServer['auth']): string[] {
  if (!auth) return [];
  const encode = (text: string) => Buffer.from(text, 'utf8').toString('base64');
  const { user, password } = auth;
  return [encode(`\0${user}\0${password}`), encode(password), encode(user), password];
}
