import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Campaign, campaignSchema } from '../../src/campaign/campaign.js';
import type { Plan } from '../../src/campaign/plan.js';
import type { MailContent, MailPerson } from '../../src/render/mail-content.js';

const root = join(import.meta.dirname, '..', '..');

export const sampleLocales = ['en', 'nl'] as const;
export const sampleSteps = ['coming-soon', 'available-now', 'sign-up-reminder'] as const;

/** What a campaign file says, before the schema reads it. */
const sampleFile = {
  id: 'sspr-2027',
  name: 'Reset your own password',
  pack: 'sspr',
  locale: 'en',
  organisation: {
    name: 'Contoso',
    logo: { file: 'contoso.png', width: 152, height: 40 },
    colours: { primary: '#0b5a5e', accent: '#f2b134' },
    helpDesk: {
      phone: '+1 425 555 0100',
      email: 'helpdesk@contoso.com',
      hours: { en: 'Monday to Friday, 07:30 to 18:00', nl: 'maandag tot en met vrijdag, 7.30 tot 18.00 uur' },
    },
    intranetTitle: { en: 'Reset your own password', nl: 'Zelf een nieuw wachtwoord instellen' },
  },
  portal: { url: 'https://passwords.contoso.com' },
  launch: { date: '2027-01-12', time: '09:00', zone: 'Europe/Amsterdam' },
  registerBy: '+17d',
  steps: [
    { kind: 'coming-soon', offset: '-14d' },
    { kind: 'available-now', offset: '0d' },
    { kind: 'sign-up-reminder', offset: '+13d' },
  ],
  sender: { name: 'Contoso IT', address: 'it-service@contoso.com', replyTo: 'helpdesk@contoso.com' },
};

export const sampleCampaign: Campaign = campaignSchema.parse(sampleFile);

const zone = 'Europe/Amsterdam';
export const samplePlan: Plan = {
  campaign: 'sspr-2027',
  launch: { date: '2027-01-12', time: '09:00', zone },
  registerBy: '2027-01-29',
  steps: [
    { id: 'coming-soon', kind: 'coming-soon', offset: '-14d', localDate: '2026-12-29' },
    { id: 'available-now', kind: 'available-now', offset: '0d', localDate: '2027-01-12' },
    { id: 'sign-up-reminder', kind: 'sign-up-reminder', offset: '+13d', localDate: '2027-01-25' },
  ].map((step) => ({
    ...step,
    kind: step.kind as Plan['steps'][number]['kind'],
    localTime: '09:00',
    zone,
    sendAt: new Date(`${step.localDate}T08:00:00Z`),
  })),
  warnings: [],
};

function readPack(): Record<string, string> {
  const files: Record<string, string> = {};
  const read = (name: string, path: string) => {
    files[name] = readFileSync(join(root, 'templates', path), 'utf8');
  };
  for (const name of ['layout.mjml', 'layout.txt.hbs']) read(name, name);
  for (const name of readdirSync(join(root, 'templates/sspr'), { recursive: true, encoding: 'utf8' })) {
    if (name.includes('.')) read(`pack/${name}`, `sspr/${name}`);
  }
  return files;
}

export const sampleContent: MailContent = {
  files: readPack(),
  logo: {
    contentType: 'image/png',
    base64: readFileSync(join(root, 'config/campaigns/contoso.png')).toString('base64'),
    fileName: 'contoso.png',
  },
};

export const anna: MailPerson = {
  address: 'anna.devries@contoso.com',
  firstName: 'Anna',
  displayName: 'Anna de Vries',
  attributes: {},
};

/** 06:00 in Amsterdam. */
export const sampleMoment = { asOf: new Date('2027-01-25T05:00:00Z') };
