import type { Bench, Measurement } from './bench.js';
import { buildShippedMail } from './bench-mail.js';
import { fillCampaign } from './fill-campaign.js';
import { atEnd } from './leave-nothing.js';
import { type BenchDatabase, type Cluster, openCluster } from './open-cluster.js';
import { compose, dispatchDueSteps, readConfig } from './shipped-build.js';

const smallAudience = 10_000;
const ticksARun = 200;

/** A tick asks whether anything is due: that must not cost more with a hundred times the people. */
export const schedulerTick: Bench = {
  name: 'scheduler-tick',
  describes: 'a tick of the scheduler with nothing due, at many recipients and at 10,000',
  async run({ rows: people }, compare) {
    const cluster = await openCluster();
    const large = await prepare(cluster, 'large', people);
    const small = await prepare(cluster, 'small', smallAudience);
    await compare({
      title: 'a scheduler tick, nothing due',
      unit: 'ms',
      facts: [`${ticksARun} ticks a run`, 'one step sent to everybody, one whose rows are due tomorrow'],
      contenders: [
        { name: `${people} recipients`, run: large },
        { name: `${smallAudience} recipients`, run: small },
      ],
    });
  },
};

async function prepare(cluster: Cluster, name: string, people: number): Promise<() => Promise<Measurement>> {
  const database = await cluster.openDatabase(name);
  await fillDone(database, people);
  const world = compose(readConfig({ DATABASE_URL: database.connectionString }));
  const doorbell = await world.openDoorbell(database);
  atEnd(() => doorbell.close());
  const ports = { ...database, doorbell, log: { info() {}, warn() {}, error() {} } };
  const tickSome = async () => {
    for (let tick = 0; tick < ticksARun; tick += 1) {
      const { due, opened } = await dispatchDueSteps(ports);
      if (due + opened > 0) throw new Error('something was due');
    }
  };
  await tickSome();
  return async () => {
    const startedAt = performance.now();
    await tickSome();
    return { value: (performance.now() - startedAt) / ticksARun };
  };
}

/** One step that everybody has got, and one that is open but due tomorrow, as after refusals for now. */
async function fillDone(database: BenchDatabase, people: number): Promise<void> {
  const { campaign, content } = await buildShippedMail();
  const [step] = campaign.steps;
  if (!step) throw new Error('the example campaign has no such step');
  const steps = [step, { ...step, id: 'again' }];
  await fillCampaign(database, { campaign: { ...campaign, steps }, content }, people);
  await database.sql.query('UPDATE steps SET opened_at = clock_timestamp()');
  await database.sql.query(`UPDATE step_groups SET opened_at = clock_timestamp(), expires_at = 'infinity'`);
  await database.sql.query(
    `INSERT INTO messages (step_key, group_key, recipient_id, state, due_at, settled_at)
     SELECT s.key, g.key, r.id, (CASE WHEN s.step_id = 'again' THEN 'waiting' ELSE 'sent' END)::message_state,
            CASE WHEN s.step_id = 'again' THEN clock_timestamp() + interval '1 day' END, CASE WHEN s.step_id <> 'again' THEN clock_timestamp() END
     FROM steps s JOIN step_groups g ON g.step_key = s.key CROSS JOIN recipients r`,
  );
  await database.sql.query('VACUUM (ANALYZE) messages');
}
