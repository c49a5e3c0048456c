import type { OutgoingMail, Transport } from '../../engine/ports/transport.js';
import { judgeAnswer } from '../../send/judge-answer.js';
import type { SmtpAnswer } from '../../send/smtp-answer.js';
import { Throttle } from '../../send/throttle.js';
import { type SmtpLimits, type SmtpServer, SmtpSession, usualLimits } from './smtp-session.js';

export interface SmtpTransportOptions extends SmtpServer {
  /** Connections kept open at most. */
  connections: number;
  /** Mails under way at most, those waiting for a connection included. */
  inFlight: number;
  /** What the server allows this account, over all workers and restarts. */
  limits?: Transport['limits'];
}

export interface SmtpTransportLimits extends SmtpLimits {
  /** An idle connection is given up after this, before the server does it in the middle of our next mail. */
  idleMs: number;
}

const usualTransportLimits: SmtpTransportLimits = { ...usualLimits, idleMs: 20_000 };

const closedAnswer: SmtpAnswer = { kind: 'unreachable', reason: 'we are closing', stage: 'connect' };

/** A pool of warm SMTP connections. */
export function createSmtpTransport(
  { connections, inFlight, limits: senderLimits, ...server }: SmtpTransportOptions,
  limits: SmtpTransportLimits = usualTransportLimits,
): Transport {
  const throttle = new Throttle(Math.min(connections, senderLimits?.connections ?? connections));
  // Connections that other workers may need are not kept for later; nor are they where the server wants fewer.
  const idleMs = senderLimits?.connections === undefined ? limits.idleMs : 0;
  const idle: Array<{ session: SmtpSession; timer: NodeJS.Timeout }> = [];
  const waiting: Array<(slot: SmtpSession | undefined) => void> = [];
  let open = 0;
  let closed = false;

  /** A free session, or the right to open one. */
  const acquire = (): Promise<SmtpSession | undefined> => {
    for (let free = idle.pop(); free; free = idle.pop()) {
      clearTimeout(free.timer);
      if (free.session.usable) return Promise.resolve(free.session);
      open -= 1;
    }
    if (open < throttle.allowed()) {
      open += 1;
      return Promise.resolve(undefined);
    }
    return new Promise((done) => waiting.push(done));
  };

  const release = (session: SmtpSession | undefined) => {
    const usable = session?.usable ? session : undefined;
    const next = open <= throttle.allowed() ? waiting.shift() : undefined;
    if (next) {
      next(usable);
    } else if (usable && !closed && idleMs > 0 && throttle.isEased() && waiting.length === 0) {
      idle.push({ session: usable, timer: setTimeout(retire, idleMs, usable).unref() });
    } else {
      usable?.quit();
      open -= 1;
    }
  };

  const retire = (session: SmtpSession) => {
    const index = idle.findIndex((free) => free.session === session);
    if (index < 0) return;
    idle.splice(index, 1);
    session.quit();
    open -= 1;
  };

  const send = async (mail: OutgoingMail, mayBegin = () => true) => {
    const answer = await offer(mail, mayBegin);
    if (!answer) return undefined;
    throttle.note(judgeAnswer(answer) === 'throttle');
    return answer;
  };

  const offer = async (mail: OutgoingMail, mayBegin: () => boolean): Promise<SmtpAnswer | undefined> => {
    if (closed) return closedAnswer;
    let session = await acquire();
    try {
      if (closed) return closedAnswer;
      if (!mayBegin()) return undefined;
      if (session) {
        const answer = await session.send(mail);
        if (!isStale(answer)) return answer;
        session = undefined;
      }
      const opened = await SmtpSession.open(server, limits);
      if (!(opened instanceof SmtpSession)) return opened;
      session = opened;
      // Connecting may have taken half a minute.
      if (!mayBegin()) return undefined;
      return await session.send(mail);
    } finally {
      release(session);
    }
  };

  return {
    inFlight,
    ...(senderLimits && { limits: senderLimits }),
    send: send as Transport['send'],
    async verify() {
      const opened = await SmtpSession.open(server, limits);
      if (!(opened instanceof SmtpSession)) return opened;
      opened.quit();
      return { kind: 'accepted', reply: '' };
    },
    async close() {
      closed = true;
      for (const { session } of [...idle]) retire(session);
    },
  };
}

/**
 * A kept connection that the server had given up meanwhile, with or without a word (421 4.4.2): nothing was handed
 * over, so a fresh one may try.
 */
function isStale(answer: SmtpAnswer): boolean {
  if (answer.kind === 'unreachable') return true;
  return answer.kind === 'refused' && answer.code === 421 && answer.enhanced === '4.4.2' && answer.stage !== 'data';
}
