import { readFile } from 'node:fs/promises';
import type { Server } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { type SmtpServer, SmtpSession } from '../../../src/adapters/smtp/smtp-session.js';
import { judgeAnswer } from '../../../src/send/judge-answer.js';
import type { SmtpAnswer } from '../../../src/send/smtp-answer.js';
import { openScriptedSmtp } from '../../rig/scripted-smtp.js';
import { tapWire } from '../../rig/tap-wire.js';

const limits = { connectMs: 10_000, commandMs: 10_000, answerMs: 10_000, goodbyeMs: 100 };
const mail = { to: 'jane.doe@contoso.com', from: 'it@contoso.com', raw: 'Subject: Very private\r\n\r\nHello.\r\n' };
const auth = { user: 'relay-user', password: 'correct horse' };
const secrets = ['jane.doe', 'Very private', 'correct horse', Buffer.from('correct horse').toString('base64')];

const closers: Array<() => Promise<void>> = [];
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

function listen(server: Pick<Server, 'listen' | 'address'>): Promise<number> {
  return new Promise((done) =>
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      done(typeof address === 'object' && address ? address.port : 0);
    }),
  );
}

/** A server with TLS and sign-in behind a wire that is tapped: everything the client sends. */
async function serve(certificate: 'self-signed' | 'expired', options: SMTPServerOptions = {}) {
  const folder = new URL('./certificates/', import.meta.url);
  const accepted: string[] = [];
  const server = new SMTPServer({
    key: await readFile(new URL('key.pem', folder)),
    cert: await readFile(new URL(`${certificate}.pem`, folder)),
    logger: false,
    disableReverseLookup: true,
    onAuth: ({ username, password }, _session, done) =>
      username === auth.user && password === auth.password
        ? done(null, { user: username })
        : done(Object.assign(new Error(`no sign-in for ${username} with ${password}`), { responseCode: 535 })),
    onData: (stream, _session, done) => {
      let text = '';
      stream.on('data', (chunk) => {
        text += chunk;
      });
      stream.on('end', () => {
        accepted.push(text);
        done();
      });
    },
    ...options,
  });
  server.on('error', () => {});
  const inner = await listen(server.server);
  closers.push(() => new Promise((done) => server.close(() => done())));
  const { port, tapped, close } = await tapWire(inner);
  closers.push(close);
  return { port, tapped, accepted };
}

async function offer(server: Partial<SmtpServer> & { port: number }): Promise<SmtpAnswer> {
  const whole = { host: '127.0.0.1', security: 'starttls', verifyCertificate: true, auth, ...server } as const;
  const session = await SmtpSession.open(whole, limits);
  if (!(session instanceof SmtpSession)) return session;
  const answer = await session.send(mail);
  session.quit();
  return answer;
}

const securities = ['starttls', 'tls'] as const;

describe.each(securities)('%s', (security) => {
  const options = { secure: security === 'tls' };

  test('carries sign-in and mail, and nothing readable', async () => {
    const { port, tapped, accepted } = await serve('self-signed', options);
    expect(await offer({ port, security, verifyCertificate: false })).toMatchObject({ kind: 'accepted' });
    expect(accepted).toEqual([mail.raw]);
    for (const secret of secrets) expect(tapped()).not.toContain(secret);
  });

  test.each(['self-signed', 'expired'] as const)('refuses a certificate that is %s', async (certificate) => {
    for (const host of ['127.0.0.1', 'localhost']) {
      const { port, tapped, accepted } = await serve(certificate, options);
      const answer = await offer({ host, port, security });
      expect(answer).toMatchObject({ kind: 'unreachable', stage: 'tls', reason: expect.stringMatching(/certificate/) });
      expect(judgeAnswer(answer)).toBe('sender');
      expect(accepted).toEqual([]);
      for (const secret of secrets) expect(tapped()).not.toContain(secret);
    }
  });

  test('refuses TLS below 1.2', async () => {
    const { port, accepted } = await serve('self-signed', {
      ...options,
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    });
    const answer = await offer({ port, security, verifyCertificate: false });
    expect(answer).toMatchObject({ kind: 'unreachable', stage: 'tls' });
    expect(accepted).toEqual([]);
  });

  test('a wrong password is told as such, and not repeated though the server does', async () => {
    const { port, tapped, accepted } = await serve('self-signed', options);
    const wrong = { user: auth.user, password: 'wrong staple' };
    const answer = await offer({ port, security, verifyCertificate: false, auth: wrong });
    expect(answer).toMatchObject({ kind: 'refused', code: 535, stage: 'auth' });
    expect(judgeAnswer(answer)).toBe('sender');
    expect(JSON.stringify(answer)).not.toContain('wrong staple');
    expect(tapped()).not.toContain('wrong staple');
    expect(accepted).toEqual([]);
  });
});

describe('a server without STARTTLS, or somebody who takes it away', () => {
  test.each([
    ['does not offer it', undefined],
    ['offers it and refuses', '250-scripted.test\r\n250 STARTTLS'],
    ['knows no EHLO', '502 what?'],
  ])('%s: nothing of the mail goes out', async (_name, ehlo) => {
    const smtp = await openScriptedSmtp(ehlo === undefined ? {} : { ehlo: () => ehlo });
    closers.push(() => smtp.close());
    const answer = await offer({ port: smtp.port });
    expect(answer).toMatchObject({ kind: 'refused', code: 502 });
    expect(judgeAnswer(answer)).toBe('sender');
    expect(smtp.received()).not.toMatch(/MAIL|AUTH|DATA/);
    for (const secret of secrets) expect(smtp.received()).not.toContain(secret);
  });

  test('words slipped in before the handshake are not believed', async () => {
    // RFC 3207 6: a middleman answers STARTTLS and a later command in one breath.
    const smtp = await openScriptedSmtp({ ehlo: () => '250-scripted.test\r\n250 STARTTLS\r\n250 2.0.0 all is well' });
    closers.push(() => smtp.close());
    expect((await offer({ port: smtp.port })).kind).not.toBe('accepted');
    for (const secret of secrets) expect(smtp.received()).not.toContain(secret);
  });
});
