import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Campaign, campaignSchema } from '../../src/campaign/campaign.js';
import type { StepDates } from '../../src/campaign/plan.js';
import type { MailContent, MailMoment, MailPerson } from '../../src/render/mail-content.js';

const root = join(import.meta.dirname, '..', '..');

export const sampleLocales = ['en', 'nl'] as const;
export const sampleSteps = [
  'coming-soon',
  'available-now',
  'sign-up-reminder',
  'last-call',
  'launch-moved',
  'reconfirmation',
] as const;
export type SampleStep = (typeof sampleSteps)[number];

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
    { kind: 'last-call', offset: '-3d' },
    { kind: 'launch-moved', date: '2026-12-16' },
    { kind: 'reconfirmation', offset: '0d' },
  ],
  enforcement: { from: '2027-02-09' },
  reconfirmation: { everyDays: 180 },
  sender: { name: 'Contoso IT', address: 'it-service@contoso.com', replyTo: 'helpdesk@contoso.com' },
};

export const sampleCampaign: Campaign = campaignSchema.parse(sampleFile);
/** The same rollout where nobody ever has to register. */
export const freeCampaign: Campaign = campaignSchema.parse({
  ...sampleFile,
  enforcement: undefined,
  steps: sampleFile.steps.filter(({ kind }) => kind !== 'last-call'),
});

const group = { launchDate: '2027-01-12', registerBy: '2027-01-29', enforcedFrom: '2027-02-09' };
/** What `sampleCampaign` tells everybody, and when. */
export const sampleDates: Readonly<Record<SampleStep, StepDates>> = {
  'coming-soon': { ...group, localDate: '2026-12-29' },
  'available-now': { ...group, localDate: '2027-01-12' },
  'sign-up-reminder': { ...group, localDate: '2027-01-25' },
  'last-call': { ...group, localDate: '2027-02-06' },
  'launch-moved': { ...group, localDate: '2026-12-16', toldDate: '2027-01-05' },
  reconfirmation: { ...group, localDate: '2027-07-04' },
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

/** 06:00 in Amsterdam; and somebody who registered on the launch date. */
export const sampleMoment: MailMoment = { asOf: new Date('2027-01-25T05:00:00Z'), confirmBy: '2027-07-11' };
