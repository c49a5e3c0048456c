import Handlebars from 'handlebars';
import nodemailer from 'nodemailer';
import type { Bench, Measurement } from './bench.js';
import { type BenchMail, buildShippedMail, renderRaw } from './bench-mail.js';

/** CPU of making one mail, from a person's values to the bytes on the wire. */
export const renderMail: Bench = {
  name: 'render-mail',
  describes: 'filling and MIME for one message, beside nodemailer writing to a stream',
  async run(_options, compare) {
    const mail = await buildShippedMail();
    const ours = (count: number) => {
      let bytes = 0;
      for (let number = 0; number < count; number += 1)
        bytes += Buffer.from(renderRaw(mail.campaign, mail.compiled, number), 'latin1').length;
      return Promise.resolve(bytes);
    };
    const theirs = createNodemailerRenderer(mail);
    // Warm: a worker renders thousands.
    await ours(2_000);
    await theirs(200);
    await compare({
      title: 'rendering and MIME for one message, CPU time',
      unit: 'ms',
      facts: [`messages of ${mail.raw.length} bytes`, 'in memory, without network'],
      contenders: [
        { name: 'fanfare', run: () => measureCpu(20_000, ours) },
        { name: 'nodemailer streamTransport', run: () => measureCpu(1_000, theirs) },
      ],
    });
  },
};

function createNodemailerRenderer({ templates, logo, campaign }: BenchMail) {
  const transporter = nodemailer.createTransport({ streamTransport: true, buffer: true, newline: 'windows' });
  const html = Handlebars.compile(templates.html);
  const text = Handlebars.compile(templates.text, { noEscape: true });
  const content = Buffer.from(logo?.base64 ?? '', 'base64');
  return async (count: number): Promise<number> => {
    let bytes = 0;
    for (let number = 0; number < count; number += 1) {
      const person = { firstName: `Robin${number}` };
      const { message } = await transporter.sendMail({
        from: { name: campaign.sender.name, address: campaign.sender.address },
        to: `person${number}@contoso.test`,
        subject: templates.subject,
        html: html(person),
        text: text(person),
        attachments: logo ? [{ content, cid: logo.cid, contentType: logo.contentType, filename: logo.fileName }] : [],
      });
      bytes += (message as Buffer).length;
    }
    return bytes;
  };
}

async function measureCpu(count: number, render: (count: number) => Promise<number>): Promise<Measurement> {
  const before = process.cpuUsage();
  const bytes = await render(count);
  const { user, system } = process.cpuUsage(before);
  if (bytes < count * 1_000) throw new Error('the rendered mails are too small to be true');
  return { value: (user + system) / 1_000 / count };
}
