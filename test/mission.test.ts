import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type ParsedMail, simpleParser } from 'mailparser';
import { objectIdOf, type Person, writeCampaign, writePeople, writeText } from './cli/contoso.js';
import { openWorkplace, type Workplace } from './cli/run-fanfare.js';
import { listQueueBackends } from './rig/queue-backends.js';
import { openScriptedSmtp } from './rig/scripted-smtp.js';

/*
 * A launch date, a list of people and a list of who has registered go in;
 * the right mails come out, at the right people, at the right instants.
 */

const people: Person[] = [
  { number: 1, upn: 'anna@contoso.com', name: 'Anna de Vries', mail: 'anna@contoso.com', country: 'NL' },
  { number: 2, upn: 'c10002@contoso.com', name: 'Ben Smith', mail: 'ben.smith@contoso.com', country: 'GB' },
  { number: 3, upn: 'carla@contoso.com', name: 'Carla Jansen', mail: 'carla@contoso.com', country: 'NL' },
  { number: 4, upn: 'c10004@contoso.com', name: 'David Jones', mail: 'david.jones@contoso.com', country: 'GB' },
  { number: 5, upn: 'emma@contoso.com', name: 'Emma Bakker', mail: 'emma@contoso.com', country: 'NL' },
  { number: 6, upn: 'frank@contoso.com', name: 'Frank Smit', mail: 'frank@contoso.com', enabled: 'False' },
  {
    number: 7,
    upn: 'gina_fabrikam.com#EXT#@contoso.com',
    name: 'Gina Hughes',
    mail: 'gina@fabrikam.com',
    userType: 'Guest',
  },
  { number: 8, upn: 'hugo@contoso.com', name: 'Hugo Mulder', mail: '' },
  // Anna once more, as another system spells her.
  { number: 1, upn: 'anna@contoso.com', name: 'Anna de Vries', mail: 'ANNA@Contoso.com', country: 'NL' },
];

/** In Graph's words, and with the moment: Available Now is 14 January 08:00 UTC, the reminders 21 and 28 January. */
const registrations = [
  'Id,UserPrincipalName,IsSsprCapable,registeredAt',
  // Before anything began.
  `${objectIdOf(3)},carla@contoso.com,True,`,
  // One second before the first reminder; the sign-in name is not the mail address.
  ',c10004@contoso.com,True,2031-01-21T08:59:59+01:00',
  // One second after it.
  `${objectIdOf(5)},emma@contoso.com,True,2031-01-21T09:00:01+01:00`,
  `${objectIdOf(1)},anna@contoso.com,False,`,
  // Somebody who has left.
  `${objectIdOf(99)},left@contoso.com,True,`,
].join('\n');

const everybody = [
  'anna@contoso.com',
  'ben.smith@contoso.com',
  'carla@contoso.com',
  'david.jones@contoso.com',
  'emma@contoso.com',
];
const story = [
  { id: 'coming-soon', kind: 'coming-soon', sendAt: '2030-12-31T08:00:00Z', gets: everybody, registered: 0 },
  { id: 'available-now', kind: 'available-now', sendAt: '2031-01-14T08:00:00Z', gets: everybody, registered: 0 },
  {
    ...{ id: 'reminder-1', kind: 'sign-up-reminder', sendAt: '2031-01-21T08:00:00Z' },
    ...{ gets: ['anna@contoso.com', 'ben.smith@contoso.com', 'emma@contoso.com'], registered: 2 },
  },
  {
    ...{ id: 'reminder-2', kind: 'sign-up-reminder', sendAt: '2031-01-28T08:00:00Z' },
    ...{ gets: ['anna@contoso.com', 'ben.smith@contoso.com'], registered: 3 },
  },
];

let work: Workplace;
beforeAll(async () => {
  work = await openWorkplace();
  await writeCampaign(work.folder);
  await writePeople(work.folder, 'people.csv', people);
  await writeText(work.folder, 'registrations.csv', registrations);
});
afterAll(() => work.close());

describe.each(listQueueBackends())('from a launch date to mails in inboxes, with the queue on $name', (backend) => {
  test('the right mails reach the right people at the right instants', async () => {
    const queue = await backend.open();
    const smtp = await openScriptedSmtp();
    try {
      const lists = ['--recipients', 'people.csv', '--registrations', 'registrations.csv'];
      const { code, out, err } = await work.run(
        ['simulate', 'campaign.yaml', ...lists, '--smtp', smtp.url, '--json'],
        queue.redisUrl ? { REDIS_URL: queue.redisUrl } : {},
      );
      expect({ code, err }).toEqual({ code: 0, err: '' });

      // What scripts read.
      const told = JSON.parse(out);
      expect(told).toMatchObject({
        campaign: 'sspr',
        audience: 5,
        leftOut: { disabled: 1, guest: 1, 'no-address': 1 },
        steps: story.map(({ id, kind, sendAt, gets, registered }) => ({
          ...{ id, kind, sendAt, audience: 5, sent: gets.length },
          suppressed: registered > 0 ? { registered } : {},
          ...{ failed: 0, uncertain: 0, cancelled: 0 },
        })),
        merged: 1,
        nobody: 1,
      });
      for (const { sent, suppressed, failed, uncertain, cancelled, audience } of told.steps)
        expect(sent + (suppressed.registered ?? 0) + failed + uncertain + cancelled).toBe(audience);

      // What the server took: one person a mail, nobody twice in a step, nobody who should not have been there.
      const mails = await Promise.all(
        smtp.accepted.map(async ({ from, to, raw }) => ({ from, to, mail: await simpleParser(raw) })),
      );
      for (const { sendAt, gets } of story) {
        const ofStep = mails.filter(({ mail }) => mail.date?.toISOString() === sendAt.replace('Z', '.000Z'));
        expect(ofStep.map(({ to }) => to.join()).sort()).toEqual(gets);
      }
      expect(mails).toHaveLength(story.reduce((sum, { gets }) => sum + gets.length, 0));
      expect(new Set(mails.map(({ mail }) => mail.messageId)).size).toBe(mails.length);
      for (const { from, to, mail } of mails) {
        expect(from).toBe('it-service@contoso.com');
        expect(addressesOf(mail)).toEqual(to);
        for (const part of [mail.html, mail.text]) expect(part).toContain('https://passwords.contoso.com');
        // Nothing of anybody else is in it.
        const [address] = to;
        const [given] = people.find(({ mail: known }) => known === address)?.name.split(' ') ?? [];
        expect(mail.text).toMatch(new RegExp(`^(Hallo|Hello) ${given},$`, 'm'));
        const others = everybody.filter((other) => other !== address && `${mail.html}${mail.text}`.includes(other));
        expect(others).toEqual([]);
      }

      // Each in their own language.
      const greeting = (address: string) => {
        const { mail } = mails.find(({ to }) => to[0] === address) ?? {};
        return [
          /<html[^>]* lang="(\w+)"/.exec(String(mail?.html))?.[1],
          mail?.text?.split('\n').find((line) => line.endsWith(',')),
        ];
      };
      expect(greeting('anna@contoso.com')).toEqual(['nl', 'Hallo Anna,']);
      expect(greeting('ben.smith@contoso.com')).toEqual(['en', 'Hello Ben,']);
    } finally {
      await smtp.close();
      await queue.close();
    }
  }, 60_000);
});

function addressesOf({ to }: ParsedMail): string[] {
  return [to ?? []].flat().flatMap(({ value }) => value.map(({ address }) => address ?? ''));
}
