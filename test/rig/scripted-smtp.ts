import { createServer, type Socket } from 'node:net';

/** What the server saw of one mail that it accepted: the judge of every delivery test. */
export interface AcceptedMail {
  from: string;
  to: string[];
  /** The message after dot-unstuffing, CRLF. */
  raw: string;
}

/** A mail as it stands when the script is asked what to do. */
export interface Offer {
  to: string;
  /** 1 for the first mail offered to this address. */
  attempt: number;
  /** 1 for the first mail offered to this server. */
  number: number;
}

/** Answer lines, or what to do instead of answering. */
export type Reaction = string | 'drop' | 'hang';

/** Reactions by stage; absent ones are friendly. `dot` with "drop-accepted" takes the mail and then breaks the line. */
export interface Script {
  banner?: () => Reaction;
  ehlo?: () => Reaction;
  mail?: () => Reaction;
  rcpt?: (offer: Offer) => Reaction;
  data?: (offer: Offer) => Reaction;
  dot?: (offer: Offer) => Reaction | 'drop-accepted';
  /** Wait this long before the answer to the final dot. */
  dotDelayMs?: number;
}

export interface ScriptedSmtp {
  url: string;
  port: number;
  accepted: AcceptedMail[];
  /** Connections made so far. */
  connections(): number;
  /** Mails offered so far, accepted or not. */
  offered(): number;
  close(): Promise<void>;
}

/** A small SMTP server that does byte for byte what a test wants. Speaks no TLS and no PIPELINING. */
export async function openScriptedSmtp(script: Script = {}): Promise<ScriptedSmtp> {
  const accepted: AcceptedMail[] = [];
  const attempts = new Map<string, number>();
  const sockets = new Set<Socket>();
  let connections = 0;
  let offers = 0;

  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
    const react = (reaction: Reaction) => {
      if (reaction === 'drop') socket.destroy();
      else if (reaction !== 'hang') socket.write(reaction.endsWith('\r\n') ? reaction : `${reaction}\r\n`);
    };
    let buffer = '';
    let from = '';
    let to: string[] = [];
    let offer: Offer = { to: '', attempt: 0, number: 0 };
    let inData = false;
    react(script.banner?.() ?? '220 scripted.test ESMTP');

    const handleLine = (line: string) => {
      const verb = line.slice(0, 4).toUpperCase();
      if (verb === 'EHLO' || verb === 'HELO') react(script.ehlo?.() ?? '250 scripted.test');
      else if (verb === 'MAIL') {
        from = /<(.*?)>/.exec(line)?.[1] ?? '';
        to = [];
        react(script.mail?.() ?? '250 2.1.0 ok');
      } else if (verb === 'RCPT') {
        const address = /<(.*?)>/.exec(line)?.[1] ?? '';
        const attempt = (attempts.get(address) ?? 0) + 1;
        attempts.set(address, attempt);
        offers += 1;
        offer = { to: address, attempt, number: offers };
        const reaction = script.rcpt?.(offer) ?? '250 2.1.5 ok';
        if (reaction.startsWith('2')) to.push(address);
        react(reaction);
      } else if (verb === 'DATA') {
        const reaction = to.length === 0 ? '503 5.5.1 no recipient' : (script.data?.(offer) ?? '354 go ahead');
        inData = reaction.startsWith('354');
        react(reaction);
      } else if (verb === 'RSET' || verb === 'NOOP') react('250 2.0.0 ok');
      else if (verb === 'QUIT') socket.end('221 2.0.0 bye\r\n');
      else react('502 5.5.2 not here');
    };

    socket.on('data', (chunk) => {
      buffer += chunk.toString('latin1');
      for (;;) {
        if (inData) {
          const end = buffer.indexOf('\r\n.\r\n');
          if (end < 0) return;
          const raw = buffer.slice(0, end + 2).replace(/^\.\./gm, '.');
          buffer = buffer.slice(end + 5);
          inData = false;
          const reaction = script.dot?.(offer) ?? '250 2.0.0 accepted';
          if (reaction === 'drop-accepted' || reaction.startsWith('2')) accepted.push({ from, to: [...to], raw });
          const answer = () => react(reaction === 'drop-accepted' ? 'drop' : reaction);
          if (script.dotDelayMs) setTimeout(answer, script.dotDelayMs);
          else answer();
        } else {
          const end = buffer.indexOf('\r\n');
          if (end < 0) return;
          const line = buffer.slice(0, end);
          buffer = buffer.slice(end + 2);
          handleLine(line);
        }
      }
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    url: `smtp://127.0.0.1:${port}`,
    port,
    accepted,
    connections: () => connections,
    offered: () => offers,
    close: () =>
      new Promise((done) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => done());
      }),
  };
}
