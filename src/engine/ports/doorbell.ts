/** A job is a doorbell: it names a step and carries nothing else. Losing or doubling one is harmless. */
export interface Doorbell {
  ring(stepKey: number, times: number): Promise<void>;
  /** Rings that nobody has answered yet. */
  pending(): Promise<number>;
  /** Answer rings until closed. `answer` is told which step rang. */
  listen(answer: (stepKey: number) => Promise<void>, concurrency: number): Listener;
  close(): Promise<void>;
}

export interface Listener {
  /** No further rings are taken; resolves when those being answered are done. */
  stop(): Promise<void>;
}
