import type { Clock } from './ports/clock.js';
import type { Doorbell } from './ports/doorbell.js';
import type { Log } from './ports/log.js';
import type { MessageLedger } from './ports/message-ledger.js';
import { openReconfirmations, type ReconfirmPorts } from './reconfirm.js';

export interface DispatchPorts {
  ledger: MessageLedger;
  doorbell: Doorbell;
  clock: Clock;
  log: Log;
  /** Whose registration must be confirmed again; absent: nobody is looked for. */
  reconfirm?: ReconfirmPorts;
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
/** Rings a step gets in one tick: so many workers begin at once; each goes on by itself until nothing is left. */
const ringsPerStep = 20;
/** With so many unanswered nobody is listening: a tick a second must not pile them up. */
const mostPending = 200;

/**
 * One tick: open what is due, take back what dead workers held, and ring for what waits. Any number of schedulers may
 * tick at once; a tick that is lost, doubled or late changes nothing but the time.
 */
export async function dispatchDueSteps({ ledger, doorbell, clock, log, reconfirm }: DispatchPorts): Promise<Tick> {
  const now = await clock.now();
  const failures: Error[] = [];
  /** What one part cannot do keeps no other from its own: what is due is rung for whatever happens. */
  const attempt = async <Result>(work: Promise<Result>, otherwise: Result): Promise<Result> =>
    work.catch((error: Error) => {
      failures.push(error);
      return otherwise;
    });
  const opened = await attempt(ledger.openDueSteps(now), []);
  for (const { campaignId, stepId, groups, audience, suppressed } of opened) {
    log.info('step.opened', { campaign: campaignId, step: stepId, groups, audience, suppressed });
  }
  for (const { campaignId, stepId, ...facts } of await attempt(ledger.admitLateJoiners(now), [])) {
    log.info('joiners.settled', { campaign: campaignId, step: stepId, ...facts });
  }
  if (reconfirm) await attempt(openReconfirmations(reconfirm, now), 0);
  for (const { campaignId: campaign, stepId: step, verdict, ...facts } of await attempt(
    ledger.judgeCanaries(now),
    [],
  )) {
    const tell = verdict === 'paused' ? log.error : log.info;
    tell(`canary.${verdict}`, { campaign, step, ...facts });
  }
  const recovered = await attempt(ledger.recoverLeases(now), { returned: 0, uncertain: 0 });
  if (recovered.returned + recovered.uncertain > 0) log.warn('leases.recovered', { ...recovered });
  const closed = await attempt(ledger.closeWaiting(now), { expired: 0, cancelled: 0 });
  if (closed.expired + closed.cancelled > 0) log.warn('messages.closed', { ...closed });

  const due = await ledger.dueSteps(now, usualClaimSize * ringsPerStep);
  let rings = 0;
  if (due.length > 0 && (await doorbell.pending()) < mostPending) {
    for (const step of due) {
      const times = Math.min(ringsPerStep, Math.ceil(step.due / usualClaimSize));
      await doorbell.ring(step.key, times);
      rings += times;
    }
  }
  if (failures[0]) throw failures[0];
  return { now, opened: opened.length, ...recovered, ...closed, due: due.length, rings };
}

/** Tick until stopped. A tick that fails is told to the log, and the next one tries again. */
export function startScheduler(ports: DispatchPorts, everyMs = 1_000): { stop(): Promise<void> } {
  let stopped = false;
  let wake = () => {};
  const run = async () => {
    let failing: string | undefined;
    while (!stopped) {
      try {
        await dispatchDueSteps(ports);
        if (failing) ports.log.info('scheduler.recovered');
        failing = undefined;
      } catch (error) {
        const reason = (error as Error).message;
        if (failing !== reason) ports.log.error('scheduler.failed', { reason });
        failing = reason;
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
