import type { PoisonMessage } from './queue.ts';

const MAX_MESSAGES = 1_000;
const MAX_BYTES = 64 * 1024 * 1024;

/** Keeps the newest messages that nobody could read, so that a person can look at them; the oldest make room. */
export class PoisonShelf {
  #messages: PoisonMessage[] = [];
  #bytes = 0;

  add(message: PoisonMessage): void {
    this.#messages.push(message);
    this.#bytes += message.body.byteLength;
    while (this.#messages.length > MAX_MESSAGES || (this.#bytes > MAX_BYTES && this.#messages.length > 1)) {
      this.#bytes -= this.#messages.shift()?.body.byteLength ?? 0;
    }
  }

  list(): readonly PoisonMessage[] {
    return [...this.#messages];
  }
}
