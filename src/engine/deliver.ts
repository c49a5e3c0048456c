import { randomUUID } from 'node:crypto';
import { BadInput } from '../campaign/problem.js';
import { Breaker } from '../send/breaker.js';
import { ClaimShare } from './claim-share.js';
import { deliverClaim, type SenderLine } from './deliver-claim.js';
import { usualClaimSize } from './dispatch.js';
import { HandOverDesk } from './hand-over.js';
import { LeaseKeeper } from './lease-keeper.js';
import type { Clock } from './ports/clock.js';
import type { ControlStore } from './ports/control-store.js';
import type { Doorbell } from './ports/doorbell.js';
import type { Log } from './ports/log.js';
import type { Claim, MessageLedger } from './ports/message-ledger.js';
import { defaultSender, type Senders, type Transport } from './ports/transport.js';
import { type ReadyStep, type StepTemplates, UnbuildableStep } from './step-templates.js';
import { StepTurns, type TurnEnd } from './step-turns.js';

export interface DeliveryPorts {
  ledger: MessageLedger;
  control: ControlStore;
  doorbell: Doorbell;
  senders: Senders;
  templates: StepTemplates;
  clock: Clock;
  log: Log;
  /** Keys the Message-IDs. */
  secret: Buffer;
  /** How long a worker that has gone silent keeps its messages. */
  leaseMs?: number;
  /** Messages taken at once. */
  claimSize?: number;
}

/** With nobody ringing for so long a worker looks for itself. */
const silenceMs = 5_000;
/** Two claims at once and sender: while the mails of one wait for their turn, the next is being rendered. */
const claimsAtOnce = 2;
/** A mail takes about as long: so often it is looked whether a sender with few connections has one free. */
const roomAgainMs = 200;
/** Rings answered at once; each only finds its sender's line. */
const ringsAtOnce = 4;

/** One sender of this worker: its line to the server, and whose turn it is. */
interface SenderWorkLine extends SenderLine {
  share: ClaimShare;
}

interface SenderWork extends SenderWorkLine {
  turns: StepTurns;
}

/** What a worker takes at once it begins within so long, so that it holds nothing back that others could send. */
const claimWorthMs = 500;

/** Answer the doorbell until stopped: claim, render, hand over, record. */
export function startWorker(ports: DeliveryPorts): { stop(): Promise<void> } {
  const { ledger, doorbell, senders, clock, log, leaseMs = 30_000, claimSize = usualClaimSize } = ports;
  const worker = `${process.pid}-${randomUUID().slice(0, 8)}`;
  const leases = new LeaseKeeper(ledger, leaseMs, log);
  const works = new Map<Transport, SenderWork>();
  const deliveries = new Set<Promise<void>>();
  let stopping = false;
  /** Of this worker's. */
  let newestLease = 0;

  /** What is in flight, and what a server says, is counted where it flies: a sender has one line in a worker. */
  const workOf = async (name: string): Promise<SenderWork> => {
    const transport = await senders.find(name === defaultSender ? undefined : name);
    const known = works.get(transport);
    if (known) return known;
    const pace = transport.limits && { sender: name, ...transport.limits };
    const desk = new HandOverDesk(ledger, { inFlight: transport.inFlight, keepVerdictsMs: leaseMs, pace });
    const share = new ClaimShare({ least: transport.inFlight, most: claimSize, worthMs: claimWorthMs });
    const line = { transport, desk, breaker: new Breaker(), share, ...(pace && { pace }) };
    const turns = new StepTurns({
      atOnce: claimsAtOnce,
      take: (step) => takeTurn(step, line),
      onFailure: (step, error) => log.error('delivery.failed', { step, reason: error.message }),
    });
    const work = { ...line, turns };
    works.set(transport, work);
    return work;
  };

  async function takeTurn(stepKey: number, line: SenderWorkLine): Promise<TurnEnd> {
    const now = await clock.now();
    const share = line.share.size();
    // What the sender has no room for is not even claimed: it stays free for whoever rings later.
    const limit = line.pace ? Math.min(share, await ledger.countRoom(line.pace, now)) : share;
    if (limit === 0) {
      // A connection may be free again long before the next tick rings.
      if (line.pace?.connections !== undefined) ringSoon(stepKey, line);
      return 'done';
    }
    const claimedAt = performance.now();
    const claim = await ledger.claim(stepKey, { now, limit, leaseMs, worker, newestLease });
    if (!claim) return 'done';
    newestLease = Math.max(newestLease, claim.leaseId);
    const taken = claim.messages.length + claim.suppressed;
    if (claim.messages.length > 0) {
      await untilAllBegun(claim, claimedAt, line);
      line.share.note(claim.messages.length, performance.now() - claimedAt);
    }
    // One group at a time: another of the step may be due as well.
    return taken > 0 ? 'more' : 'done';
  }

  function ringSoon(stepKey: number, { transport }: SenderLine): void {
    setTimeout(() => works.get(transport)?.turns.ring(stepKey), roomAgainMs).unref();
  }

  /** A server may take minutes for one answer: the next claim does not wait for it. */
  async function untilAllBegun(claim: Claim, claimedAt: number, line: SenderLine): Promise<void> {
    let turnIsOver = false;
    await new Promise<void>((done, fail) => {
      const begun = () => {
        turnIsOver = true;
        done();
      };
      const delivery = deliverUnderLease(claim, claimedAt, line, begun)
        .then(begun, (error: Error) => {
          // Nobody waits for it any more.
          if (turnIsOver) log.error('delivery.failed', { step: claim.step.key, reason: error.message });
          else fail(error);
        })
        .finally(() => deliveries.delete(delivery));
      deliveries.add(delivery);
    });
  }

  async function deliverUnderLease(
    claim: Claim,
    claimedAt: number,
    line: SenderLine,
    onAllBegun: () => void,
  ): Promise<void> {
    leases.keep(claim.leaseId, claimedAt);
    try {
      const ready = await findReady(claim);
      if (!ready) return;
      const tally = await deliverClaim(claim, {
        ...ports,
        ...line,
        ...{ ready, campaign: [...ready.values()][0]?.campaign as ReadyStep['campaign'] },
        onAllBegun,
        mayHandOver: () => !stopping && leases.holds(claim.leaseId),
      });
      const { campaignId: campaign, stepId: step } = claim.step;
      // Whoever watches the log sees at once where mails do not get through.
      const tell = tally.failed || tally.waiting || tally.uncertain ? log.warn : log.info;
      tell('claim.settled', {
        campaign,
        step,
        ...tally,
        ...(claim.suppressed > 0 && { suppressed: claim.suppressed }),
      });
    } finally {
      leases.drop(claim.leaseId);
      await ledger.endLease(claim.leaseId, await clock.now());
    }
  }

  /** Absent where the mails of the step cannot be built: then it waits until a person has looked. */
  async function findReady({ step, messages }: Claim): Promise<Map<string | undefined, ReadyStep> | undefined> {
    try {
      const told = [...new Set(messages.map(({ toldDate }) => toldDate))];
      const ready = await Promise.all(told.map((date) => ports.templates.find(step, date)));
      return new Map(told.map((date, index) => [date, ready[index] as ReadyStep]));
    } catch (error) {
      if (!(error instanceof UnbuildableStep)) throw error;
      const target = { campaign: step.campaignId, step: step.stepId };
      const because = `its mails cannot be built: ${error.message.split('\n')[0]}`;
      if (await ports.control.pause(target, because, await clock.now()))
        log.error('step.paused', { ...target, because });
      return undefined;
    }
  }

  /** A profile that is not there, or names a variable that is not set: a person must see to it. */
  async function pauseUnopened(sender: string, error: unknown): Promise<undefined> {
    if (!(error instanceof BadInput)) throw error;
    const because = `it cannot be used: ${error.message.split('\n')[0]}`;
    if (await ports.control.pause({ sender }, because, await clock.now()))
      log.error('sender.paused', { sender, because });
  }

  // Only a head start: what cannot be compiled now is told when it is due.
  clock
    .now()
    .then((now) => ports.templates.warm(now))
    .catch((error: Error) => log.warn('templates.not-warmed', { reason: error.message }));

  let rungAt = performance.now();

  async function answerRing(stepKey: number): Promise<void> {
    if (stopping) return;
    try {
      const sender = await ledger.senderOf(stepKey);
      const work = await workOf(sender).catch((error) => pauseUnopened(sender, error));
      work?.turns.ring(stepKey);
    } catch (error) {
      log.error('delivery.failed', { step: stepKey, reason: (error as Error).message });
    }
  }

  const listener = doorbell.listen(async (stepKey) => {
    rungAt = performance.now();
    await answerRing(stepKey);
  }, ringsAtOnce);

  /** A queue that is away, or never came back, is no reason to stop: the rows say what is due. */
  async function lookWithoutBell(): Promise<void> {
    if (performance.now() - rungAt < silenceMs) return;
    for (const { key } of await ledger.dueSteps(await clock.now(), 1)) await answerRing(key);
  }
  const looking = setInterval(() => void lookWithoutBell().catch(() => {}), silenceMs).unref();

  return {
    async stop() {
      stopping = true;
      clearInterval(looking);
      await Promise.all([listener.stop(), ...[...works.values()].map(({ turns }) => turns.stop())]);
      await Promise.all(deliveries);
      leases.stop();
    },
  };
}
