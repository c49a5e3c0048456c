import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { imageSize } from 'image-size';
import type { Campaign } from '../../campaign/campaign.js';
import { BadInput, type Problem } from '../../campaign/problem.js';
import type { MailContent } from '../../render/mail-content.js';
import type { ContentPlaces } from './locate-problems.js';

const shippedTemplates = fileURLToPath(new URL('../../../templates', import.meta.url));

const largestLogoBytes = 200_000;
/** The longest side a logo is shown with; the campaign's schema says the same. */
const longestSide = 240;
const imageTypes: ReadonlyArray<{ type: MailContent['logo']['contentType']; magic: RegExp }> = [
  { type: 'image/png', magic: /^\x89PNG\r\n/ },
  { type: 'image/jpeg', magic: /^\xff\xd8\xff/ },
  { type: 'image/gif', magic: /^GIF8[79]a/ },
];

/**
 * Everything a campaign's mails are made of: the layout, the pack and the logo, read once, when the campaign is
 * applied, previewed or simulated. Files the campaign names are looked for beside the campaign file.
 * @throws BadInput with every file that is missing or cannot be used
 */
export async function loadContent(campaignFile: string, campaign: Campaign): Promise<MailContent> {
  const problems: Problem[] = [];
  const files: Record<string, string> = {};
  for (const name of ['layout.mjml', 'layout.txt.hbs']) {
    files[name] = await readFile(join(shippedTemplates, name), 'utf8');
  }
  const folder = packFolder(campaignFile, campaign.pack);
  const names = await listFiles(folder);
  if (names.length === 0) {
    const packs = (await readdir(shippedTemplates, { withFileTypes: true })).filter((entry) => entry.isDirectory());
    problems.push({
      file: campaignFile,
      field: 'pack',
      message: `there is no pack "${campaign.pack}" (looked in ${relative(process.cwd(), folder) || folder})`,
      hint: `packs that are here: ${packs.map(({ name }) => name).join(', ')}`,
    });
  }
  for (const name of names) files[`pack/${name}`] = await readFile(join(folder, name), 'utf8');
  const logo = await readLogo(campaignFile, campaign, problems);
  if (problems.length > 0 || !logo) throw new BadInput(problems);
  return { files, logo };
}

/** Where the files of a campaign's mails lie. */
export function findPlaces(campaignFile: string, { pack }: Campaign): ContentPlaces {
  return { campaignFile, packFolder: packFolder(campaignFile, pack), layoutFolder: shippedTemplates };
}

function packFolder(campaignFile: string, pack: string): string {
  return /^\.{0,2}\//.test(pack) ? resolve(dirname(campaignFile), pack) : join(shippedTemplates, pack);
}

/** Template and text files of a pack, relative to it; other files are none of our business. */
async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile() && /\.(mjml|hbs|json)$/.test(entry.name))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .sort();
}

async function readLogo(campaignFile: string, campaign: Campaign, problems: Problem[]) {
  const { file } = campaign.organisation.logo;
  const path = resolve(dirname(campaignFile), file);
  const complain = (message: string, hint?: string, key = 'file') => {
    problems.push({ file: campaignFile, field: `organisation.logo.${key}`, message, ...(hint && { hint }) });
    return undefined;
  };
  const facts = await stat(path).catch(() => undefined);
  if (!facts?.isFile()) return complain(`there is no file "${file}"`, 'the path is relative to the campaign file');
  if (facts.size > largestLogoBytes)
    return complain(`"${file}" has ${facts.size} bytes; every mail carries it, so ${largestLogoBytes} are allowed`);
  const bytes = await readFile(path);
  const image = imageTypes.find(({ magic }) => magic.test(bytes.subarray(0, 16).toString('latin1')));
  if (!image) return complain(`"${file}" is not a PNG, JPEG or GIF picture`, `it ends in "${extname(file)}"`);
  const own = readSize(bytes);
  if (!own) return complain(`"${file}" says no width and height: the file is damaged or not complete`);
  const { width, height } = campaign.organisation.logo;
  if (isStretched(own, { width, height })) {
    const shape = `"${file}" is ${own.width} x ${own.height} pixels`;
    return complain(`${width} x ${height} would distort the logo: ${shape}`, describeFit(own, width), 'height');
  }
  return { contentType: image.type, base64: bytes.toString('base64'), fileName: basename(file) };
}

interface Size {
  width: number;
  height: number;
}

/** What the picture's own header says, in pixels. */
function readSize(bytes: Buffer): Size | undefined {
  try {
    const { width, height } = imageSize(bytes);
    return width > 0 && height > 0 ? { width, height } : undefined;
  } catch {
    return undefined;
  }
}

function fitHeight({ width, height }: Size, shownWidth: number): number {
  return Math.max(1, Math.round((shownWidth * height) / width));
}

/** Up to 5 % nobody sees, and whole pixels cannot always do better. */
function isStretched(own: Size, shown: Size): boolean {
  const ratio = (shown.width * own.height) / (shown.height * own.width);
  return (ratio < 0.95 || ratio > 1.05) && shown.height !== fitHeight(own, shown.width);
}

function describeFit(own: Size, shownWidth: number): string {
  const height = fitHeight(own, shownWidth);
  if (height <= longestSide) return `a height of ${height} fits the width of ${shownWidth}`;
  const width = Math.max(1, Math.round((longestSide * own.width) / own.height));
  return `${width} x ${longestSide} fits, the highest a logo may be shown`;
}
