import { readFile } from 'node:fs/promises';
import { BadInput, type Problem } from '../../campaign/problem.js';
import { isLoopbackHost, type SecretPlace, type SenderProfile } from '../../send/sender-profile.js';
import type { SmtpTransportOptions } from './smtp-transport.js';

/**
 * `smtp://user:password@host:port` (STARTTLS required, except on loopback) or `smtps://` (TLS from the first byte).
 * `?connections=10&inFlight=20` set the pool.
 * @throws BadInput; the message never repeats the address, which may hold a password
 */
export function readSmtpUrl(text: string, field = 'SMTP_URL'): SmtpTransportOptions {
  const refuse = (message: string) =>
    new BadInput([{ field, message, hint: 'such as smtp://user:password@smtp.contoso.com:587' }]);
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw refuse('is not an address');
  }
  if (!/^smtps?:$/.test(url.protocol) || !url.hostname)
    throw refuse('must begin with smtp:// or smtps:// and name a host');
  for (const name of url.searchParams.keys()) {
    if (!['connections', 'inFlight'].includes(name))
      throw refuse(`knows no setting "${name}"; allowed are connections and inFlight`);
  }
  const number = (name: string, otherwise: number) => {
    const value = Number(url.searchParams.get(name) ?? otherwise);
    if (!Number.isInteger(value) || value < 1 || value > 1000)
      throw refuse(`${name} must be a whole number from 1 to 1000`);
    return value;
  };
  const tls = url.protocol === 'smtps:';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const loopback = isLoopbackHost(host);
  const connections = number('connections', 5);
  const user = decodeURIComponent(url.username);
  return {
    host,
    port: Number(url.port) || (tls ? 465 : 587),
    security: tls ? 'tls' : loopback ? 'none' : 'starttls',
    ...(user && { auth: { user, password: decodeURIComponent(url.password) } }),
    verifyCertificate: !loopback,
    connections,
    inFlight: number('inFlight', connections * 2),
  };
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
          (text) => text.trim(),
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
  const { host, port, security, connections, inFlight } = profile;
  return {
    host,
    port,
    security,
    connections,
    inFlight,
    verifyCertificate: !isLoopbackHost(host),
    ...(auth && { auth }),
  };
}
