import { createPostgresBackend, type Job, Queue, Worker, withBackend } from 'bullmq';
import { Redis } from 'ioredis';
import pg from 'pg';
import { Unavailable } from '../../campaign/problem.js';
import type { Doorbell } from '../../engine/ports/doorbell.js';
import type { Log } from '../../engine/ports/log.js';

/** A job names a step by its key. Nothing personal is in it, and nothing rests on it. */
interface Ring {
  step: number;
}

const queueName = 'fanfare';
/** A ring that is answered or has failed leaves nothing behind: the rows tell what happened. */
const jobOptions = { removeOnComplete: true, removeOnFail: true, attempts: 1 };
/** BullMQ hands a job to a second worker after this; the ledger's leases make that harmless. */
const lockDuration = 30_000;

/** BullMQ's `close()` has no limit of its own, and waits for a Redis that is away. */
const stopMs = 2_000;
/** A worker that the database was not ready for is made anew after this. */
const againMs = 1_000;

export interface DoorbellOptions {
  /** BullMQ on Redis; without it BullMQ on PostgreSQL, in the schema `bullmq` of the same database. */
  redisUrl?: string | undefined;
  databaseUrl: string;
  /** Keeps installations apart that share a Redis. */
  prefix?: string;
  log: Log;
}

export async function createDoorbell(options: DoorbellOptions): Promise<Doorbell> {
  return options.redisUrl ? createRedisDoorbell(options.redisUrl, options) : createPostgresDoorbell(options);
}

/**
 * BullMQ checks connections out without listening for their errors: one that is lost in that moment would end the
 * process (seen where a database crashed while workers started). What is lost fails its query all the same.
 */
class HeardClient extends pg.Client {
  constructor(config?: pg.ClientConfig) {
    super(config);
    this.on('error', () => {});
  }
}

async function createPostgresDoorbell({ databaseUrl, log }: DoorbellOptions): Promise<Doorbell> {
  const connection = { connectionString: databaseUrl, schema: 'bullmq', max: 3, Client: HeardClient };
  const quiet = createErrorListener(log);
  const onPostgres = withBackend(createPostgresBackend);
  const queue = new onPostgres.Queue<Ring>(queueName, { connection: { ...connection, migrate: true } });
  queue.on('error', quiet);
  await queue.waitUntilReady();
  return describeDoorbell(
    queue,
    async () => {},
    (answer, concurrency) => {
      const options = { connection, concurrency, lockDuration, autorun: false };
      return startWhenReady(() => new onPostgres.Worker<Ring>(queueName, answer, options), quiet);
    },
  );
}

/** A worker of any backend, as far as it is started here. */
interface StartableWorker extends Pick<Worker, 'run' | 'close'> {
  on(event: 'error', listener: (error: Error) => void): unknown;
  waitUntilReady(): Promise<unknown>;
}

/**
 * BullMQ 6.7 asks once whether the database is ready and keeps a refusal for ever: its worker then asks again and again
 * without a pause, and nothing else of the process has a turn (seen where a database crashed while workers started). So
 * a worker begins only once it is ready, and one that is not is thrown away.
 */
function startWhenReady(create: () => StartableWorker, quiet: (error: Error) => void): Pick<Worker, 'close'> {
  let closed = false;
  let worker: StartableWorker | undefined;
  const start = async (): Promise<void> => {
    while (!closed) {
      const next = create();
      next.on('error', quiet);
      worker = next;
      try {
        await next.waitUntilReady();
        if (!closed) next.run().catch(quiet);
        return;
      } catch (error) {
        quiet(error as Error);
        await within(stopMs, next.close());
        await new Promise((done) => setTimeout(done, againMs).unref());
      }
    }
  };
  start().catch(quiet);
  return {
    async close() {
      closed = true;
      await worker?.close();
    },
  };
}

async function createRedisDoorbell(url: string, { prefix = 'fanfare', log }: DoorbellOptions): Promise<Doorbell> {
  const quiet = createErrorListener(log);
  // The ringing side fails at once where Redis is away: the next tick rings again.
  const ringing = new Redis(url, { enableOfflineQueue: false, maxRetriesPerRequest: 1, lazyConnect: true });
  // The answering side waits for as long as it takes: BullMQ demands this.
  const answering = new Redis(url, { maxRetriesPerRequest: null, lazyConnect: true });
  for (const client of [ringing, answering]) client.on('error', quiet);
  let cause: Error | undefined;
  ringing.on('error', (error) => {
    cause = error;
  });
  try {
    await ringing.connect();
    // A database number that does not exist: ioredis says so and goes on in another.
    if (cause) throw cause;
    await refuseEvictingRedis(ringing);
  } catch (error) {
    for (const client of [ringing, answering]) client.disconnect();
    if (error instanceof Unavailable) throw error;
    // ioredis only says that the connection is closed; why, it said before (a wrong password: WRONGPASS, NOAUTH).
    const told = cause ?? (error as Error);
    // A Redis without TLS waits for the end of what it takes for a line.
    if (url.startsWith('rediss:') && /ETIMEDOUT/.test(told.message))
      throw new Error(`${told.message}; rediss:// needs a port that speaks TLS, does this one?`, { cause: told });
    throw told;
  }
  const queue = new Queue(queueName, { connection: ringing, prefix });
  queue.on('error', quiet);
  const disconnect = async () => {
    for (const client of [ringing, answering]) client.disconnect();
  };
  return describeDoorbell(queue, disconnect, (answer, concurrency) => {
    const worker = new Worker<Ring>(queueName, answer, { connection: answering, prefix, concurrency, lockDuration });
    worker.on('error', quiet);
    return worker;
  });
}

function describeDoorbell(
  queue: Pick<Queue, 'addBulk' | 'getJobCounts' | 'close'>,
  disconnect: () => Promise<void>,
  createWorker: (answer: (job: Job<Ring>) => Promise<void>, concurrency: number) => Pick<Worker, 'close'>,
): Doorbell {
  return {
    async ring(step, times) {
      await queue.addBulk(Array.from({ length: times }, () => ({ name: 'deliver', data: { step }, opts: jobOptions })));
    },
    async pending() {
      const { waiting = 0, active = 0 } = await queue.getJobCounts('waiting', 'active');
      return waiting + active;
    },
    listen(answer, concurrency) {
      const worker = createWorker((job) => answer(job.data.step), concurrency);
      return {
        // Rings are lost without harm: a queue that is away at this moment is not waited for.
        stop: () => within(stopMs, worker.close()),
      };
    },
    async close() {
      await within(stopMs, queue.close());
      await disconnect();
    },
  };
}

function within(ms: number, ending: Promise<void>): Promise<void> {
  return Promise.race([ending.catch(() => {}), new Promise<void>((done) => setTimeout(done, ms).unref())]);
}

/** Only `noeviction` keeps a queue: any other policy drops keys when memory is short. */
async function refuseEvictingRedis(redis: Redis): Promise<void> {
  const policy = /maxmemory_policy:(\S+)/.exec(await redis.info('memory'))?.[1];
  if (policy && policy !== 'noeviction') {
    throw new Unavailable(
      `Redis may throw queue entries away: its maxmemory-policy is "${policy}". ` +
        'Set it to "noeviction": redis-cli CONFIG SET maxmemory-policy noeviction, and the same in redis.conf.',
    );
  }
}

/** The same complaint once in 10 s: a lost server would fill the log. */
function createErrorListener(log: Log): (error: Error) => void {
  let lastReason = '';
  let lastAt = Number.NEGATIVE_INFINITY;
  return ({ message }) => {
    const at = performance.now();
    if (message === lastReason && at - lastAt < 10_000) return;
    lastReason = message;
    lastAt = at;
    log.warn('queue.trouble', { reason: message });
  };
}
