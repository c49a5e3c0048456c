import { readFile } from 'node:fs/promises';
import { BadInput, type Problem } from '../../campaign/problem.js';
import { isLoopbackHost, type SecretPlace, type SenderProfile } from '../../send/sender-profile.js';
import type { SmtpTransportOptions } from './smtp-transport.js';

const settings = ['connections', 'inFlight', 'perMinute', 'perDay'];
const example = 'such as smtp://user:password@smtp.contoso.com:587';

/**
 * `smtp://user:password@host:port` (STARTTLS required, except on loopback) or `smtps://` (TLS from the first byte).
 * `?connections=10&inFlight=20` set the pool, `?perMinute=30&perDay=10000` what the server allows.
 * @throws BadInput with every mistake; no message repeats any part of the address, since any part may be a piece of a
 * password whose special characters are not encoded
 */
export function readSmtpUrl(text: string, field = 'SMTP_URL'): SmtpTransportOptions {
  const problems: Problem[] = [];
  const complain = (message: string, hint = example) => problems.push({ field, message, hint });
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url) throw new BadInput([{ field, message: 'is not an address', hint: example }]);
  if (!/^smtps?:$/.test(url.protocol) || !url.hostname) complain('must begin with smtp:// or smtps:// and name a host');
  if (!/^\/?$/.test(url.pathname) || url.hash)
    complain('goes on after the host', 'write / as %2F, # as %23 and ? as %3F in a user name or password');
  const { connections, inFlight, limits } = readSettings(url, complain);
  const auth = readLogin(url, complain);
  const tls = url.protocol === 'smtps:';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const loopback = isLoopbackHost(host);
  const port = url.port === '' ? (tls ? 465 : 587) : Number(url.port);
  if (port === 0) complain('names port 0');
  if (port === 465 && !tls && !loopback)
    complain('names port 465, which speaks TLS from the first byte', 'write smtps://, or take port 587');
  if (problems.length > 0) throw new BadInput(problems);
  return {
    host,
    port,
    security: tls ? 'tls' : loopback ? 'none' : 'starttls',
    ...(auth && { auth }),
    verifyCertificate: !loopback,
    connections,
    inFlight,
    ...(limits && { limits }),
  };
}

type Complain = (message: string, hint?: string) => void;

function readSettings(url: URL, complain: Complain): Pick<SmtpTransportOptions, 'connections' | 'inFlight' | 'limits'> {
  if ([...url.searchParams.keys()].some((name) => !settings.includes(name)))
    complain(`knows no other settings than ${settings.join(', ')}`, 'write ? as %3F in a user name or password');
  const number = (name: string, otherwise: number, most: number) => {
    const value = url.searchParams.get(name);
    if (value === null) return otherwise;
    if (/^[1-9]\d{0,7}$/.test(value) && Number(value) <= most) return Number(value);
    complain(`${name} must be a whole number from 1 to ${most}`);
    return otherwise;
  };
  const connections = number('connections', 5, 50);
  const inFlight = number('inFlight', connections * 2, 1000);
  const perMinute = number('perMinute', 0, 100_000);
  const perDay = number('perDay', 0, 10_000_000);
  const limits = { ...(perMinute && { perMinute }), ...(perDay && { perDay }) };
  return { connections, inFlight, ...(perMinute + perDay > 0 && { limits }) };
}

function readLogin(url: URL, complain: Complain): SmtpTransportOptions['auth'] {
  const user = decode(url.username);
  const password = decode(url.password);
  if (user === undefined || password === undefined)
    complain('has a % in its user name or password that encodes nothing', 'write % as %25');
  else if (Boolean(user) !== Boolean(password)) complain('has a user name or a password, but not both');
  return user && password ? { user, password } : undefined;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/**
 * A sender profile with its login looked up.
 * @throws BadInput naming every variable or file that is missing; never what stands in it
 */
export async function openSenderProfile(
  profile: SenderProfile,
  file: string,
  readVariable: (name: string) => string | undefined,
): Promise<SmtpTransportOptions> {
  const problems: Problem[] = [];
  const look = async (place: SecretPlace, field: string): Promise<string> => {
    const value = place.env
      ? readVariable(place.env)
      : await readFile(place.file ?? '', 'utf8').then(
          // Editors and secret stores end a file with a line break; a password may well end with a space.
          (text) => text.replace(/\r?\n$/, ''),
          () => undefined,
        );
    if (!value) {
      const where = place.env
        ? `the environment variable ${place.env} is not set`
        : `the file ${place.file} cannot be read or is empty`;
      problems.push({ file, field, message: where });
    }
    return value ?? '';
  };
  const auth = profile.auth && {
    user: await look(profile.auth.user, 'auth.user'),
    password: await look(profile.auth.password, 'auth.password'),
  };
  if (problems.length > 0) throw new BadInput(problems);
  const { host, port, security, connections, inFlight, limits } = profile;
  return {
    host,
    port,
    security,
    connections,
    inFlight,
    verifyCertificate: !isLoopbackHost(host),
    ...(auth && { auth }),
    ...(limits && { limits }),
  };
}
