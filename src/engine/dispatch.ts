import type { Clock, Doorbell, Log, MessageLedger } from './ports.js';

export interface DispatchPorts {
  ledger: MessageLedger;
  doorbell: Doorbell;
  clock: Clock;
  log: Log;
}

/** What one tick of the scheduler did. */
export interface Tick {
  now: Date;
  opened: number;
  returned: number;
  uncertain: number;
  expired: number;
  cancelled: number;
  /** Steps that have messages to send now. */
  due: number;
  rings: number;
}

/** Messages that one ring is worth: what a worker claims at once. */
export const usualClaimSize = 200;
/** Rings kept in the queue per step: enough to keep 20 workers busy until the next tick. */
const ringsPerStep = 40;

/**
 * One tick: open what is due, take back what dead workers held, and ring for what waits. Any number of schedulers may
 * tick at once; a tick that is lost, doubled or late changes nothing but the time.
 */
export async function dispatchDueSteps({ ledger, doorbell, clock, log }: DispatchPorts): Promise<Tick> {
  const now = await clock.now();
  const opened = await ledger.openDueSteps(now);
  for (const { campaignId, stepId, audience, suppressed } of opened) {
    log.info('step.opened', { campaign: campaignId, step: stepId, audience, suppressed });
  }
  const recovered = await ledger.recoverLeases(now);
  if (recovered.returned + recovered.uncertain > 0) log.warn('leases.recovered', { ...recovered });
  const closed = await ledger.closeWaiting(now);
  if (closed.expired + closed.cancelled > 0) log.warn('messages.closed', { ...closed });

  const due = await ledger.dueSteps(now, usualClaimSize * ringsPerStep);
  let rings = 0;
  if (due.length > 0) {
    // Rings that are still unanswered count: a tick a second must not pile them up.
    let missing = due.reduce((sum, step) => sum + ringsFor(step.due), 0) - (await doorbell.pending());
    for (const step of due) {
      const times = Math.min(ringsFor(step.due), Math.max(0, missing));
      if (times === 0) break;
      await doorbell.ring(step.key, times);
      missing -= times;
      rings += times;
    }
  }
  return { now, opened: opened.length, ...recovered, ...closed, due: due.length, rings };
}

function ringsFor(due: number): number {
  return Math.min(ringsPerStep, Math.ceil(due / usualClaimSize));
}

/** Tick until stopped. A tick that fails is told to the log, and the next one tries again. */
export function startScheduler(ports: DispatchPorts, everyMs = 1_000): { stop(): Promise<void> } {
  let stopped = false;
  let wake = () => {};
  const run = async () => {
    let failing = false;
    while (!stopped) {
      try {
        await dispatchDueSteps(ports);
        if (failing) ports.log.info('scheduler.recovered');
        failing = false;
      } catch (error) {
        if (!failing) ports.log.error('scheduler.failed', { reason: (error as Error).message });
        failing = true;
      }
      if (stopped) break;
      await new Promise<void>((done) => {
        const timer = setTimeout(done, everyMs);
        wake = () => {
          clearTimeout(timer);
          done();
        };
      });
    }
  };
  const running = run();
  return {
    stop: () => {
      stopped = true;
      wake();
      return running;
    },
  };
}
