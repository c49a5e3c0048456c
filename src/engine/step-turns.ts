/** Whether a step may have more to send than one claim took. */
export type TurnEnd = 'more' | 'done';

/**
 * The steps that one sender has to send, in turn: a claim of the first, then one of the second. A large step does not
 * keep a small one waiting, and a slow sender keeps nobody waiting but its own steps.
 */
export class StepTurns {
  readonly #atOnce: number;
  readonly #take: (step: number) => Promise<TurnEnd>;
  readonly #onFailure: (step: number, error: Error) => void;
  /** Steps that were rung for, each once. */
  readonly #waiting = new Set<number>();
  readonly #running = new Set<Promise<void>>();
  #stopped = false;

  constructor(options: {
    atOnce: number;
    take: (step: number) => Promise<TurnEnd>;
    onFailure: (step: number, error: Error) => void;
  }) {
    this.#atOnce = options.atOnce;
    this.#take = options.take;
    this.#onFailure = options.onFailure;
  }

  /** A step has something to send. Ringing twice is as good as once. */
  ring(step: number): void {
    this.#waiting.add(step);
    this.#fill();
  }

  /** Nothing is taken any more; resolves when what was taken has come to its end. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#waiting.clear();
    await Promise.all(this.#running);
  }

  #fill(): void {
    while (!this.#stopped && this.#running.size < this.#atOnce) {
      const [step] = this.#waiting;
      if (step === undefined) return;
      this.#waiting.delete(step);
      const turn: Promise<void> = this.#run(step).finally(() => {
        this.#running.delete(turn);
        this.#fill();
      });
      this.#running.add(turn);
    }
  }

  async #run(step: number): Promise<void> {
    try {
      // To the end of the line: the others come first.
      if ((await this.#take(step)) === 'more' && !this.#stopped) this.#waiting.add(step);
    } catch (error) {
      this.#onFailure(step, error as Error);
    }
  }
}
