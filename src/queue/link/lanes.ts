/** Remembered lanes of workers that are not connected now; beyond that the longest gone is forgotten. */
const MAX_IDLE_LANES = 1_000;

/** The order of one worker process's messages, which outlives its connections. */
export class Lane {
  /** The last message that was stored; `undefined` while this server has seen none. */
  storedUpTo: number | undefined;
  #tail: Promise<void> = Promise.resolve();

  /** Runs after everything given before has ended. `work` must not reject. */
  run(work: () => Promise<void>): void {
    this.#tail = this.#tail.then(work);
  }
}

/** The lanes by worker process. A server that restarts has none, and then takes what comes: a message may come twice, never too late. */
export class Lanes {
  readonly #lanes = new Map<string, Lane>();
  readonly #idle = new Set<string>();

  of(key: string): Lane {
    this.#idle.delete(key);
    const lane = this.#lanes.get(key) ?? new Lane();
    this.#lanes.set(key, lane);
    return lane;
  }

  /** Nobody is connected for this worker any more, unless `of` is asked again. */
  release(key: string): void {
    this.#idle.delete(key);
    this.#idle.add(key);
    for (const oldest of this.#idle) {
      if (this.#idle.size <= MAX_IDLE_LANES) return;
      this.#idle.delete(oldest);
      this.#lanes.delete(oldest);
    }
  }
}
