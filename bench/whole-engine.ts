import type { Bench } from './bench.js';
import { type BenchMail, buildPlainMail, buildShippedMail } from './bench-mail.js';
import { fillCampaign } from './fill-campaign.js';
import { openCluster } from './open-cluster.js';
import { runEngine } from './run-engine.js';
import { runNodemailer } from './run-nodemailer.js';
import { runSmtpSource } from './run-smtp-source.js';
import { startSink } from './start-sink.js';

/** The whole engine, ledger and queue and all, beside a plain script without a ledger and a C client. */
export const wholeEngine: Bench = {
  name: 'whole-engine',
  describes: 'one worker to smtp-sink, the shipped mail, beside plain nodemailer and smtp-source',
  run: async (options, compare) => compareSenders(await buildShippedMail(), options, compare),
};

export const wholeEngineSmall: Bench = {
  name: 'whole-engine-10kb',
  describes: 'the same with a mail of about 10 kB without a logo',
  run: async (options, compare) => compareSenders(await buildPlainMail(), options, compare),
};

async function compareSenders(
  mail: BenchMail,
  { messages, connections, inFlight, profileDir }: Parameters<Bench['run']>[0],
  compare: Parameters<Bench['run']>[1],
): Promise<void> {
  const cluster = await openCluster();
  const database = await cluster.openDatabase('bench');
  await fillCampaign(database, mail, messages);
  const sink = await startSink();
  const load = { messages, connections, sink };
  await compare({
    title: `${mail.name}: whole engine on PostgreSQL, one worker`,
    unit: 'messages/s',
    facts: [
      `${messages} messages of ${mail.raw.length} bytes`,
      `${connections} connections to smtp-sink on loopback, ${inFlight} under way`,
    ],
    contenders: [
      { name: 'fanfare', run: () => runEngine({ ...load, inFlight, cluster, database, profileDir }) },
      { name: 'nodemailer', run: () => runNodemailer(mail, load) },
      { name: 'smtp-source', run: () => runSmtpSource(mail.raw.length, load) },
    ],
  });
}
