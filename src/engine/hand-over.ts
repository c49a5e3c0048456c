import type { Mark, MarkAnswer, MessageLedger, Pace, Verdict } from './ports/message-ledger.js';

interface PendingVerdict {
  verdict: Verdict;
  /** By `performance.now()`. */
  since: number;
  done: () => void;
  fail: (error: Error) => void;
}

/**
 * How long a mark or an answer may wait for company while the connections are busy anyway. With answers after 50 ms a
 * commit then carries five messages and not one; that halves what a message costs the database.
 */
const lingerMs = 25;

/**
 * The desk between the ledger and the server. Every mark ("this one is about to be handed over") and every verdict of
 * the moment travel in one commit, so that the ledger costs a round trip a group and not a round trip a mail.
 * At most `inFlight` messages are marked and not yet recorded: that is all that can ever become uncertain.
 */
export class HandOverDesk {
  readonly #ledger: Pick<MessageLedger, 'exchange'>;
  readonly #inFlight: number;
  readonly #keepVerdictsMs: number;
  readonly #pace: Pace | undefined;
  #marks: Array<{ mark: Mark; done: (answer: MarkAnswer | undefined) => void; fail: (error: Error) => void }> = [];
  #verdicts: PendingVerdict[] = [];
  #taken = 0;
  /** Marked, and not answered yet: with so many the connections are busy. */
  #underWay = 0;
  #lingering: NodeJS.Timeout | undefined;
  #queue: Array<() => void> = [];
  #writing = false;

  constructor(
    ledger: Pick<MessageLedger, 'exchange'>,
    {
      inFlight,
      keepVerdictsMs,
      pace,
    }: {
      inFlight: number;
      /** As long as a lease: after that the fence would refuse them anyway. */
      keepVerdictsMs: number;
      pace?: Pace | undefined;
    },
  ) {
    this.#ledger = ledger;
    this.#inFlight = inFlight;
    this.#keepVerdictsMs = keepVerdictsMs;
    this.#pace = pace;
  }

  /**
   * Wait for a free place, then write the mark down. Absent: nothing may be handed over; the lease is lost, the step is
   * held, or nobody wants it any more when its turn comes.
   */
  async mark(prepare: () => Promise<Mark | undefined>): Promise<MarkAnswer | undefined> {
    await this.#takePlace();
    try {
      const mark = await prepare();
      const answer =
        mark &&
        (await new Promise<MarkAnswer | undefined>((done, fail) => {
          this.#marks.push({ mark, done, fail });
          this.#write();
        }));
      if (answer?.state === 'sending') this.#underWay += 1;
      else this.#leavePlace();
      return answer;
    } catch (error) {
      this.#leavePlace();
      throw error;
    }
  }

  /**
   * Write the verdict on a marked message down, and pass its place on at once: the mark that takes it travels in the
   * same commit or a later one, never before, so that the bound holds in every state the ledger can be left in.
   */
  record(verdict: Verdict): Promise<void> {
    this.#underWay -= 1;
    const written = this.write(verdict);
    this.#leavePlace();
    return written;
  }

  /** Write a verdict on a message that was never marked. */
  write(verdict: Verdict): Promise<void> {
    return new Promise((done, fail) => {
      this.#verdicts.push({ verdict, since: performance.now(), done, fail });
      this.#write();
    });
  }

  /** One commit at a time: whatever arrives meanwhile goes with the next. */
  #write(): void {
    if (this.#writing) return;
    // A quarter may wait here: the others keep every connection busy, each with the next mail at hand.
    if (this.#underWay > this.#inFlight * 0.75) {
      this.#lingering ??= setTimeout(() => this.#writeNow(), lingerMs);
      return;
    }
    this.#writeNow();
  }

  #writeNow(): void {
    clearTimeout(this.#lingering);
    this.#lingering = undefined;
    if (this.#writing) return;
    this.#writing = true;
    // What this turn of the event loop still brings goes along.
    setImmediate(async () => {
      const marks = this.#marks;
      const verdicts = this.#verdicts;
      this.#marks = [];
      this.#verdicts = [];
      try {
        const answers = await this.#ledger.exchange(
          marks.map(({ mark }) => mark),
          verdicts.map(({ verdict }) => verdict),
          this.#pace,
        );
        const byId = new Map(answers.map((answer) => [answer.id, answer]));
        for (const { verdict: _, done } of verdicts) done();
        for (const { mark, done } of marks) done(byId.get(mark.id));
      } catch (error) {
        for (const { fail } of marks) fail(error as Error);
        await this.#keepVerdicts(verdicts, error as Error);
      }
      this.#writing = false;
      if (this.#marks.length + this.#verdicts.length > 0) this.#write();
    });
  }

  /**
   * A server's answer is not thrown away because the database is restarting: it is written again until it holds, or
   * until the lease has run out and the fence would refuse it anyway.
   */
  async #keepVerdicts(verdicts: PendingVerdict[], error: Error): Promise<void> {
    const kept = verdicts.filter(({ since }) => performance.now() - since < this.#keepVerdictsMs);
    for (const each of verdicts) if (!kept.includes(each)) each.fail(error);
    if (kept.length === 0) return;
    this.#verdicts.unshift(...kept);
    await new Promise((done) => setTimeout(done, 250));
  }

  #takePlace(): Promise<void> {
    if (this.#taken < this.#inFlight) {
      this.#taken += 1;
      return Promise.resolve();
    }
    return new Promise((done) => this.#queue.push(done));
  }

  #leavePlace(): void {
    const next = this.#queue.shift();
    if (next) next();
    else this.#taken -= 1;
  }
}
