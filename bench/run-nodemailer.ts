import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Measurement } from './bench.js';
import type { BenchMail } from './bench-mail.js';
import type { PlainJob } from './plain-nodemailer.js';
import { startChild } from './start-child.js';
import type { Sink } from './start-sink.js';

/** Send the same mail with a plain pooled nodemailer script, in a process of its own. */
export async function runNodemailer(
  { templates, logo, campaign }: BenchMail,
  { messages, connections, sink }: { messages: number; connections: number; sink: Sink },
): Promise<Measurement> {
  const folder = await mkdtemp(join(tmpdir(), 'fanfare-bench-'));
  try {
    const { name, address, replyTo } = campaign.sender;
    const job: PlainJob = {
      ...{ templates, logo, messages, connections, replyTo },
      ...{ host: sink.host, port: sink.port, from: { name, address } },
    };
    const file = join(folder, 'job.json');
    await writeFile(file, JSON.stringify(job));
    const script = fileURLToPath(new URL('plain-nodemailer.js', import.meta.url));
    const child = startChild(process.execPath, [script, file], { NODE_ENV: 'production' });
    await child.ended;
    const { seconds, cpuMs } = JSON.parse(child.lines.at(-1) ?? '') as { seconds: number; cpuMs: number };
    return { value: messages / seconds, cpuMs: cpuMs / messages };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
