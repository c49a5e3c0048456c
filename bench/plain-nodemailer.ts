import { readFile } from 'node:fs/promises';
import Handlebars from 'handlebars';
import nodemailer from 'nodemailer';
import type { BenchMail } from './bench-mail.js';

/**
 * What people write today: a pool, two templates and a loop, no ledger. `plain-nodemailer JOB.json` prints a line of
 * JSON when all is sent.
 */
export interface PlainJob extends Pick<BenchMail, 'templates' | 'logo'> {
  host: string;
  port: number;
  connections: number;
  messages: number;
  from: { name: string; address: string };
  replyTo: string;
}

const job = JSON.parse(await readFile(process.argv[2] ?? '', 'utf8')) as PlainJob;
const transporter = nodemailer.createTransport({
  pool: true,
  maxConnections: job.connections,
  maxMessages: Number.POSITIVE_INFINITY,
  host: job.host,
  port: job.port,
  secure: false,
  ignoreTLS: true,
});
const html = Handlebars.compile(job.templates.html);
const text = Handlebars.compile(job.templates.text, { noEscape: true });
const attachments = job.logo
  ? [
      {
        filename: job.logo.fileName,
        content: Buffer.from(job.logo.base64, 'base64'),
        contentType: job.logo.contentType,
        cid: job.logo.cid,
        contentDisposition: 'inline' as const,
      },
    ]
  : [];

async function sendOne(number: number): Promise<void> {
  const person = { firstName: `Robin${number}`, address: `person${number}@contoso.test` };
  await transporter.sendMail({
    from: job.from,
    to: { name: `Robin${number} de Vries`, address: person.address },
    replyTo: job.replyTo,
    subject: job.templates.subject,
    html: html(person),
    text: text(person),
    attachments,
    headers: { 'Auto-Submitted': 'auto-generated', Precedence: 'bulk' },
  });
}

let next = 0;
async function sendSome(): Promise<void> {
  while (next < job.messages) await sendOne(++next);
}

const startedAt = performance.now();
const cpu = process.cpuUsage();
// Twice as many under way as there are connections, as the engine has: no connection waits for a mail to be built.
await Promise.all(Array.from({ length: job.connections * 2 }, sendSome));
const seconds = (performance.now() - startedAt) / 1000;
const { user, system } = process.cpuUsage(cpu);
transporter.close();
console.log(JSON.stringify({ seconds, cpuMs: (user + system) / 1000 }));
