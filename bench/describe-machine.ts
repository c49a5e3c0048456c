import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What the figures rest on, one fact a line. */
export async function describeMachine(): Promise<string[]> {
  const { dependencies } = JSON.parse(await readFile('package.json', 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const versions = ['nodemailer', 'bullmq', 'pg', 'handlebars', 'mjml'].map((name) => `${name} ${dependencies[name]}`);
  const postfix = await run('postconf', ['-h', 'mail_version']).then(
    ({ stdout }) => `Postfix ${stdout.trim()}`,
    () => 'no Postfix',
  );
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  return [
    `${availableParallelism()} cores of ${cpus()[0]?.model ?? 'an unknown processor'}, ${gigabytes} GiB, Linux ${release()}`,
    `Node ${process.versions.node}, ${[...versions, postfix].join(', ')}`,
    `load average when it began: ${(loadavg()[0] ?? 0).toFixed(2)}`,
  ];
}
