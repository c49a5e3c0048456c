import type { Bench } from './bench.js';
import { buildShippedMail } from './bench-mail.js';
import { fillCampaign } from './fill-campaign.js';
import { openCluster } from './open-cluster.js';
import { runEngine } from './run-engine.js';
import { startSlowSink } from './start-sink.js';

/** A real server answers after a while: then several workers must bring several times as much. */
const answerMs = 50;

export const fourWorkers: Bench = {
  name: 'four-workers',
  describes: `four workers against one, the server answering after ${answerMs} ms`,
  async run({ messages, connections, inFlight }, compare) {
    // A single worker sends at most connections / 50 ms: fewer messages do.
    const fewer = Math.ceil(messages / 4);
    const mail = await buildShippedMail();
    const cluster = await openCluster();
    const database = await cluster.openDatabase('bench');
    await fillCampaign(database, mail, fewer);
    const sink = await startSlowSink(answerMs);
    const runWith = (workers: number) => () =>
      runEngine({ cluster, database, messages: fewer, connections, inFlight, sink, workers });
    await compare({
      title: `four workers against one, answers after ${answerMs} ms`,
      unit: 'messages/s',
      facts: [`${fewer} messages of ${mail.raw.length} bytes`, `${connections} connections a worker`],
      contenders: [
        { name: 'four workers', run: runWith(4) },
        { name: 'one worker', run: runWith(1) },
      ],
    });
  },
};
