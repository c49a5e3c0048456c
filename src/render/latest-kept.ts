/**
 * Values that are costly to make, by name: the `most` that were asked for last. Whoever asks while one is being made
 * waits for it; one that could not be made is made anew the next time.
 */
export class LatestKept<Value> {
  readonly #kept = new Map<string, Promise<Value>>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  find(name: string, make: () => Promise<Value>): Promise<Value> {
    const found = this.#kept.get(name) ?? make();
    // Last in the order of the map: the first is the one that has not been asked for the longest.
    this.#kept.delete(name);
    this.#kept.set(name, found);
    found.catch(() => this.#kept.get(name) === found && this.#kept.delete(name));
    const [oldest] = this.#kept.keys();
    if (oldest !== undefined && this.#kept.size > this.#most) this.#kept.delete(oldest);
    return found;
  }
}
