import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { loadContent } from '../../../src/adapters/files/load-content.js';
import { BadInput } from '../../../src/campaign/problem.js';
import { makeCampaign } from '../../rig/make-campaign.js';

/** The beginning of a picture: as far as its size. */
function pngOf(width: number, height: number): Buffer {
  const header = Buffer.alloc(100);
  header.write('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1');
  header.writeUInt32BE(width, 16);
  header.writeUInt32BE(height, 20);
  return header;
}
function gifOf(width: number, height: number): Buffer {
  const header = Buffer.alloc(20);
  header.write('GIF89a', 'latin1');
  header.writeUInt16LE(width, 6);
  header.writeUInt16LE(height, 8);
  return header;
}
/** With an application segment before the frame header that holds the size, as every real one has. */
function jpegOf(width: number, height: number): Buffer {
  const start = Buffer.from('\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff\xc0\0\x11\x08', 'latin1');
  const frame = Buffer.alloc(40);
  frame.writeUInt16BE(height, 0);
  frame.writeUInt16BE(width, 2);
  return Buffer.concat([start, frame]);
}

const png = pngOf(304, 80);
const files: Record<string, Buffer | string> = {
  'logo.png': png,
  'really-png.jpg': png,
  'logo.jpg': jpegOf(304, 80),
  'logo.gif': gifOf(304, 80),
  'cut.png': png.subarray(0, 12),
  'cut.jpg': jpegOf(304, 80).subarray(0, 12),
  'no-size.gif': gifOf(0, 0),
  'square.png': pngOf(500, 500),
  'square.gif': gifOf(500, 500),
  'square.jpg': jpegOf(500, 500),
  'tower.png': pngOf(100, 400),
  'five-percent.png': pngOf(3990, 1000),
  'six-percent.png': pngOf(4030, 1000),
  'flat.png': pngOf(4000, 10),
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

function load(pack: string, logo: string, size: { width?: number; height?: number } = {}) {
  const { organisation } = makeCampaign();
  const campaign = makeCampaign({
    pack,
    organisation: { ...organisation, logo: { ...organisation.logo, ...size, file: logo } },
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
    ['cut.png', '"cut.png" says no width and height: the file is damaged or not complete'],
    ['cut.jpg', '"cut.jpg" says no width and height: the file is damaged or not complete'],
    ['no-size.gif', '"no-size.gif" says no width and height: the file is damaged or not complete'],
    ['large.png', '"large.png" has 200001 bytes; every mail carries it, so 200000 are allowed'],
  ])('%s is refused', async (file, message) => {
    await expect(load('sspr', file)).rejects.toThrow(BadInput);
    await expect(load('sspr', file)).rejects.toThrow(`campaign.yaml: organisation.logo.file: ${message}`);
  });

  // All are shown as 152 x 40.
  test.each<[string, string, string]>([
    ['square.png', '500 x 500', 'a height of 152 fits the width of 152'],
    ['square.gif', '500 x 500', 'a height of 152 fits the width of 152'],
    ['square.jpg', '500 x 500', 'a height of 152 fits the width of 152'],
    ['six-percent.png', '4030 x 1000', 'a height of 38 fits the width of 152'],
    ['tower.png', '100 x 400', '60 x 240 fits, the highest a logo may be shown'],
  ])('%s would be distorted, and is told what fits', async (file, size, fit) => {
    await expect(load('sspr', file)).rejects.toThrow(
      `campaign.yaml: organisation.logo.height: 152 x 40 would distort the logo: "${file}" is ${size} pixels (${fit})`,
    );
  });

  test('up to 5 % off is as good as right, and so is the best that whole pixels can do', async () => {
    await expect(load('sspr', 'five-percent.png')).resolves.toBeDefined();
    await expect(load('sspr', 'flat.png', { width: 152, height: 1 })).resolves.toBeDefined();
    await expect(load('sspr', 'flat.png', { width: 152, height: 2 })).rejects.toThrow('a height of 1 fits');
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
