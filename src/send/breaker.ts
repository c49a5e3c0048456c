import type { Scope } from './judge-answer.js';

/** What to stop, and whether it is tried again by itself. */
export interface Stop {
  what: 'sender' | 'step';
  because: string;
  /** A single mail is tried after this, and opens the way again if it is accepted; absent: a person decides. */
  probeAfterMs?: number;
}

/** Mails in a row without an answer before a server is left alone. */
const networkFaults = 5;
/** Mails in a row that are put off: a busy store puts off some, a server in trouble all of them. */
const deferrals = 20;
/** Greylisting puts everybody off once, and means it well: whoever waits and comes again is let in. */
const greylisting = /^4\d\d[ -]4\.7\.1\b|gr[ea]y-?list/i;
/** Recipients in a row that the server does not know: one may be gone, all of them mean that the server knows nobody. */
const unknownRecipients = 20;
/** Alike among the last so many: the message is wrong, not the people. */
const messageFaults = { alike: 5, among: 20 };
const probeAfterMs = 30_000;

/** Watches the outcomes of one sender, as one worker sees them, and says when to stop. */
export class Breaker {
  #network = 0;
  #deferred = 0;
  /** Per step: recipients refused since the last one that was accepted. */
  readonly #unknown = new Map<number, number>();
  /** Per step: the last outcomes, a reply where the message was refused. */
  readonly #recent = new Map<number, Array<string | undefined>>();

  /** Take note of an outcome. `reply` is the server's, without addresses, or why a mail could not be built. */
  note(step: number, scope: Scope | 'not-rendered', reply: string): Stop | undefined {
    // No answer after the hand-over counts as well: going on would make everybody's mail uncertain.
    this.#network = scope === 'network' || scope === 'uncertain' ? this.#network + 1 : 0;
    this.#deferred = scope === 'recipient-for-now' && !greylisting.test(reply) ? this.#deferred + 1 : 0;
    if (scope === 'sender') return { what: 'sender', because: `the server refuses us: ${reply}` };
    if (this.#network >= networkFaults)
      return { what: 'sender', because: `the server does not answer: ${reply}`, probeAfterMs };
    if (this.#deferred >= deferrals)
      return { what: 'sender', because: `the server puts every mail off: ${reply}`, probeAfterMs };
    return this.#noteRecipient(step, scope, reply) ?? this.#noteMessage(step, scope, reply);
  }

  #noteRecipient(step: number, scope: Scope | 'not-rendered', reply: string): Stop | undefined {
    if (scope === 'accepted') this.#unknown.delete(step);
    if (scope !== 'recipient-gone' && scope !== 'recipient-refused') return undefined;
    const count = (this.#unknown.get(step) ?? 0) + 1;
    this.#unknown.set(step, count);
    if (count < unknownRecipients) return undefined;
    this.#unknown.delete(step);
    return { what: 'step', because: `${count} recipients in a row were refused: ${reply}` };
  }

  #noteMessage(step: number, scope: Scope | 'not-rendered', reply: string): Stop | undefined {
    const isFault = scope === 'message' || scope === 'not-rendered';
    if (!isFault && scope !== 'accepted') return undefined;
    const recent = this.#recent.get(step) ?? [];
    // The first words name the fault; what follows is often a reference of its own for every mail.
    const fault = `${scope} ${reply.slice(0, scope === 'message' ? 12 : undefined)}`;
    recent.push(isFault ? fault : undefined);
    if (recent.length > messageFaults.among) recent.shift();
    this.#recent.set(step, recent);
    const alike = recent.filter((each) => each === fault).length;
    if (!isFault || alike < messageFaults.alike) return undefined;
    this.#recent.delete(step);
    const what = scope === 'message' ? 'were refused for what they are' : 'could not be built';
    return { what: 'step', because: `${alike} of the last ${recent.length} mails ${what}: ${reply}` };
  }
}
