import type { Clock } from './ports/clock.js';
import type { Log } from './ports/log.js';
import type { Remembered, RestoreStore, Witness } from './ports/restore-store.js';

export interface GuardPorts {
  restores: RestoreStore;
  /** Places outside the database that remember how far it had come. */
  witnesses: Witness[];
  clock: Clock;
  log: Log;
}

/**
 * A database that was restored from a backup believes that what went out since then never did, and would send it again.
 * So what it has reached is remembered outside it, and a database that is behind that is held until a person decides.
 * Returns the furthest that anybody remembers.
 */
export async function checkForRestore(ports: GuardPorts): Promise<Remembered | undefined> {
  const { restores, witnesses } = ports;
  const position = await restores.position();
  const recalled = await Promise.all(witnesses.map((witness) => recall(witness, position.installation, ports)));
  const furthest = recalled.reduce((far, each) => (each && each.lease > (far?.lease ?? -1) ? each : far), undefined);
  await holdWhereOlder(position.lease, furthest, ports);
  return furthest;
}

const everyMs = 2_000;

/**
 * Remember how far the database has come, and notice where it goes back while this process runs. What is remembered
 * never goes back itself: a second backup may be newer than the first one that was restored.
 */
export function startWitnesses(ports: GuardPorts, furthest: Remembered | undefined): { stop(): Promise<void> } {
  let last = furthest;
  let working = Promise.resolve();
  const look = async () => {
    const { installation, lease } = await ports.restores.position();
    await holdWhereOlder(lease, last, ports);
    if (last && lease <= last.lease) return;
    last = { lease, at: await ports.clock.now() };
    for (const witness of ports.witnesses) await remember(witness, installation, last, ports);
  };
  const timer = setInterval(() => {
    // A database that is away for a moment is told by those who need it.
    working = working.then(look).catch(() => {});
  }, everyMs);
  return {
    async stop() {
      clearInterval(timer);
      await working;
      await look().catch(() => {});
    },
  };
}

async function holdWhereOlder(lease: number, remembered: Remembered | undefined, { restores, log }: GuardPorts) {
  if (!remembered || remembered.lease <= lease) return;
  if (await restores.hold(remembered))
    log.error('database.restored', {
      sentUntil: remembered.at.toISOString(),
      hint: 'nothing is sent until a person decides: fanfare restored',
    });
}

/** A witness that is away does not keep anybody from working; the others may know. */
async function recall(witness: Witness, installation: string, { log }: GuardPorts): Promise<Remembered | undefined> {
  try {
    return await witness.recall(installation);
  } catch (error) {
    log.warn('witness.not-heard', { reason: (error as Error).message });
    return undefined;
  }
}

async function remember(witness: Witness, installation: string, remembered: Remembered, { log }: GuardPorts) {
  try {
    await witness.remember(installation, remembered);
  } catch (error) {
    log.warn('witness.not-kept', { reason: (error as Error).message });
  }
}
