import { randomUUID } from 'node:crypto';
import type { CompiledStep } from '../render/mail-content.js';
import { assertEnvelope, composeMessage } from '../send/compose-message.js';
import { decideVerdict } from '../send/decide-verdict.js';
import { judgeAnswer } from '../send/judge-answer.js';
import { createMessageId } from '../send/message-id.js';
import type { SmtpAnswer } from '../send/smtp-answer.js';
import { usualClaimSize } from './dispatch.js';
import { HandOverDesk } from './hand-over.js';
import { LeaseKeeper } from './lease-keeper.js';
import type {
  Claim,
  ClaimedMessage,
  Clock,
  Doorbell,
  Log,
  MessageLedger,
  OutgoingMail,
  Senders,
  Transport,
} from './ports.js';
import type { StepTemplates } from './step-templates.js';

export interface DeliveryPorts {
  ledger: MessageLedger;
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
  const desks = new WeakMap<Transport, HandOverDesk>();
  let stopping = false;

  /** One desk a sender: what is in flight is counted where it flies. */
  const deskOf = (transport: Transport): HandOverDesk => {
    const desk = desks.get(transport) ?? new HandOverDesk(ledger, transport.inFlight);
    desks.set(transport, desk);
    return desk;
  };

  // Only a head start: what cannot be compiled now is told when it is due.
  clock
    .now()
    .then((now) => ports.templates.warm(now))
    .catch((error: Error) => log.warn('templates.not-warmed', { reason: error.message }));

  const listener = doorbell.listen(async (stepKey) => {
    if (stopping) return;
    const claimedAt = performance.now();
    const claim = await ledger.claim(stepKey, { now: await clock.now(), limit: claimSize, leaseMs, worker });
    if (!claim || claim.messages.length === 0) return;
    leases.keep(claim.leaseId, claimedAt);
    const facts = { campaign: claim.step.campaignId, step: claim.step.stepId };
    try {
      await deliverClaim(claim);
    } catch (error) {
      log.error('delivery.failed', { ...facts, reason: (error as Error).message });
    } finally {
      leases.drop(claim.leaseId);
      await ledger.endLease(claim.leaseId, await clock.now());
    }
    log.info('claim.delivered', { ...facts, messages: claim.messages.length, suppressed: claim.suppressed });
  }, claimsAtOnce);

  async function deliverClaim(claim: Claim): Promise<void> {
    const { step, leaseId } = claim;
    const { campaign, compiled } = await ports.templates.find(step);
    const transport = await senders.find(campaign.sender.profile);
    const desk = deskOf(transport);
    const deliverOne = async (message: ClaimedMessage): Promise<void> => {
      if (stopping || !leases.holds(leaseId)) return;
      const letter = renderLetter(compiled, message, step.registrationsAsOf);
      const verdict = { id: message.id, leaseId };
      if (letter instanceof Error) {
        // One person's mail that cannot be built fails alone.
        log.error('message.not-rendered', {
          campaign: step.campaignId,
          step: step.stepId,
          message: message.id,
          reason: letter.message,
        });
        const failed = { state: 'failed', reason: 'not-rendered', countAttempt: true, countResend: false } as const;
        return desk.write({ ...verdict, ...failed, settledAt: await clock.now() });
      }
      const markedAt = await clock.now();
      const mark = await desk.mark({
        ...verdict,
        ...{ stepKey: step.key, markedAt },
        messageId:
          message.messageId ??
          createMessageId(ports.secret, {
            campaignId: step.campaignId,
            stepId: step.stepId,
            personKey: message.recipient.personKey,
            senderAddress: campaign.sender.address,
          }),
        datedAt: message.datedAt ?? markedAt,
        onlyUnregistered: step.onlyUnregistered,
      });
      if (mark?.state !== 'sending') return;
      const raw = composeMessage({ campaign, ...letter, ...mark, recipient: message.recipient });
      const answer = await handOver(
        leaseId,
        { to: message.recipient.address, from: campaign.sender.address, raw },
        transport,
      );
      const now = await clock.now();
      const { attempts, resends } = message;
      const decision = decideVerdict(judgeAnswer(answer), {
        attempts,
        resends,
        onUncertain: step.onUncertain,
        now,
        expiresAt: step.expiresAt,
      });
      const reply = 'reply' in answer ? answer.reply : answer.reason;
      await desk.record({ ...verdict, ...decision, reply, settledAt: now });
    };
    // Every message comes to its own end before the lease is given up, also where one of them fails.
    const ends = await Promise.allSettled(claim.messages.map(deliverOne));
    const failure = ends.find((end) => end.status === 'rejected');
    if (failure) throw failure.reason;
  }

  async function handOver(leaseId: number, mail: OutgoingMail, transport: Transport): Promise<SmtpAnswer> {
    // A process that was stopped may have lost its lease since the mark: look once more, without asking anybody.
    if (!leases.holds(leaseId)) {
      return { kind: 'unreachable', reason: 'the lease was lost before the hand-over', stage: 'connect' };
    }
    assertEnvelope(mail.to, mail.from);
    return transport.send(mail);
  }

  return {
    async stop() {
      stopping = true;
      await listener.stop();
      leases.stop();
    },
  };
}

function renderLetter(compiled: CompiledStep, { recipient }: ClaimedMessage, asOf: Date | undefined) {
  try {
    return compiled.fillEntity(recipient, asOf ? { asOf } : {});
  } catch (error) {
    return error as Error;
  }
}
