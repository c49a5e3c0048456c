import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exampleCampaign } from './run-fanfare.js';

const logo = join(exampleCampaign, '..', 'contoso.png');

export interface CampaignText {
  id?: string;
  date?: string;
  time?: string;
  zone?: string;
  pack?: string;
  steps?: string;
  /** Further lines at the top level. */
  more?: string;
}

const usualSteps = `
  - { kind: coming-soon, offset: -14d }
  - { kind: available-now, offset: 0d }
  - { kind: sign-up-reminder, id: reminder-1, offset: +7d }
  - { kind: sign-up-reminder, id: reminder-2, offset: +14d }`;

/** A whole campaign file, as a person writes it; its logo stands beside it. */
export async function writeCampaign(folder: string, name = 'campaign.yaml', text: CampaignText = {}): Promise<string> {
  const { id = 'sspr', date = '2031-01-14', time = '09:00', zone = 'Europe/Amsterdam', pack = 'sspr' } = text;
  const { steps = usualSteps, more = '' } = text;
  await copyFile(logo, join(folder, 'contoso.png'));
  return writeText(
    folder,
    name,
    `id: ${id}
name: Reset your own password
pack: ${pack}
organisation:
  name: Contoso
  logo: { file: ./contoso.png, width: 152, height: 40 }
  colours: { primary: "#0b5a5e", accent: "#f2a93b" }
  helpDesk:
    phone: +31 20 555 0100
    email: servicedesk@contoso.com
    hours: { en: "Monday to Friday", nl: "maandag tot en met vrijdag" }
  intranetTitle: { en: "Mails about your password", nl: "Mails over je wachtwoord" }
portal: { url: https://passwords.contoso.com }
launch: { date: ${date}, time: "${time}", zone: ${zone} }
registerBy: +16d
steps:${steps}
sender:
  name: Contoso IT service
  address: it-service@contoso.com
  replyTo: servicedesk@contoso.com
${more}`,
  );
}

export interface Person {
  number: number;
  upn: string;
  name: string;
  mail: string;
  userType?: string;
  enabled?: string;
  country?: string;
}

export function objectIdOf(number: number): string {
  return `00000000-0000-4000-a000-${String(number).padStart(12, '0')}`;
}

/** Entra's "Download users", with the columns that matter here in its own order. */
export function writePeople(folder: string, name: string, people: Person[]): Promise<string> {
  const header =
    'userPrincipalName,displayName,surname,mail,givenName,objectId,userType,department,accountEnabled,usageLocation';
  const rows = people.map(
    ({ number, upn, name: full, mail, userType = 'Member', enabled = 'True', country = 'NL' }) => {
      const [given = '', ...surname] = full.split(' ');
      return [upn, full, surname.join(' '), mail, given, objectIdOf(number), userType, 'Sales', enabled, country].join(
        ',',
      );
    },
  );
  return writeText(folder, name, `${[header, ...rows].join('\n')}\n`);
}

/** `p1@contoso.com`, `p2@contoso.com`, ... */
export function listPeople(count: number, from = 1): Person[] {
  return Array.from({ length: count }, (_, index) => {
    const number = from + index;
    return { number, upn: `p${number}@contoso.com`, name: `Person ${number}`, mail: `p${number}@contoso.com` };
  });
}

/** The file's name, as it is told to a command that runs in the folder. */
export async function writeText(folder: string, name: string, text: string | Buffer): Promise<string> {
  await writeFile(join(folder, name), text);
  return name;
}
