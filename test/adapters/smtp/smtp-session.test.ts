import { createServer } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type SmtpServer, SmtpSession } from '../../../src/adapters/smtp/smtp-session.js';
import type { SmtpAnswer } from '../../../src/send/smtp-answer.js';
import { openScriptedSmtp, type Script, type ScriptedSmtp } from '../../rig/scripted-smtp.js';

/** For whoever hangs on purpose; all others get time, so that a busy machine changes nothing. */
const hasty = { connectMs: 300, commandMs: 300, answerMs: 400, goodbyeMs: 100 };
const patient = { connectMs: 10_000, commandMs: 10_000, answerMs: 10_000, goodbyeMs: 100 };
const mail = { to: 'jane.doe@contoso.com', from: 'it@contoso.com', raw: 'Subject: x\r\n\r\nHello.\r\n' };
const password = 'p4ss/w0rd+sécret';

const servers: ScriptedSmtp[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function serve(script: Script): Promise<{ smtp: ScriptedSmtp; server: SmtpServer }> {
  const smtp = await openScriptedSmtp(script);
  servers.push(smtp);
  return { smtp, server: { host: '127.0.0.1', port: smtp.port, security: 'none', verifyCertificate: false } };
}

/** Open a session and offer mails on it, one after another; the answer to the last, or to the opening. */
async function offer(server: SmtpServer, mails = 1, limits = patient): Promise<SmtpAnswer[]> {
  const session = await SmtpSession.open(server, limits);
  if (!(session instanceof SmtpSession)) return [session];
  const answers: SmtpAnswer[] = [];
  for (let number = 0; number < mails && session.usable; number += 1) answers.push(await session.send(mail));
  session.close();
  return answers;
}

const limitsFor = (name: string) => (/hang|breaks off/.test(name) ? hasty : patient);
const pipelining = () => '250-scripted.test\r\n250-AUTH PLAIN LOGIN\r\n250 PIPELINING';

describe('what an answer tells', () => {
  const certain = (stage: string) => ({ kind: 'unreachable', stage });
  test.each<[string, Script, object]>([
    ['drop at the banner', { banner: () => 'drop' }, certain('connect')],
    ['drop at EHLO', { ehlo: () => 'drop' }, certain('connect')],
    ['drop at MAIL', { mail: () => 'drop' }, certain('connect')],
    ['drop at RCPT', { rcpt: () => 'drop' }, certain('connect')],
    ['drop at DATA', { data: () => 'drop' }, certain('connect')],
    ['drop in a pipeline', { ehlo: pipelining, rcpt: () => 'drop' }, certain('connect')],
    ['drop after 354, before the dot', { body: () => 'drop' }, { kind: 'uncertain' }],
    ['drop after the dot', { dot: () => 'drop' }, { kind: 'uncertain' }],
    ['drop after the dot, accepted', { dot: () => 'drop-accepted' }, { kind: 'uncertain' }],
    ['accepted', {}, { kind: 'accepted', reply: '250 2.0.0 accepted' }],
    ['refused after the dot', { dot: () => '554 5.7.1 spam' }, { kind: 'refused', code: 554, stage: 'data' }],
    ['for now after the dot', { dot: () => '451 4.3.0 later' }, { kind: 'refused', code: 451, enhanced: '4.3.0' }],
    ['421 at the banner', { banner: () => '421 4.7.0 busy' }, { kind: 'refused', code: 421, stage: 'connect' }],
    ['421 at EHLO', { ehlo: () => '421 4.7.0 busy' }, { kind: 'refused', code: 421, enhanced: '4.7.0' }],
    ['421 at MAIL', { mail: () => '421 4.7.0 busy' }, { kind: 'refused', code: 421, stage: 'mail' }],
    ['421 at RCPT', { rcpt: () => '421 4.7.0 busy' }, { kind: 'refused', code: 421, stage: 'rcpt' }],
    ['421 at RCPT in a pipeline', { ehlo: pipelining, rcpt: () => '421 4.7.0 busy' }, { kind: 'refused', code: 421 }],
    ['421 at DATA', { data: () => '421 4.7.0 busy' }, { kind: 'refused', code: 421, stage: 'data' }],
    ['421 after the dot', { dot: () => '421 4.7.0 busy' }, { kind: 'refused', code: 421, stage: 'data' }],
    ['554 at the banner', { banner: () => '554 5.7.1 no' }, { kind: 'refused', code: 554, stage: 'connect' }],
    ['550 at MAIL', { mail: () => '550 5.1.8 bad sender' }, { kind: 'refused', enhanced: '5.1.8', stage: 'mail' }],
    ['550 at RCPT', { rcpt: () => '550 5.1.1 gone' }, { kind: 'refused', enhanced: '5.1.1', stage: 'rcpt' }],
    [
      '550 on several lines',
      { rcpt: () => '550-5.1.1 The account does not exist.\r\n550 5.1.1 Please try' },
      { kind: 'refused', code: 550, enhanced: '5.1.1' },
    ],
    ['554 at DATA', { data: () => '554 5.5.1 no' }, { kind: 'refused', code: 554, stage: 'data' }],
    ['garbage at the banner', { banner: () => 'SSH-2.0-OpenSSH' }, certain('connect')],
    ['garbage at RCPT', { rcpt: () => 'huh?' }, certain('rcpt')],
    ['garbage after the dot', { dot: () => 'huh?' }, { kind: 'uncertain', reason: 'huh?' }],
    ['a reply that only begins like one', { dot: () => '2 many mails' }, { kind: 'uncertain' }],
    ['a number that is no code', { dot: () => '5500 what' }, { kind: 'uncertain' }],
    ['3xx after the dot', { dot: () => '354 more' }, { kind: 'uncertain' }],
    ['a reply that breaks off after the dot', { dot: () => '25' }, { kind: 'uncertain' }],
    ['hang at the banner', { banner: () => 'hang' }, certain('connect')],
    ['hang at EHLO', { ehlo: () => 'hang' }, certain('connect')],
    ['hang at MAIL', { mail: () => 'hang' }, certain('connect')],
    ['hang at RCPT', { rcpt: () => 'hang' }, certain('connect')],
    ['hang at DATA', { data: () => 'hang' }, certain('connect')],
    ['hang after the dot', { dot: () => 'hang' }, { kind: 'uncertain' }],
    ['a slow answer to the dot', { dotDelayMs: 350 }, { kind: 'accepted' }],
    ['every byte on its own', { byteByByte: true, ehlo: pipelining }, { kind: 'accepted' }],
    [
      'RCPT refused but DATA taken, in a pipeline',
      { ehlo: pipelining, rcpt: () => '550 5.1.1 gone', takesDataForNobody: true },
      { kind: 'refused', code: 550, enhanced: '5.1.1', stage: 'rcpt' },
    ],
  ])('%s', async (name, script, expected) => {
    const { server } = await serve(script);
    expect(await offer(server, 1, limitsFor(name))).toEqual([expect.objectContaining(expected)]);
  });

  test('no server at all', async () => {
    const { smtp, server } = await serve({});
    await smtp.close();
    expect(await offer(server)).toEqual([expect.objectContaining({ kind: 'unreachable', stage: 'connect' })]);
  });
});

describe('one connection, several mails', () => {
  const refusals: Script[] = [
    { mail: once('550 5.7.1 no', '250 ok') },
    { rcpt: once('550 5.1.1 gone', '250 ok') },
    { data: once('451 4.3.0 later', '354 go ahead') },
    { dot: once('554 5.7.1 spam', '250 ok') },
    { ehlo: pipelining, rcpt: once('550 5.1.1 gone', '250 ok') },
    { ehlo: pipelining, rcpt: once('550 5.1.1 gone', '250 ok'), takesDataForNobody: true },
    { ehlo: pipelining, data: once('451 4.3.0 later', '354 go ahead') },
  ];
  test.each(refusals.map((script) => [Object.keys(script).join('+'), script] as const))(
    'the mail after a refusal at %s goes through',
    async (_name, script) => {
      const { smtp, server } = await serve(script);
      const answers = await offer(server, 3);
      expect(answers.map(({ kind }) => kind)).toEqual(['refused', 'accepted', 'accepted']);
      expect(smtp.accepted).toHaveLength(2);
      expect(smtp.connections()).toBe(1);
    },
  );

  test.each<[string, Script]>([
    ['drops', { rset: () => 'drop' }],
    ['hangs', { rset: () => 'hang' }],
    ['refuses', { rset: () => '502 no' }],
    ['says 421', { rset: () => '421 bye' }],
  ])('a server that %s at RSET costs the connection and nothing else', async (name, script) => {
    const { server } = await serve({ ...script, rcpt: () => '550 5.1.1 gone' });
    expect(await offer(server, 2, limitsFor(name))).toEqual([expect.objectContaining({ kind: 'refused', code: 550 })]);
  });

  test('the message arrives as it was, dots and all, for exactly one recipient', async () => {
    const { smtp, server } = await serve({});
    const raw = 'Subject: x\r\n\r\n.\r\n..\r\n.hidden\r\nend\r\n..\r\n';
    const session = await SmtpSession.open(server, patient);
    if (!(session instanceof SmtpSession)) throw new Error('not open');
    await session.send({ ...mail, raw });
    session.close();
    expect(smtp.accepted).toMatchObject([{ from: mail.from, to: [mail.to], raw }]);
    expect(smtp.received().match(/RCPT TO/g)).toHaveLength(1);
  });

  test('any bytes arrive as the same lines, and none of them ends the message', async () => {
    const { smtp, server } = await serve({});
    const session = await SmtpSession.open(server, patient);
    if (!(session instanceof SmtpSession)) throw new Error('not open');
    const pieces = fc.constantFrom('.', '\r', '\n', '\r\n', '\r\n.', '\n.', '\r.', '\r\n.\r\n', 'a', 'RSET');
    const text = fc.array(pieces, { minLength: 1, maxLength: 12 }).map((parts) => parts.join(''));
    await fc.assert(
      fc.asyncProperty(text, async (raw) => {
        expect((await session.send({ ...mail, raw })).kind).toBe('accepted');
        const lines = raw.replace(/\r\n|\r|\n/g, '\r\n');
        expect(smtp.accepted.at(-1)?.raw).toBe(lines.endsWith('\r\n') ? lines : `${lines}\r\n`);
      }),
      { numRuns: 300 },
    );
    session.close();
    expect(smtp.connections()).toBe(1);
  });

  test('a server that does not answer QUIT is left', async () => {
    const { server } = await serve({ quit: () => 'hang' });
    const session = await SmtpSession.open(server, patient);
    if (!(session instanceof SmtpSession)) throw new Error('not open');
    session.quit();
    expect(session.usable).toBe(false);
    await new Promise((done) => setTimeout(done, 2 * patient.goodbyeMs));
  });
});

test.each(['banner', 'rcpt', 'dot'] as const)('10 MB of reply at %s are not kept', async (stage) => {
  const flood = Buffer.from(`${'250-more and more and more\r\n'.repeat(400_000)}250 ok`).toString('latin1');
  const { server } = await serve({ [stage]: () => flood });
  const before = process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed;
  const [answer] = await offer(server);
  const grown = process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed - before;
  expect(answer).toMatchObject({ kind: stage === 'dot' ? 'uncertain' : 'unreachable' });
  expect(JSON.stringify(answer).length).toBeLessThan(500);
  // The server's own copies of the flood are in these 50 MB.
  expect(grown).toBeLessThan(50_000_000);
});

describe('signing in', () => {
  const withAuth = async (script: Script) => {
    const { smtp, server } = await serve({ ehlo: pipelining, ...script });
    return { smtp, server: { ...server, auth: { user: 'jane@contoso.com', password } } };
  };

  test.each<[string, Script, object]>([
    ['works', {}, { kind: 'accepted' }],
    [
      'with a wrong password',
      { auth: () => '535 5.7.3 Authentication unsuccessful' },
      { kind: 'refused', code: 535, enhanced: '5.7.3', stage: 'auth' },
    ],
    ['throttled', { auth: () => '421 4.7.0 Too many errors' }, { kind: 'refused', code: 421, stage: 'auth' }],
    ['dropped', { auth: () => 'drop' }, { kind: 'unreachable', stage: 'connect' }],
    ['hanging', { auth: () => 'hang' }, { kind: 'unreachable', stage: 'connect' }],
  ])('%s', async (name, script, expected) => {
    const { server } = await withAuth(script);
    expect(await offer(server, 1, limitsFor(name))).toEqual([expect.objectContaining(expected)]);
  });

  test('no answer repeats the password, or an address, whatever the server repeats', async () => {
    const stages = ['banner', 'ehlo', 'auth', 'mail', 'rcpt', 'data', 'dot'] as const;
    const encode = (text: string) => Buffer.from(text).toString('base64');
    const secrets = [password, encode(password), encode(`\0jane@contoso.com\0${password}`), encode('jane@contoso.com')];
    for (const stage of stages) {
      for (const code of ['550', '421', 'huh']) {
        const words = `${code} 5.7.1 <jane.doe@contoso.com> or jane@contoso.com: ${secrets.join(' and ')}`;
        // Echoed in the middle of a reply so long that it is cut, too.
        for (const reply of [words, `${code} ${'x '.repeat(580)}${words}`]) {
          const { server } = await withAuth({ [stage]: () => reply });
          const told = JSON.stringify(await offer(server));
          for (const secret of [...secrets, 'p4ss', 'jane', '@contoso.com']) expect(told).not.toContain(secret);
        }
      }
    }
  });
});

test('a reply without a space in 64 kB is cleaned at once', async () => {
  const { server } = await serve({ rcpt: () => `550 ${'x'.repeat(60_000)}` });
  const startedAt = performance.now();
  const [answer] = await offer(server);
  expect(performance.now() - startedAt).toBeLessThan(1_000);
  expect(answer).toMatchObject({ kind: 'refused', code: 550 });
});

test('a listener that never speaks SMTP is left after the limit', async () => {
  const silent = createServer(() => {});
  await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done));
  const address = silent.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const startedAt = performance.now();
  const answer = await SmtpSession.open({ host: '127.0.0.1', port, security: 'tls', verifyCertificate: true }, hasty);
  expect(answer).toMatchObject({ kind: 'unreachable' });
  expect(performance.now() - startedAt).toBeLessThan(2_000);
  silent.close();
});

/** This once, then as usual. */
function once(reaction: string, usual: string): () => string {
  const reactions = [reaction];
  return () => reactions.shift() ?? usual;
}
