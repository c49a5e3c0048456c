import { fileURLToPath } from 'node:url';
import type { Campaign } from '../src/campaign/campaign.js';
import type { CompiledStep, MailContent } from '../src/render/mail-content.js';
import { compileStep, compose, composeMessage, exampleCampaign, planCampaign, readConfig } from './shipped-build.js';

/** A mail that every contender sends, each in its own way. */
export interface BenchMail {
  name: string;
  campaign: Campaign;
  content: MailContent;
  compiled: CompiledStep;
  /** One whole message as the engine sends it. */
  raw: string;
  /** The same mail as Handlebars templates over `firstName`, for contenders that fill it themselves. */
  templates: { subject: string; html: string; text: string };
  logo: { cid: string; base64: string; contentType: string; fileName: string } | undefined;
}

const mailStep = 'available-now';

/** The shipped Available Now mail of the example campaign, logo and all. */
export async function buildShippedMail(): Promise<BenchMail> {
  return buildMail('Available Now', (content) => content, true);
}

/** A mail of about 10 kB on the wire: one heading and plain paragraphs, no logo. */
export async function buildPlainMail(): Promise<BenchMail> {
  return buildMail('plain 10 kB', plainContent, false);
}

async function buildMail(
  name: string,
  change: (content: MailContent) => MailContent,
  hasLogo: boolean,
): Promise<BenchMail> {
  const file = fileURLToPath(exampleCampaign);
  const read = await compose(readConfig({})).readCampaign(file);
  const steps = read.campaign.steps.filter(({ id }) => id === mailStep);
  const campaign = { ...read.campaign, steps };
  const content = change(read.content);
  const [dates] = planCampaign(campaign).steps;
  if (!dates) throw new Error(`the example campaign has no step ${mailStep}`);
  const compiled = await compileStep({ campaign, step: mailStep, dates, content });
  const { subject, html, text } = compiled.fill(
    { address: '{{address}}', firstName: '{{firstName}}', attributes: {} },
    {},
  );
  const { logo } = content;
  return {
    ...{ name, campaign, content, compiled },
    raw: renderRaw(campaign, compiled, 0),
    templates: { subject, html, text },
    logo: hasLogo ? { cid: 'logo@fanfare', ...logo } : undefined,
  };
}

/** What the engine does for one message between claim and hand-over, without ledger and network. */
export function renderRaw(campaign: Campaign, compiled: CompiledStep, number: number): string {
  const recipient = { address: `person${number}@contoso.test`, firstName: `Robin${number}`, attributes: {} };
  const letter = compiled.fillEntity(recipient, {});
  const messageId = `0123456789abcdef0123456789abcdef${number}@contoso.com`;
  return composeMessage({ campaign, ...letter, recipient, messageId, datedAt: new Date(0) });
}

/** Paragraphs of the same length in both parts; quoted-printable adds a little. */
const paragraphs = 8;

function plainContent(content: MailContent): MailContent {
  const words =
    'You can now choose a new password yourself, day or night, at work or at home. Register once: it takes about two ' +
    'minutes. Open the address below, sign in as you do every day, and choose how you show that it is you. After that ' +
    'you need nobody when you have forgotten your password. Your password stays as it is until you change it yourself.';
  const lines = Array.from({ length: paragraphs }, (_, index) => `${index + 1}. ${words}`);
  const texts = { 'available-now': { subject: 'You can reset your own password now', preview: 'Register once' } };
  const logo = content.logo;
  return {
    files: {
      'layout.mjml': `<mjml lang="{{locale}}"><mj-head><mj-title>{{t.subject}}</mj-title><mj-preview>{{t.preview}}</mj-preview></mj-head><mj-body><mj-section><mj-column>\n{{> message}}\n</mj-column></mj-section></mj-body></mjml>`,
      'layout.txt.hbs': '{{> message}}\n',
      'pack/available-now.mjml': `<mj-text><p>Hello {{firstName}},</p></mj-text>\n<mj-text>${lines.map((line) => `<p>${line}</p>`).join('\n')}<p>{{portal}}</p></mj-text>`,
      'pack/available-now.txt.hbs': `Hello {{firstName}},\n\n${lines.join('\n\n')}\n\n{{portal}}\n`,
      'pack/strings/en.json': JSON.stringify(texts),
    },
    // The engine's mails always carry a logo: the smallest picture there is stands for none.
    logo: { ...logo, base64: dotPng().toString('base64') },
  };
}

/** A PNG of one grey pixel, 67 bytes. */
function dotPng(): Buffer {
  return Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==',
    'base64',
  );
}
