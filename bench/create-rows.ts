import type { Bench } from './bench.js';
import { buildShippedMail } from './bench-mail.js';
import { closeAgain, fillCampaign } from './fill-campaign.js';
import { openCluster } from './open-cluster.js';

/** Opening a step makes one row a person; the bare statement is what the database itself needs for them. */
export const createRows: Bench = {
  name: 'create-rows',
  describes: 'creating the message rows of a step, beside the bare INSERT ... SELECT',
  async run({ rows: people }, compare) {
    const cluster = await openCluster();
    const database = await cluster.openDatabase('bench');
    const { sql, ledger } = database;
    await fillCampaign(database, await buildShippedMail(), people);
    const dueAt = new Date();
    const empty = async () => {
      await closeAgain(sql, dueAt);
      await sql.query('CHECKPOINT');
    };
    const measure = async (work: () => Promise<number | null | undefined>) => {
      await empty();
      const startedAt = performance.now();
      const made = await work();
      if (made !== people) throw new Error(`${made} rows were made instead of ${people}`);
      return { value: (performance.now() - startedAt) / 1000 };
    };
    await compare({
      title: 'creating message rows',
      unit: 's',
      facts: [`${people} rows`, 'the same table with its indexes, keys and checks'],
      contenders: [
        { name: 'openDueSteps', run: () => measure(async () => (await ledger.openDueSteps(dueAt))[0]?.audience) },
        {
          name: 'INSERT ... SELECT',
          run: () =>
            measure(async () => {
              const { rowCount } = await sql.query(
                `INSERT INTO messages (step_key, group_key, recipient_id, state, due_at)
                 SELECT (SELECT key FROM steps), (SELECT key FROM step_groups), id, 'waiting', $1 FROM recipients`,
                [dueAt],
              );
              return rowCount;
            }),
        },
      ],
    });
  },
};
