import { fileURLToPath } from 'node:url';
import { loadContent } from '../../src/adapters/files/load-content.js';
import { type Campaign, campaignSchema } from '../../src/campaign/campaign.js';
import type { Recipient } from '../../src/campaign/recipient.js';
import type { MailContent } from '../../src/render/mail-content.js';

const exampleFile = fileURLToPath(new URL('../../config/campaigns/sspr.yaml', import.meta.url));

/** A small valid campaign; `changes` replace whole top-level fields of the campaign file. */
export function makeCampaign(changes: Record<string, unknown> = {}): Campaign {
  return campaignSchema.parse({
    id: 'test',
    name: 'Reset your own password',
    pack: 'sspr',
    organisation: {
      name: 'Contoso',
      logo: { file: './contoso.png', width: 152, height: 40 },
      colours: { primary: '#0b5a5e', accent: '#f2b134' },
      helpDesk: { phone: '+31 20 555 0100', email: 'helpdesk@contoso.com', hours: { en: 'Monday to Friday' } },
      intranetTitle: { en: 'Reset your own password' },
    },
    portal: { url: 'https://passwords.contoso.com' },
    launch: { date: '2027-01-12', time: '09:00', zone: 'Europe/Amsterdam' },
    steps: [
      { kind: 'coming-soon', offset: '-14d' },
      { kind: 'available-now', offset: '0d' },
      { id: 'reminder-1', kind: 'sign-up-reminder', offset: '+7d' },
    ],
    sender: { name: 'Contoso IT', address: 'it@contoso.com', replyTo: 'helpdesk@contoso.com' },
    ...changes,
  });
}

/** The shipped pack and logo. */
export function loadTestContent(campaign: Campaign): Promise<MailContent> {
  return loadContent(exampleFile, campaign);
}

/** People `p1@contoso.com`, `p2@contoso.com`, ... as the audience store takes them. */
export async function* makePeople(count: number, change: (number: number) => Partial<Recipient> = () => ({})) {
  for (let number = 1; number <= count; number += 1) {
    const address = `p${number}@contoso.com`;
    const recipient: Recipient = {
      personKey: address,
      address,
      firstName: `P${number}`,
      displayName: `Person ${number}`,
      attributes: {},
      ...change(number),
    };
    yield { line: number + 1, recipient };
  }
}
