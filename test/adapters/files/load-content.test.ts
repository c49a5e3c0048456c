import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { loadContent } from '../../../src/adapters/files/load-content.js';
import { BadInput } from '../../../src/campaign/problem.js';
import { makeCampaign } from '../../rig/make-campaign.js';

const png = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(100)]);
const files: Record<string, Buffer | string> = {
  'logo.png': png,
  'really-png.jpg': png,
  'logo.jpg': Buffer.from('\xff\xd8\xff\xe0 and so on', 'latin1'),
  'logo.gif': 'GIF89a and so on',
  'logo.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>',
  'empty.png': '',
  noend: 'text',
  'limit.png': Buffer.concat([png, Buffer.alloc(200_000 - png.length)]),
  'large.png': Buffer.concat([png, Buffer.alloc(200_001 - png.length)]),
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fanfare-content-'));
  for (const [name, content] of Object.entries(files)) await writeFile(path.join(folder, name), content);
  await mkdir(path.join(folder, 'folder.png'));
  await cp(fileURLToPath(new URL('../../../templates/sspr', import.meta.url)), path.join(folder, 'our-pack'), {
    recursive: true,
  });
  await writeFile(path.join(folder, 'our-pack', 'notes.md'), 'not a template');
});
afterAll(() => rm(folder, { recursive: true }));

function load(pack: string, logo: string) {
  const { organisation } = makeCampaign();
  const campaign = makeCampaign({
    pack,
    organisation: { ...organisation, logo: { ...organisation.logo, file: logo } },
  });
  return loadContent(path.join(folder, 'campaign.yaml'), campaign);
}

describe('loadContent', () => {
  test('a shipped pack comes with its layout and texts', async () => {
    const { files: read, logo } = await load('sspr', './logo.png');
    expect(Object.keys(read)).toEqual(
      expect.arrayContaining(['layout.mjml', 'layout.txt.hbs', 'pack/coming-soon.mjml']),
    );
    expect(logo).toEqual({ contentType: 'image/png', base64: png.toString('base64'), fileName: 'logo.png' });
  });

  test('a pack beside the campaign file is the same pack; what is no template stays out', async () => {
    const [shipped, ours] = await Promise.all([load('sspr', 'logo.png'), load('./our-pack', 'logo.png')]);
    expect(ours.files).toEqual(shipped.files);
  });

  test.each([
    ['logo.png', 'image/png'],
    ['really-png.jpg', 'image/png'],
    ['logo.jpg', 'image/jpeg'],
    ['logo.gif', 'image/gif'],
    ['limit.png', 'image/png'],
  ])('%s is taken for what it is: %s', async (file, type) => {
    expect((await load('sspr', file)).logo.contentType).toBe(type);
  });

  test.each<[string, string]>([
    ['missing.png', 'there is no file "missing.png"'],
    ['folder.png', 'there is no file "folder.png"'],
    ['logo.svg', '"logo.svg" is not a PNG, JPEG or GIF picture'],
    ['empty.png', '"empty.png" is not a PNG, JPEG or GIF picture'],
    ['noend', '"noend" is not a PNG, JPEG or GIF picture'],
    ['large.png', '"large.png" has 200001 bytes; every mail carries it, so 200000 are allowed'],
  ])('%s is refused', async (file, message) => {
    await expect(load('sspr', file)).rejects.toThrow(BadInput);
    await expect(load('sspr', file)).rejects.toThrow(`campaign.yaml: organisation.logo.file: ${message}`);
  });

  test.each(['sspq', './no-pack', '../no-pack', './logo.png'])('the pack %s is not there', async (pack) => {
    await expect(load(pack, 'logo.png')).rejects.toThrow(`campaign.yaml: pack: there is no pack "${pack}" (looked in `);
    await expect(load(pack, 'logo.png')).rejects.toThrow('packs that are here: sspr');
  });

  test('all mistakes at once', async () => {
    const error = await load('sspq', 'missing.png').catch((caught: BadInput) => caught);
    expect((error as BadInput).problems.map(({ field }) => field)).toEqual(['pack', 'organisation.logo.file']);
  });
});
