import type { Measurement } from './bench.js';
import { startChild } from './start-child.js';
import type { Sink } from './start-sink.js';

/** Send messages of the same size with Postfix's C client, which builds nothing: the ceiling of this machine. */
export async function runSmtpSource(
  size: number,
  { messages, connections, sink }: { messages: number; connections: number; sink: Sink },
): Promise<Measurement> {
  const startedAt = performance.now();
  const source = startChild('/usr/sbin/smtp-source', [
    // -d: keep the connections; -l: bytes of the payload.
    ...['-d', '-s', String(connections), '-m', String(messages), '-l', String(size)],
    ...['-f', 'sender@contoso.test', '-t', 'person@contoso.test', `${sink.host}:${sink.port}`],
  ]);
  await source.ended;
  return { value: messages / ((performance.now() - startedAt) / 1000) };
}
