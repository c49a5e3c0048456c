import { afterEach, describe, expect, test } from '@jest/globals';
import { createSmtpTransport, type SmtpTransportOptions } from '../../../src/adapters/smtp/smtp-transport.js';
import type { SmtpAnswer } from '../../../src/send/smtp-answer.js';
import { openScriptedSmtp, type Script, type ScriptedSmtp } from '../../rig/scripted-smtp.js';

const limits = { connectMs: 10_000, commandMs: 10_000, answerMs: 1_000, goodbyeMs: 100, idleMs: 20_000 };

let smtp: ScriptedSmtp;
afterEach(() => smtp.close());

async function open(script: Script = {}, options: Partial<SmtpTransportOptions> = {}, idleMs = limits.idleMs) {
  smtp = await openScriptedSmtp(script);
  const server = { host: '127.0.0.1', port: smtp.port, security: 'none', verifyCertificate: false } as const;
  return createSmtpTransport({ ...server, connections: 5, inFlight: 10, ...options }, { ...limits, idleMs });
}

const mailTo = (number: number) => ({
  to: `p${number}@contoso.com`,
  from: 'it@contoso.com',
  raw: `Subject: ${number}\r\n\r\nHello.\r\n`,
});
const kindsOf = (answers: SmtpAnswer[]) => answers.map(({ kind }) => kind);
const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));
const range = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

describe('the pool', () => {
  test('100 mails at once use at most 5 connections, and each arrives once', async () => {
    const transport = await open({ dotDelayMs: 2 });
    const answers = await Promise.all(range(100).map((number) => transport.send(mailTo(number))));
    expect(new Set(kindsOf(answers))).toEqual(new Set(['accepted']));
    expect(smtp.connections()).toBe(5);
    expect(smtp.mostOpen()).toBe(5);
    expect(smtp.accepted.map(({ to, raw }) => `${to} ${/Subject: (\d+)/.exec(raw)?.[1]}`).sort()).toEqual(
      range(100)
        .map((number) => `p${number}@contoso.com ${number}`)
        .sort(),
    );
    await transport.close();
  });

  test('connections that break are given back: the rest still goes out, over no more than 5', async () => {
    const transport = await open({ dot: ({ number }) => (number % 7 === 0 ? 'drop' : '250 ok') });
    const answers = await Promise.all(range(100).map((number) => transport.send(mailTo(number))));
    expect(answers.filter(({ kind }) => kind === 'uncertain')).toHaveLength(14);
    expect(smtp.accepted).toHaveLength(86);
    expect(smtp.mostOpen()).toBeLessThanOrEqual(5);
    expect((await transport.send(mailTo(101))).kind).toBe('accepted');
    await transport.close();
  });

  test('asks once more when a connection is free: what may not begin any more is offered to nobody', async () => {
    const transport = await open({ dotDelayMs: 50 }, { connections: 1 });
    let may = true;
    const answers = range(3).map((number) => transport.send(mailTo(number), () => may));
    await pause(20);
    may = false;
    expect((await Promise.all(answers)).map((answer) => answer?.kind)).toEqual(['accepted', undefined, undefined]);
    expect(smtp.offered()).toBe(1);
    may = true;
    expect((await transport.send(mailTo(4))).kind).toBe('accepted');
    await transport.close();
  });

  test('a server that is away answers every mail, and one that comes back is used', async () => {
    const script: Script = { banner: () => 'drop' };
    const transport = await open(script);
    const answers = await Promise.all(range(20).map((number) => transport.send(mailTo(number))));
    expect(new Set(kindsOf(answers))).toEqual(new Set(['unreachable']));
    delete script.banner;
    expect((await transport.send(mailTo(21))).kind).toBe('accepted');
    await transport.close();
  });

  test.each([1, 10, 50])('a server that closes after %i mails loses none and makes none uncertain', async (limit) => {
    let mails = 0;
    const transport = await open(
      {
        afterDot: () => {
          mails += 1;
          return mails % limit === 0 ? 'close' : undefined;
        },
      },
      { connections: 1 },
    );
    const answers: SmtpAnswer[] = [];
    for (const number of range(100)) answers.push(await transport.send(mailTo(number)));
    expect(new Set(kindsOf(answers))).toEqual(new Set(['accepted']));
    expect(smtp.accepted).toHaveLength(100);
    expect(smtp.connections()).toBe(Math.ceil(100 / limit));
    await transport.close();
  });

  test.each([undefined, '421 4.4.2 idle for too long\r\n'])(
    'an idle connection that the server closes (%j) is not used again',
    async (words) => {
      const transport = await open({}, { connections: 1 });
      for (const number of range(5)) {
        expect((await transport.send(mailTo(number))).kind).toBe('accepted');
        smtp.hangUp(words);
        // At times the news is already here, at times the next mail meets it on the way.
        if (number % 2) await pause(20);
      }
      expect(smtp.accepted).toHaveLength(5);
      expect(smtp.connections()).toBe(5);
      await transport.close();
    },
  );

  test('a kept connection on which the server gives up at MAIL is replaced, without harm', async () => {
    let mails = 0;
    const transport = await open(
      {
        mail: () => {
          mails += 1;
          return mails === 2 ? '421 4.4.2 timeout exceeded' : mails === 4 ? 'drop' : '250 ok';
        },
      },
      { connections: 1 },
    );
    const answers: SmtpAnswer[] = [];
    for (const number of range(3)) answers.push(await transport.send(mailTo(number)));
    expect(kindsOf(answers)).toEqual(['accepted', 'accepted', 'accepted']);
    expect(smtp.accepted).toHaveLength(3);
    await transport.close();
  });

  test('421 because of too much is told, not tried again at once', async () => {
    let mails = 0;
    const transport = await open({ mail: () => (++mails === 2 ? '421 4.7.0 too fast' : '250 ok') }, { connections: 1 });
    await transport.send(mailTo(1));
    expect(await transport.send(mailTo(2))).toMatchObject({ kind: 'refused', code: 421 });
    expect(smtp.connections()).toBe(1);
    await transport.close();
  });

  test('what was handed over on a kept connection is never offered again', async () => {
    const transport = await open(
      { dot: ({ number }) => (number === 2 ? 'drop-accepted' : '250 ok') },
      { connections: 1 },
    );
    expect((await transport.send(mailTo(1))).kind).toBe('accepted');
    expect((await transport.send(mailTo(2))).kind).toBe('uncertain');
    expect(smtp.accepted).toHaveLength(2);
    expect(smtp.offered()).toBe(2);
    await transport.close();
  });

  test('one hanging mail does not hold up the others', async () => {
    const transport = await open({ dot: ({ number }) => (number === 1 ? 'hang' : '250 ok') }, { connections: 2 });
    const hanging = transport.send(mailTo(1));
    const answers = await Promise.all(range(20).map((number) => transport.send(mailTo(number + 1))));
    expect(new Set(kindsOf(answers))).toEqual(new Set(['accepted']));
    expect((await hanging).kind).toBe('uncertain');
    await transport.close();
  });

  test('an idle connection is given up in time, and says goodbye', async () => {
    const transport = await open({}, {}, 50);
    await transport.send(mailTo(1));
    await pause(150);
    expect(smtp.received()).toContain('QUIT');
    expect((await transport.send(mailTo(2))).kind).toBe('accepted');
    expect(smtp.connections()).toBe(2);
    await transport.close();
  });
});

describe('closing', () => {
  test('mails under way are answered, those in line are refused for certain, connections end', async () => {
    const transport = await open({ dotDelayMs: 100 }, { connections: 2 });
    const sending = range(10).map((number) => transport.send(mailTo(number)));
    await pause(50);
    await transport.close();
    const kinds = kindsOf(await Promise.all(sending));
    expect(kinds.filter((kind) => kind === 'accepted')).toHaveLength(2);
    expect(kinds.filter((kind) => kind === 'unreachable')).toHaveLength(8);
    expect(smtp.accepted).toHaveLength(2);
    await pause(50);
    expect(smtp.received().match(/QUIT/g)).toHaveLength(2);
    expect((await transport.send(mailTo(11))).kind).toBe('unreachable');
    expect(smtp.connections()).toBe(2);
  });

  test('closing twice is closing', async () => {
    const transport = await open();
    await transport.send(mailTo(1));
    await transport.close();
    await transport.close();
    expect(smtp.accepted).toHaveLength(1);
  });
});

test('verify signs in and leaves, or says why not', async () => {
  const auth = { user: 'user', password: 'password' };
  const script: Script = { ehlo: () => '250-scripted.test\r\n250 AUTH PLAIN' };
  const transport = await open(script, { auth });
  expect(await transport.verify()).toMatchObject({ kind: 'accepted' });
  script.auth = () => '535 5.7.8 no';
  expect(await transport.verify()).toMatchObject({ kind: 'refused', code: 535, stage: 'auth' });
  expect(smtp.received()).toContain('QUIT');
  expect(smtp.received()).not.toContain('MAIL');
  await transport.close();
});
