import { connect, createServer, type Socket } from 'node:net';

/** A wire to a server on this machine, with somebody listening. */
export interface TappedWire {
  port: number;
  /** Every byte that clients have sent, as Latin-1. */
  tapped(): string;
  /** Break what is connected; whoever comes anew is let through. */
  cut(): void;
  close(): Promise<void>;
}

export async function tapWire(to: number): Promise<TappedWire> {
  const heard: string[] = [];
  const sockets = new Set<Socket>();
  const wire = createServer((client) => {
    const server = connect(to, '127.0.0.1');
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    }
    client.on('data', (chunk) => heard.push(chunk.toString('latin1')));
    client.pipe(server).pipe(client);
  });
  await new Promise<void>((done) => wire.listen(0, '127.0.0.1', done));
  const address = wire.address();
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    tapped: () => heard.join(''),
    cut,
    close: () =>
      new Promise((done) => {
        cut();
        wire.close(() => done());
      }),
  };
}
