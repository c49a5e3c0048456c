import { randomUUID } from 'node:crypto';
import { Breaker } from '../send/breaker.js';
import { deliverClaim, type SenderLine } from './deliver-claim.js';
import { usualClaimSize } from './dispatch.js';
import { HandOverDesk } from './hand-over.js';
import { LeaseKeeper } from './lease-keeper.js';
import {
  type Clock,
  type ControlStore,
  type Doorbell,
  defaultSender,
  type Log,
  type MessageLedger,
  type Senders,
  type Transport,
} from './ports.js';
import type { StepTemplates } from './step-templates.js';

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
  leaseMs?: number;
  /** Messages taken at once. */
  claimSize?: number;
}

/** Two claims at once: while the last mails of one wait for their answers, the next is being rendered. */
const claimsAtOnce = 2;

/** Answer the doorbell until stopped: claim, render, hand over, record. */
export function startWorker(ports: DeliveryPorts): { stop(): Promise<void> } {
  const { ledger, doorbell, senders, clock, log, leaseMs = 30_000, claimSize = usualClaimSize } = ports;
  const worker = `${process.pid}-${randomUUID().slice(0, 8)}`;
  const leases = new LeaseKeeper(ledger, leaseMs, log);
  const lines = new Map<Transport, SenderLine>();
  let stopping = false;

  /** One line a sender: what is in flight, and what its server says, is counted where it flies. */
  const lineOf = async (name: string): Promise<SenderLine> => {
    const transport = await senders.find(name === defaultSender ? undefined : name);
    const known = lines.get(transport);
    if (known) return known;
    const pace = transport.limits && { sender: name, ...transport.limits };
    const desk = new HandOverDesk(ledger, transport.inFlight, pace);
    const line = { transport, desk, breaker: new Breaker(), ...(pace && { pace }) };
    lines.set(transport, line);
    return line;
  };

  // Only a head start: what cannot be compiled now is told when it is due.
  clock
    .now()
    .then((now) => ports.templates.warm(now))
    .catch((error: Error) => log.warn('templates.not-warmed', { reason: error.message }));

  const listener = doorbell.listen(async (stepKey) => {
    try {
      if (!stopping) await answerRing(stepKey);
    } catch (error) {
      log.error('delivery.failed', { step: stepKey, reason: (error as Error).message });
    }
  }, claimsAtOnce);

  async function answerRing(stepKey: number): Promise<void> {
    const line = await lineOf(await ledger.senderOf(stepKey));
    const now = await clock.now();
    // What the sender has no room for is not even claimed: it stays free for whoever rings later.
    const limit = line.pace ? Math.min(claimSize, await ledger.countRoom(line.pace, now)) : claimSize;
    if (limit === 0) return;
    const claimedAt = performance.now();
    const claim = await ledger.claim(stepKey, { now, limit, leaseMs, worker });
    if (!claim || claim.messages.length === 0) return;
    leases.keep(claim.leaseId, claimedAt);
    const facts = { campaign: claim.step.campaignId, step: claim.step.stepId };
    try {
      const ready = await ports.templates.find(claim.step);
      await deliverClaim(claim, {
        ...ports,
        ...line,
        ...ready,
        mayHandOver: () => leases.holds(claim.leaseId),
        isStopping: () => stopping,
      });
    } finally {
      leases.drop(claim.leaseId);
      await ledger.endLease(claim.leaseId, await clock.now());
    }
    log.info('claim.delivered', { ...facts, messages: claim.messages.length, suppressed: claim.suppressed });
  }

  return {
    async stop() {
      stopping = true;
      await listener.stop();
      leases.stop();
    },
  };
}
