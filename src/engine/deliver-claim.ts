import type { Campaign } from '../campaign/campaign.js';
import type { MessageState } from '../campaign/message.js';
import type { FilledEntity } from '../render/mail-content.js';
import type { Breaker, Stop } from '../send/breaker.js';
import { assertEnvelope, composeMessage } from '../send/compose-message.js';
import { decideVerdict } from '../send/decide-verdict.js';
import { judgeAnswer, type Scope } from '../send/judge-answer.js';
import { createMessageId } from '../send/message-id.js';
import type { SmtpAnswer } from '../send/smtp-answer.js';
import { confirmByOf } from './confirm-by.js';
import type { HandOverDesk } from './hand-over.js';
import type { Clock } from './ports/clock.js';
import type { ControlStore } from './ports/control-store.js';
import type { Log } from './ports/log.js';
import type { Claim, ClaimedMessage, ClaimStep, Mark, MarkAnswer, Pace } from './ports/message-ledger.js';
import type { OutgoingMail, Transport } from './ports/transport.js';
import type { ReadyStep } from './step-templates.js';

/** A sender as one worker uses it. */
export interface SenderLine {
  transport: Transport;
  desk: HandOverDesk;
  breaker: Breaker;
  /** Absent where the sender sets no limits. */
  pace?: Pace;
}

export interface ClaimContext extends SenderLine {
  campaign: Campaign;
  /** The mails of the claim; of a launch that has moved, by the date that the reader was told before. */
  ready: ReadonlyMap<string | undefined, ReadyStep>;
  control: ControlStore;
  clock: Clock;
  log: Log;
  /** Keys the Message-IDs. */
  secret: Buffer;
  /** Whether the lease of this claim is certainly still ours, and this worker is not being stopped. */
  mayHandOver(): boolean;
  /** Nothing of the claim is left to begin: some answers may still be to come, and that may take minutes. */
  onAllBegun(): void;
}

/** What became of a claim's messages, by state: for the log. */
export type ClaimTally = Partial<Record<MessageState, number>>;

/** Bring every message of a claim to its end: sent, failed, uncertain, or back to waiting. */
export async function deliverClaim(claim: Claim, given: ClaimContext): Promise<ClaimTally> {
  let halted = false;
  const toBegin = new Set(claim.messages);
  const begin = (message: ClaimedMessage) => {
    if (toBegin.delete(message) && toBegin.size === 0) given.onAllBegun();
  };
  const context: ClaimWork = {
    ...given,
    begin,
    halt: () => {
      halted = true;
    },
    mayHandOver: () => !halted && given.mayHandOver(),
  };
  // Every message comes to its own end before the lease is given up, also where one of them fails.
  const ends = await Promise.allSettled(
    claim.messages.map((message) => deliverMessage(message, claim, context).finally(() => begin(message))),
  );
  const failure = ends.find((end) => end.status === 'rejected');
  if (failure) throw failure.reason;
  const tally: ClaimTally = {};
  for (const end of ends) if (end.status === 'fulfilled') tally[end.value] = (tally[end.value] ?? 0) + 1;
  return tally;
}

interface ClaimWork extends ClaimContext {
  /** This one waits for nothing but its answer. */
  begin(message: ClaimedMessage): void;
  /** What has not been begun of this claim goes back to waiting. */
  halt(): void;
}

async function deliverMessage(message: ClaimedMessage, claim: Claim, context: ClaimWork): Promise<MessageState> {
  if (!context.mayHandOver()) return 'waiting';
  const letter = renderLetter(message, claim, context);
  if (letter instanceof Error) return failUnrendered(letter, message, claim, context);
  let now = () => new Date(0);
  const mark = await context.desk.mark(async () => {
    // Asked when its turn has come: a worker that is being stopped takes nothing new.
    if (!context.mayHandOver()) return undefined;
    const prepared = await prepareMark(message, claim, context);
    const { markedAt } = prepared;
    const since = performance.now();
    now = () => new Date(markedAt.getTime() + performance.now() - since);
    return prepared;
  });
  if (mark?.state !== 'sending') return mark?.state ?? 'waiting';
  context.begin(message);
  const mail = writeMail(letter, mark, message, context);
  if (mail instanceof Error) return failUnrendered(mail, message, claim, context, 'marked');
  // Since the mark this process may have been stopped, or have waited for a connection, and lost its lease: the
  // transport asks once more, at the last moment.
  const answer = await context.transport.send(mail, context.mayHandOver);
  // The answer is written down whatever happens: also where nobody tells the time at this moment.
  return recordAnswer(answer, await context.clock.now().catch(now), message, claim, context);
}

function renderLetter(
  { recipient, toldDate, registeredAt }: ClaimedMessage,
  { step }: Claim,
  { campaign, ready }: ClaimContext,
): FilledEntity | Error {
  try {
    const { compiled } = readyFor(toldDate, ready);
    return compiled.fillEntity(recipient, {
      ...(step.registrationsAsOf && { asOf: step.registrationsAsOf }),
      ...(registeredAt && { confirmBy: confirmByOf(registeredAt, campaign) }),
    });
  } catch (error) {
    return error as Error;
  }
}

function readyFor(toldDate: string | undefined, ready: ClaimContext['ready']): ReadyStep {
  const step = ready.get(toldDate);
  if (!step) throw new Error(`no mail was made ready for people who were told ${toldDate}`);
  return step;
}

/** One person's mail that cannot be built fails alone; where it is everybody's, the step is stopped and nobody else fails. */
async function failUnrendered(
  { message: reason }: Error,
  { id, resends }: ClaimedMessage,
  { step, leaseId, claimedAt }: Claim,
  { breaker, control, desk, clock, log, halt }: ClaimWork,
  marked?: 'marked',
): Promise<MessageState> {
  log.error('message.not-rendered', { campaign: step.campaignId, step: step.stepId, message: id, reason });
  const stop = breaker.note(step.key, 'not-rendered', reason);
  // At once: the others of this claim come in the same moment.
  if (stop) halt();
  // Of a repeat the first may have arrived.
  const state = resends > 0 ? 'uncertain' : 'failed';
  const verdict = { id, leaseId, state, reason: 'not-rendered', countAttempt: true, countResend: false } as const;
  const settledAt = await clock.now().catch(() => claimedAt);
  try {
    if (stop) await carryOut(stop, step, { control, clock, log });
  } finally {
    // A mark holds a place, which the record gives back.
    await (marked ? desk.record({ ...verdict, settledAt }) : desk.write({ ...verdict, settledAt }));
  }
  return state;
}

async function prepareMark(
  message: ClaimedMessage,
  { step, leaseId }: Claim,
  { campaign, ready, clock, secret }: ClaimContext,
): Promise<Mark> {
  const markedAt = await clock.now();
  const { campaignId, stepId, onlyUnregistered, probe, groupKey, isLimited } = step;
  const { personKey } = message.recipient;
  const messageId =
    message.messageId ??
    createMessageId(secret, { campaignId, stepId, personKey, senderAddress: campaign.sender.address });
  return {
    ...{ id: message.id, leaseId, groupKey, probe, onlyUnregistered, isLimited },
    toldDate: readyFor(message.toldDate, ready).dates.launchDate,
    ...{ messageId, markedAt, datedAt: message.datedAt ?? markedAt },
  };
}

function writeMail(
  letter: FilledEntity,
  mark: MarkAnswer,
  { recipient }: ClaimedMessage,
  { campaign }: ClaimWork,
): OutgoingMail | Error {
  try {
    const raw = composeMessage({ campaign, recipient, ...letter, ...mark });
    assertEnvelope(recipient.address, campaign.sender.address);
    return { to: recipient.address, from: campaign.sender.address, raw };
  } catch (error) {
    return error as Error;
  }
}

/** `answer` is absent where nothing was offered to anybody. */
async function recordAnswer(
  answer: SmtpAnswer | undefined,
  now: Date,
  message: ClaimedMessage,
  claim: Claim,
  context: ClaimWork,
): Promise<MessageState> {
  const { desk } = context;
  const { step, leaseId } = claim;
  const { attempts, resends } = message;
  const { onUncertain, expiresAt } = step;
  // What was never offered to anybody may go at once, by whoever takes it next.
  if (!answer) {
    const untouched = { state: 'waiting', dueAt: now, countAttempt: false, countResend: false } as const;
    await desk.record({ id: message.id, leaseId, ...untouched, settledAt: now });
    return 'waiting';
  }
  const scope = judgeAnswer(answer);
  const decision = decideVerdict(scope, { attempts, resends, onUncertain, now, expiresAt });
  const reply = 'reply' in answer ? answer.reply : answer.reason;
  try {
    // First, so that what goes back to waiting finds the way closed already.
    await stopOnFaults(scope, reply, claim, context);
  } finally {
    await desk.record({ id: message.id, leaseId, ...decision, reply, settledAt: now });
  }
  return decision.state;
}

/** A server that refuses us, does not answer or refuses the message stops what it concerns; a probe that is taken opens it. */
async function stopOnFaults(
  scope: Scope,
  reply: string,
  { step }: Claim,
  { breaker, control, clock, log, halt }: ClaimWork,
): Promise<void> {
  if (scope === 'accepted' && step.probe && (await control.resume({ sender: step.sender }, 'by probe')))
    log.info('sender.recovered', { sender: step.sender });
  const stop = breaker.note(step.key, scope, reply);
  if (!stop) return;
  // At once: until the pause is written down, others of this claim would still go.
  halt();
  await carryOut(stop, step, { control, clock, log });
}

async function carryOut(
  { what, because, probeAfterMs }: Stop,
  step: ClaimStep,
  { control, clock, log }: Pick<ClaimContext, 'control' | 'clock' | 'log'>,
): Promise<void> {
  const now = await clock.now();
  const target = what === 'sender' ? { sender: step.sender } : { campaign: step.campaignId, step: step.stepId };
  const paused = await control.pause(
    target,
    because,
    now,
    probeAfterMs === undefined ? undefined : new Date(now.getTime() + probeAfterMs),
  );
  if (paused) log.error(`${what}.paused`, { ...target, because });
}
