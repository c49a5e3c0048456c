import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { previewMail } from '../engine/preview-mail.js';
import type { CommandContext } from './command-context.js';

interface PreviewOptions {
  step: string;
  recipient: string;
  recipients: string;
  out: string;
}

export function addPreviewCommand(program: Command, { compose, terminal }: CommandContext): void {
  program
    .command('preview')
    .description('write one mail as one real person would get it: .html, .txt and .eml')
    .argument('<file>', 'campaign file (YAML)')
    .requiredOption('--step <id>', 'which step')
    .requiredOption('--recipient <address>', 'whose mail: an address or sign-in name of the list')
    .requiredOption('--recipients <csv>', 'list of people')
    .requiredOption('--out <dir>', 'folder to write into')
    .action(async (file: string, { step, recipient, recipients, out }: PreviewOptions) => {
      const { readCampaign, openTable, clock } = await compose();
      const progress = terminal.progress('Rendering');
      try {
        const { campaign, content } = await readCampaign(file);
        const table = await openTable(recipients);
        const mail = await previewMail(
          { campaign, content, step, person: recipient, recipients: table },
          await clock.now(),
        );
        await mkdir(out, { recursive: true });
        const base = join(out, `${step}.${mail.locale}`);
        const { html, text, eml } = mail;
        for (const [ending, content] of Object.entries({ html, txt: text, eml }))
          await writeFile(`${base}.${ending}`, content);
        progress.end();
        terminal.out(`Subject: ${mail.subject}\nPreview: ${mail.previewText}\nWritten: ${base}.html, .txt and .eml`);
      } finally {
        progress.end();
      }
    });
}
