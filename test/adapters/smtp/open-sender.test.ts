import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { openSenderProfile, readSmtpUrl } from '../../../src/adapters/smtp/open-sender.js';
import { createSenders } from '../../../src/adapters/smtp/senders.js';
import { BadInput } from '../../../src/campaign/problem.js';
import { type SenderProfile, senderProfileSchema } from '../../../src/send/sender-profile.js';
import { openScriptedSmtp } from '../../rig/scripted-smtp.js';

const example = 'such as smtp://user:password@smtp.contoso.com:587';

describe('readSmtpUrl', () => {
  const remote = { host: 'relay.contoso.com', verifyCertificate: true, connections: 5, inFlight: 10 };
  const local = { security: 'none', verifyCertificate: false, connections: 5, inFlight: 10 };
  test.each<[string, object]>([
    ['smtp://relay.contoso.com', { ...remote, port: 587, security: 'starttls' }],
    ['smtp://relay.contoso.com:25/', { ...remote, port: 25, security: 'starttls' }],
    ['smtps://relay.contoso.com', { ...remote, port: 465, security: 'tls' }],
    ['smtps://relay.contoso.com:8465', { ...remote, port: 8465, security: 'tls' }],
    ['smtp://localhost:1025', { ...local, host: 'localhost', port: 1025 }],
    ['smtp://LOCALHOST:1025', { ...local, host: 'LOCALHOST', port: 1025 }],
    ['smtp://127.0.0.1:1025', { ...local, host: '127.0.0.1', port: 1025 }],
    ['smtp://127.9.9.9:1025', { ...local, host: '127.9.9.9', port: 1025 }],
    ['smtp://[::1]:1025', { ...local, host: '::1', port: 1025 }],
    ['smtps://localhost', { ...local, host: 'localhost', port: 465, security: 'tls' }],
    // Names and addresses that only look like this machine.
    ['smtp://localhost.contoso.com', { ...remote, host: 'localhost.contoso.com', port: 587, security: 'starttls' }],
    ['smtp://127.0.0.1.contoso.com', { ...remote, host: '127.0.0.1.contoso.com', port: 587, security: 'starttls' }],
    ['smtp://10.0.0.1', { ...remote, host: '10.0.0.1', port: 587, security: 'starttls' }],
    [
      'smtp://it%40contoso.com:p%23%2F%3F%25%3A@relay.contoso.com',
      { ...remote, port: 587, security: 'starttls', auth: { user: 'it@contoso.com', password: 'p#/?%:' } },
    ],
    [
      'smtps://relay.contoso.com?connections=20',
      { ...remote, port: 465, security: 'tls', connections: 20, inFlight: 40 },
    ],
    [
      'smtps://relay.contoso.com?connections=2&inFlight=3',
      { ...remote, port: 465, security: 'tls', connections: 2, inFlight: 3 },
    ],
  ])('%s', (text, expected) => {
    expect(readSmtpUrl(text)).toEqual(expected);
  });

  const inPassword = 'write / as %2F, # as %23 and ? as %3F in a user name or password';
  test.each<[string, string[]]>([
    ['', [`is not an address (${example})`]],
    ['relay.contoso.com', [`is not an address (${example})`]],
    ['smtp://user:hunter2@', [`is not an address (${example})`]],
    ['http://relay.contoso.com', [`must begin with smtp:// or smtps:// and name a host (${example})`]],
    ['smtp:relay.contoso.com', [`must begin with smtp:// or smtps:// and name a host (${example})`, 'goes on after']],
    ['smtp://user:12#hunter2@relay.contoso.com', [`goes on after the host (${inPassword})`]],
    ['smtp://user:12/hunter2@relay.contoso.com', [`goes on after the host (${inPassword})`]],
    [
      'smtp://user:12?hunter2@relay.contoso.com',
      ['knows no other settings than connections, inFlight, perMinute, perDay'],
    ],
    [
      'smtp://relay.contoso.com?pool=hunter2',
      ['knows no other settings than connections, inFlight, perMinute, perDay'],
    ],
    ['smtp://relay.contoso.com?connections=0', ['connections must be a whole number from 1 to 50']],
    ['smtp://relay.contoso.com?connections=51', ['connections must be a whole number from 1 to 50']],
    ['smtp://relay.contoso.com?connections=1e1', ['connections must be a whole number from 1 to 50']],
    ['smtp://relay.contoso.com?inFlight=', ['inFlight must be a whole number from 1 to 1000']],
    ['smtp://user:hunter2%@relay.contoso.com', ['has a % in its user name or password that encodes nothing']],
    ['smtp://user@relay.contoso.com', ['has a user name or a password, but not both']],
    ['smtp://:hunter2@relay.contoso.com', ['has a user name or a password, but not both']],
    ['smtp://relay.contoso.com:0', ['names port 0']],
    ['smtp://relay.contoso.com:465', ['names port 465, which speaks TLS from the first byte']],
    ['smtp://user@relay.contoso.com:465?connections=x', ['connections must be', 'has a user name', 'names port 465']],
  ])('%s', (text, messages) => {
    const problems = catchError(() => readSmtpUrl(text, '--smtp')).message.split('\n');
    expect(problems).toEqual(messages.map((message) => expect.stringContaining(`--smtp: ${message}`)));
    expect(problems.join()).not.toContain('hunter2');
  });

  test('any login survives its encoding, and no mistake repeats a password', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 6, maxLength: 30 });
    fc.assert(
      fc.property(text, text, (user, password) => {
        const encoded = `smtp://${encodeURIComponent(user)}:${encodeURIComponent(password)}@relay.contoso.com`;
        expect(readSmtpUrl(encoded).auth).toEqual({ user, password });
        try {
          readSmtpUrl(`smtp://u:hunter2${password}hunter2@relay.contoso.com:x`);
        } catch (error) {
          expect(error).toBeInstanceOf(BadInput);
          expect(JSON.stringify((error as BadInput).problems)).not.toContain('hunter2');
        }
      }),
    );
  });
});

describe('sender profiles', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'fanfare-sender-'));
    await writeFile(path.join(folder, 'password'), ' with a space at its end \n');
    await writeFile(path.join(folder, 'empty'), '\n');
  });
  afterAll(() => rm(folder, { recursive: true }));

  const profileOf = (change: object): SenderProfile =>
    senderProfileSchema.parse({ host: 'relay.contoso.com', port: 587, ...change });
  const variables: Record<string, string> = { SMTP_USER: 'it', SMTP_PASSWORD: 'hunter2' };
  const readVariable = (name: string) => variables[name];
  const open = (change: object) => openSenderProfile(profileOf(change), 'config/senders/x.yaml', readVariable);

  test('the login comes from variables and files', async () => {
    const auth = { user: { env: 'SMTP_USER' }, password: { file: path.join(folder, 'password') } };
    expect(await open({ auth })).toEqual({
      ...{ host: 'relay.contoso.com', port: 587, security: 'starttls', verifyCertificate: true },
      ...{ connections: 5, inFlight: 10, auth: { user: 'it', password: ' with a space at its end ' } },
    });
  });

  test('only this machine may go unverified', async () => {
    expect(await open({ host: 'localhost', port: 1025, security: 'none' })).toMatchObject({ verifyCertificate: false });
    expect(await open({ security: 'tls', port: 465 })).toMatchObject({ verifyCertificate: true });
  });

  test('everything that is missing is told at once, and nothing that is there', async () => {
    const missing = path.join(folder, 'missing');
    const problems = async (auth: object) =>
      open({ auth }).then(
        () => 'nothing',
        (error: BadInput) => error.message.split('\n'),
      );
    expect(await problems({ user: { env: 'NO_USER' }, password: { file: missing } })).toEqual([
      'config/senders/x.yaml: auth.user: the environment variable NO_USER is not set',
      `config/senders/x.yaml: auth.password: the file ${missing} cannot be read or is empty`,
    ]);
    expect(await problems({ user: { env: 'SMTP_PASSWORD' }, password: { file: path.join(folder, 'empty') } })).toEqual([
      `config/senders/x.yaml: auth.password: the file ${path.join(folder, 'empty')} cannot be read or is empty`,
    ]);
  });

  test('each sender is opened once, a mistake is read anew, and all are closed', async () => {
    const smtp = await openScriptedSmtp();
    const reads: string[] = [];
    let broken = true;
    const senders = createSenders({ smtpUrl: smtp.url, sendersDir: folder, readVariable }, async (file) => {
      reads.push(path.basename(file));
      if (broken) throw new BadInput('half written');
      return profileOf({ host: 'localhost', port: smtp.port, security: 'none' });
    });
    await expect(senders.find('relay')).rejects.toThrow('half written');
    broken = false;
    const [one, other] = await Promise.all([senders.find('relay'), senders.find('relay')]);
    expect(one).toBe(other);
    expect(reads).toEqual(['relay.yaml', 'relay.yaml']);
    const usual = await senders.find(undefined);
    expect(usual).not.toBe(one);
    expect((await usual.send({ to: 'p1@contoso.com', from: 'it@contoso.com', raw: 'x\r\n' })).kind).toBe('accepted');
    await senders.close();
    await new Promise((done) => setTimeout(done, 50));
    expect(smtp.received()).toContain('QUIT');
    await smtp.close();
  });

  test('without a profile and without SMTP_URL it says what to do', async () => {
    const senders = createSenders({ sendersDir: folder, readVariable }, () => Promise.reject(new Error('not asked')));
    await expect(senders.find(undefined)).rejects.toThrow(/^SMTP_URL: is not set, and the campaign names no sender/);
    await senders.close();
  });
});

function catchError(run: () => unknown): BadInput {
  try {
    run();
  } catch (error) {
    return error as BadInput;
  }
  throw new Error('nothing was thrown');
}
