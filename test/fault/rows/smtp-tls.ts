import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import type { AcceptedMail } from '../../rig/smtp-script.js';
import { tapWire } from '../../rig/tap-wire.js';
import { barOf, bothPolicies, type FaultRow } from '../fault-row.js';
import { settleQuickly, untilPaused } from '../faulty-smtp.js';
import { judge } from '../judge.js';
import { readAccepted } from '../sink.js';
import { allInFlight, inFlight, type Stage } from '../stage.js';
import { complainAboutEnds } from '../watch.js';

/** Another name of this machine than the three for which no TLS is asked. */
const host = '0.0.0.0';
const login = { user: 'relay-user', password: 'correct horse battery' };
const base64 = (text: string) => Buffer.from(text).toString('base64');
/** What nobody on the way may read: commands and headers of a mail, its people, and the password in each of its forms. */
const secrets = [
  ...['MAIL FROM', 'RCPT TO', 'AUTH PLAIN', 'AUTH LOGIN', 'Message-ID:', '@contoso.com'],
  ...[login.password, base64(login.password), base64(`\0${login.user}\0${login.password}`)],
];

type Change = (server: SMTPServer, folder: string) => Promise<void>;

const wearCertificate =
  (name: string): Change =>
  async (server, folder) =>
    server.updateSecureContext(await readCertificate(folder, name));

const faults: ReadonlyArray<[row: string, title: string, spoil: Change, told: RegExp]> = [
  [
    '30a',
    'STARTTLS is taken away',
    async ({ options }) => {
      options.hideSTARTTLS = true;
      options.disabledCommands = ['STARTTLS'];
    },
    /./,
  ],
  ['30b', 'a certificate that nobody knows', wearCertificate('unknown'), /certificate/],
  ['30c', 'an expired certificate', wearCertificate('expired'), /expired/],
];

const mend: Change = async (server, folder) => {
  Object.assign(server.options, { hideSTARTTLS: false, disabledCommands: [] });
  await wearCertificate('good')(server, folder);
};

/** A connection that cannot be trusted, from the start or from the middle of a wave. */
export const smtpTlsRows: FaultRow[] = faults.map(
  ([row, title, spoil, told]): FaultRow => ({
    ...{ row, title },
    runs: 2,
    // From the fault on nothing is sent: more people would only wait.
    people: 3_000,
    queues: ['postgres'],
    policies: bothPolicies,
    // What was under way when the wire was cut.
    bar: barOf([allInFlight, 0], { uncertain: [0, allInFlight] }),
    async perform(stage) {
      const relay = await openRelay(stage);
      await stage.launch({
        environment: relay.environment,
        campaign: {
          sender: { name: 'Contoso IT', address: 'it@contoso.com', replyTo: 'help@contoso.com', profile: 'relay' },
        },
      });
      while (relay.accepted.length < stage.people * (0.1 + 0.6 * stage.random())) await sleep(20);
      await spoil(relay.server, stage.place.folder);
      relay.wire.cut();
      // Cutting the wire is a fault of the network at first: what it really is shows at the next connection.
      const { because } = await untilPaused(stage, { forGood: true });
      await sleep(2_000);
      const before = relay.accepted.length;
      const newcomer = stage.start('worker', { environment: relay.environment });
      const { code, err, out } = await newcomer.ended;
      stage.running.splice(stage.running.indexOf(newcomer), 1);
      const complaints = [
        ...(told.test(because) ? [] : [`the pause says only: ${because}`]),
        ...(code === 1 && /does not take our mail/.test(err + out) ? [] : ['a worker starts with a server like this']),
        ...(relay.accepted.length > before ? ['mails went out all the same'] : []),
      ];
      await mend(relay.server, stage.place.folder);
      await stage.run('resume', '--sender', 'relay');
      await settleQuickly(stage);
      const wire = relay.wire.tapped();
      const read = secrets.filter((secret) => wire.includes(secret));
      if (read.length > 0) complaints.push(`anybody can read on the wire: ${read.join(', ')}`);
      const finding = await judge(stage, { mails: readAccepted(relay.accepted) });
      return { ...finding, complaints: [...finding.complaints, ...complaints, ...complainAboutEnds(stage)] };
    },
  }),
);

/** A relay with TLS and sign-in, its certificates, and the sender profile that names it. */
async function openRelay(stage: Stage) {
  const { folder, path } = stage.place;
  for (const name of ['good', 'unknown', 'expired']) makeCertificate(folder, name);
  const trusted = await Promise.all(['good', 'expired'].map((name) => readFile(path(`${name}.pem`), 'utf8')));
  await writeFile(path('trusted.pem'), trusted.join(''));
  const accepted: AcceptedMail[] = [];
  const options: SMTPServerOptions = {
    ...(await readCertificate(folder, 'good')),
    logger: false,
    disableReverseLookup: true,
    // A tempting one: it would take the password and the mail in clear text as well.
    allowInsecureAuth: true,
    onAuth: ({ username }, _session, done) => done(null, { user: username ?? '' }),
    onData(stream, { envelope }, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const raw = Buffer.concat(chunks).toString('latin1');
        const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
        accepted.push({ from, to: envelope.rcptTo.map(({ address }) => address), raw, takenAt: Date.now() });
        done();
      });
    },
  };
  const server = new SMTPServer(options);
  server.on('error', () => {});
  const inner = await new Promise<number>((done) => {
    const listening = server.listen(0, '127.0.0.1', () => {
      const address = listening.address();
      done(typeof address === 'object' && address ? address.port : 0);
    });
  });
  stage.alsoClose(() => new Promise<void>((done) => server.close(() => done())));
  const wire = await tapWire(inner);
  stage.alsoClose(() => wire.close());
  await mkdir(path('senders'));
  const profile = {
    ...{ host, port: wire.port, security: 'starttls', connections: inFlight, inFlight },
    auth: { user: { env: 'RELAY_USER' }, password: { env: 'RELAY_PASSWORD' } },
  };
  // JSON is YAML.
  await writeFile(path('senders/relay.yaml'), JSON.stringify(profile));
  const environment = {
    ...{ RELAY_USER: login.user, RELAY_PASSWORD: login.password },
    ...{ FANFARE_SENDERS_DIR: path('senders'), NODE_EXTRA_CA_CERTS: path('trusted.pem') },
  };
  return { server, wire, accepted, environment };
}

/** A certificate of its own for `host`; the expired one was good for a month in 2020. */
function makeCertificate(folder: string, name: string): void {
  const when = name === 'expired' ? ['faketime', '2020-01-01 00:00:00'] : [];
  const request = 'openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30'.split(' ');
  const files = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=IP:${host}`, '-keyout', `${name}.key`];
  const [program = '', ...args] = [...when, ...request, ...files, '-out', `${name}.pem`];
  execFileSync(program, args, { cwd: folder, stdio: 'ignore' });
}

async function readCertificate(folder: string, name: string): Promise<{ key: Buffer; cert: Buffer }> {
  const [key, cert] = await Promise.all([readFile(`${folder}/${name}.key`), readFile(`${folder}/${name}.pem`)]);
  return { key, cert };
}
