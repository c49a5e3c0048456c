import type { OutgoingMail, Transport } from '../../engine/ports.js';
import type { SmtpAnswer } from '../../send/smtp-answer.js';
import { type SmtpServer, SmtpSession } from './smtp-session.js';

export interface SmtpTransportOptions extends SmtpServer {
  /** Connections kept open at most. */
  connections: number;
  /** Mails under way at most, those waiting for a connection included. */
  inFlight: number;
}

/** An idle connection is given up after this, before the server does it in the middle of our next mail. */
const idleMs = 20_000;

/** A pool of warm SMTP connections. */
export function createSmtpTransport({ connections, inFlight, ...server }: SmtpTransportOptions): Transport {
  const idle: SmtpSession[] = [];
  const waiting: Array<(slot: SmtpSession | undefined) => void> = [];
  let open = 0;
  let idleTimer: NodeJS.Timeout | undefined;

  /** A free session, or the right to open one. */
  const acquire = (): Promise<SmtpSession | undefined> => {
    for (let session = idle.pop(); session; session = idle.pop()) {
      if (session.usable) return Promise.resolve(session);
      open -= 1;
    }
    if (open < connections) {
      open += 1;
      return Promise.resolve(undefined);
    }
    return new Promise((done) => waiting.push(done));
  };

  const release = (session: SmtpSession | undefined) => {
    const usable = session?.usable ? session : undefined;
    const next = waiting.shift();
    if (next) {
      next(usable);
    } else if (usable) {
      idle.push(usable);
      idleTimer ??= setTimeout(quitIdle, idleMs).unref();
    } else {
      open -= 1;
    }
  };

  const quitIdle = () => {
    idleTimer = undefined;
    for (const session of idle.splice(0)) {
      session.quit();
      open -= 1;
    }
  };

  const send = async (mail: OutgoingMail): Promise<SmtpAnswer> => {
    let session = await acquire();
    try {
      if (session) {
        const answer = await session.send(mail);
        // A kept connection that the server had closed meanwhile: nothing was handed over, a fresh one may try.
        if (answer.kind !== 'unreachable') return answer;
        session = undefined;
      }
      const opened = await SmtpSession.open(server);
      if (!(opened instanceof SmtpSession)) return opened;
      session = opened;
      return await session.send(mail);
    } finally {
      release(session);
    }
  };

  return {
    inFlight,
    send,
    async verify() {
      const opened = await SmtpSession.open(server);
      if (!(opened instanceof SmtpSession)) return opened;
      opened.quit();
      return { kind: 'accepted', reply: '' };
    },
    async close() {
      clearTimeout(idleTimer);
      quitIdle();
    },
  };
}
