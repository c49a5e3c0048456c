import { createServer, type Socket } from 'node:net';
import { ScriptedConversation } from './scripted-conversation.js';
import type { AcceptedMail, Ledger, SmtpScript } from './smtp-script.js';

/** What a server does, reaction by reaction. */
export type Script = SmtpScript;

export interface ScriptedSmtp {
  url: string;
  port: number;
  accepted: AcceptedMail[];
  /** Connections made so far. */
  connections(): number;
  /** Mails offered so far, accepted or not. */
  offered(): number;
  /** Connections that are open now. */
  open(): number;
  /** Connections open at the same time, at most. */
  mostOpen(): number;
  /** Every byte that clients have sent, as Latin-1. */
  received(): string;
  /** Close every connection, after these last words. */
  hangUp(words?: string): void;
  close(): Promise<void>;
}

/** A small SMTP server that does byte for byte what a test wants. Speaks no TLS; refuses a nested MAIL as Postfix does. */
export async function openScriptedSmtp(script: Script = {}): Promise<ScriptedSmtp> {
  const ledger: Ledger = { accepted: [], attempts: new Map(), offers: 0, heard: [] };
  const sockets = new Set<Socket>();
  let connections = 0;
  let mostOpen = 0;
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket.setNoDelay(true));
    mostOpen = Math.max(mostOpen, sockets.size);
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
    new ScriptedConversation(socket, script, ledger);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    url: `smtp://127.0.0.1:${port}`,
    port,
    accepted: ledger.accepted,
    connections: () => connections,
    offered: () => ledger.offers,
    open: () => sockets.size,
    mostOpen: () => mostOpen,
    received: () => ledger.heard.join(''),
    hangUp: (words) => {
      for (const socket of sockets) {
        if (words) socket.write(words);
        socket.end();
      }
    },
    close: () =>
      new Promise((done) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => done());
      }),
  };
}
