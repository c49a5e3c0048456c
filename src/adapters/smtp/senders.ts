import { join } from 'node:path';
import { BadInput } from '../../campaign/problem.js';
import type { Senders, Transport } from '../../engine/ports/transport.js';
import type { SenderProfile } from '../../send/sender-profile.js';
import { openSenderProfile, readSmtpUrl } from './open-sender.js';
import { createSmtpTransport } from './smtp-transport.js';

interface SenderSettings {
  smtpUrl?: string;
  /** Folder of the sender profiles. */
  sendersDir: string;
  readVariable(name: string): string | undefined;
}

/** Opens each sender once, when the first mail wants it. */
export function createSenders(
  { smtpUrl, sendersDir, readVariable }: SenderSettings,
  readSenderProfile: (file: string) => Promise<SenderProfile>,
): Senders {
  const open = new Map<string | undefined, Promise<Transport>>();

  const openSender = async (profile: string | undefined): Promise<Transport> => {
    if (profile !== undefined) {
      const file = join(sendersDir, `${profile}.yaml`);
      return createSmtpTransport(await openSenderProfile(await readSenderProfile(file), file, readVariable));
    }
    if (smtpUrl) return createSmtpTransport(readSmtpUrl(smtpUrl));
    throw new BadInput([
      {
        field: 'SMTP_URL',
        message: 'is not set, and the campaign names no sender profile',
        hint: 'set SMTP_URL=smtp://user:password@host:587, or name a file of config/senders/ as sender.profile',
      },
    ]);
  };

  return {
    find(profile) {
      const known = open.get(profile);
      if (known) return known;
      const opening = openSender(profile);
      // A mistake that somebody mends is read anew next time.
      opening.catch(() => open.delete(profile));
      open.set(profile, opening);
      return opening;
    },
    async close() {
      for (const opening of open.values()) await opening.then((transport) => transport.close()).catch(() => {});
    },
  };
}
