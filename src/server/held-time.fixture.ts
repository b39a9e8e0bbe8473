/** Time that only goes on when a test says so: for what happens when nobody does anything. */
import { TestClock } from '../store/contract/world.ts';
import type { Timers } from './loops/loop.ts';

export class HeldTime {
  readonly clock = new TestClock();
  readonly timers: Timers = { after: (ms, run) => this.#after(ms, run) };
  readonly #waiting = new Set<{ readonly at: number; readonly run: () => void }>();

  #after(ms: number, run: () => void): () => void {
    const one = { at: this.clock.now() + ms, run };
    this.#waiting.add(one);
    // Whoever computed its wait before the time went on is late already.
    if (ms <= 0) queueMicrotask(() => this.ring());
    return () => this.#waiting.delete(one);
  }

  /** Wakes all whose time has come. */
  ring(): void {
    for (const one of [...this.#waiting]) {
      if (one.at > this.clock.now() || !this.#waiting.delete(one)) continue;
      one.run();
    }
  }
}
