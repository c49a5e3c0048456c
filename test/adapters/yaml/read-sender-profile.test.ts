import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readSenderProfile } from '../../../src/adapters/yaml/read-sender-profile.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fanfare-sender-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function read(text: string) {
  const file = path.join(folder, 'sender.yaml');
  await writeFile(file, text);
  return await readSenderProfile(file);
}

const relay = 'host: relay.contoso.com\nport: 587\n';
const login = 'auth:\n  user: { env: SMTP_USER }\n  password: { file: /run/secrets/smtp }\n';

describe('readSenderProfile', () => {
  test('fills in the defaults', async () => {
    expect(await read(relay)).toEqual({
      host: 'relay.contoso.com',
      port: 587,
      security: 'starttls',
      connections: 5,
      inFlight: 10,
    });
    expect(await read(`${relay}connections: 20\n`)).toMatchObject({ connections: 20, inFlight: 40 });
    expect(await read(`${relay}connections: 20\ninFlight: 7\n`)).toMatchObject({ connections: 20, inFlight: 7 });
  });

  test('keeps where the login is, never the login', async () => {
    expect(await read(relay + login)).toMatchObject({
      auth: { user: { env: 'SMTP_USER' }, password: { file: '/run/secrets/smtp' } },
    });
  });

  test('reads the relay that ships', async () => {
    const file = new URL('../../../config/senders/relay.yaml', import.meta.url).pathname;
    expect(await readSenderProfile(file)).toMatchObject({ port: 587, security: 'starttls', connections: 5 });
  });

  test.each(['localhost', '127.0.0.1', '127.1.2.3', '"::1"'])('allows clear text to %s', async (host) => {
    expect(await read(`host: ${host}\nport: 1025\nsecurity: none\n`)).toMatchObject({ security: 'none' });
  });

  const place = 'a section with either "env", the name of an environment variable, or "file", the path of a file';
  test.each<[string, string, string[]]>([
    [
      'clear text beyond this machine',
      'host: localhost.contoso.com\nport: 25\nsecurity: none\n',
      ['3:11: security: without TLS everybody on the way can read the mails: "none" is for localhost only'],
    ],
    [
      'starttls on the port of tls',
      relay.replace('587', '465'),
      ['2:7: port: port 465 speaks TLS from the first byte: write "security: tls", or take port 587'],
    ],
    [
      'several at once',
      'hots: relay.contoso.com\nport: 465\nsecurity: ssl\nconnections: 51\n',
      [
        '1:1: unknown key "hots"; known here: host, port, security, auth, connections, inFlight, limits (did you mean "host"?)',
        '3:11: security: "ssl" is not one of starttls, tls, none',
        '4:14: connections: 51 is not a whole number from 1 to 50',
      ],
    ],
    [
      'a host with a port',
      'host: relay.contoso.com:25\nport: 25\n',
      [
        '1:7: host: "relay.contoso.com:25" is not a host name, such as relay.contoso.com (did you mean "relay.contoso.com"?)',
      ],
    ],
    [
      'a password in the file',
      `${relay}auth:\n  user: { env: SMTP_USER }\n  password: hunter2\n`,
      ['5:13: auth.password: what stands here is not a section with the keys env, file'],
    ],
    [
      'a password for the name of a variable',
      `${relay}auth:\n  user: { env: SMTP_USER }\n  password: { env: hunter-2 }\n`,
      ['5:20: auth.password.env: what stands here is not the name of an environment variable, such as SMTP_PASSWORD'],
    ],
    [
      'two places, and none',
      `${relay}auth:\n  user: { env: A, file: b }\n  password: {}\n`,
      [`4:9: auth.user: what stands here is not ${place}`, `5:13: auth.password: what stands here is not ${place}`],
    ],
    [
      'half a login',
      `${relay}auth:\n  user: { env: A }\n`,
      ['3:1: auth: the key "password" is missing (for example password: { env: SMTP_PASSWORD })'],
    ],
  ])('tells of %s', async (_, text, told) => {
    const error = await read(text).then(
      () => undefined,
      (reason: Error) => reason,
    );
    expect(error?.message.replaceAll(`${path.join(folder, 'sender.yaml')}:`, '').split('\n')).toEqual(told);
    expect(error?.message).not.toContain('hunter');
  });
});
