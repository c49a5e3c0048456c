import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { BadInput } from '../campaign/problem.js';
import { calendarOf } from '../engine/campaign-calendar.js';
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
      const { readCampaign, openTable, clock, listHolidays } = await compose();
      const progress = terminal.progress('Rendering');
      try {
        const { campaign, content, lists, locateProblems } = await readCampaign(file);
        const calendar = await calendarOf(campaign, lists, listHolidays);
        const table = await openTable(recipients);
        const now = await clock.now();
        const mail = await locateProblems(() =>
          previewMail({ campaign, content, lists, calendar, step, person: recipient, recipients: table }, now),
        );
        const base = join(out, `${step}.${mail.locale}`);
        const { html, text, eml } = mail;
        await writeFiles(out, { [`${base}.html`]: html, [`${base}.txt`]: text, [`${base}.eml`]: eml });
        progress.end();
        terminal.out(`Subject: ${mail.subject}\nPreview: ${mail.previewText}\nWritten: ${base}.html, .txt and .eml`);
      } finally {
        progress.end();
      }
    });
}

/** @throws BadInput where the folder cannot be made, or not written into */
async function writeFiles(folder: string, files: Record<string, string>): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    for (const [path, text] of Object.entries(files)) await writeFile(path, text);
  } catch (error) {
    const { code = '', path = folder } = error as NodeJS.ErrnoException;
    const reasons: Readonly<Record<string, string>> = {
      EEXIST: 'there is a file of this name, so no folder can be made',
      ENOTDIR: 'a part of this path is a file, not a folder',
      EACCES: 'may not be written by this user',
      EROFS: 'lies on a disk that is read-only',
      ENOSPC: 'there is no space left on the disk',
    };
    throw new BadInput([{ field: '--out', message: `${path}: ${reasons[code] ?? `cannot be written (${code})`}` }]);
  }
}
