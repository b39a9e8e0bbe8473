import { MAX_MESSAGE_BYTES } from '../queue-errors.ts';
import { encodeFrame, FRAME } from './frames.ts';

/** How many bytes may be under way without an acknowledgement. A larger single message still goes, alone. */
export const WINDOW_BYTES = 2 * MAX_MESSAGE_BYTES;
const WINDOW_MESSAGES = 1_024;

interface Entry {
  readonly sequence: number;
  readonly frame: Uint8Array;
  readonly stored: PromiseWithResolvers<void>;
}

/**
 * What a worker emitted and no server has acknowledged, oldest first. Sequence numbers go on over reconnections, so that a server which
 * stored a message and could not say so recognises it.
 */
export class Outbox {
  #entries: Entry[] = [];
  #sentCount = 0;
  #bytesUnderWay = 0;
  #sequence = 0;
  #send: ((frame: Uint8Array) => void) | undefined;
  #windowBytes = WINDOW_BYTES;

  /** Resolves when it is acknowledged. */
  add(body: Uint8Array): Promise<void> {
    const sequence = ++this.#sequence;
    const entry: Entry = {
      sequence,
      frame: encodeFrame(FRAME.emit, sequence, body),
      stored: Promise.withResolvers<void>(),
    };
    this.#entries.push(entry);
    this.#pump();
    return entry.stored.promise;
  }

  /** A connection stands: everything not acknowledged goes again, in order. */
  connected(send: (frame: Uint8Array) => void, windowBytes: number = WINDOW_BYTES): void {
    this.#send = send;
    this.#windowBytes = windowBytes;
    this.#sentCount = 0;
    this.#bytesUnderWay = 0;
    this.#pump();
  }

  disconnected(): void {
    this.#send = undefined;
  }

  /** Everything up to `sequence` is stored. */
  acknowledge(sequence: number): void {
    let count = 0;
    for (const entry of this.#entries) {
      if (entry.sequence > sequence || count >= this.#sentCount) break;
      count++;
      this.#bytesUnderWay -= entry.frame.byteLength;
    }
    this.#sentCount -= count;
    for (const entry of this.#entries.splice(0, count)) entry.stored.resolve();
    this.#pump();
  }

  rejectAll(error: Error): void {
    this.#send = undefined;
    for (const entry of this.#entries.splice(0)) entry.stored.reject(error);
  }

  #pump(): void {
    while (this.#send) {
      const entry = this.#entries[this.#sentCount];
      if (!entry || this.#sentCount >= WINDOW_MESSAGES) return;
      if (this.#sentCount > 0 && this.#bytesUnderWay + entry.frame.byteLength > this.#windowBytes) return;
      this.#sentCount++;
      this.#bytesUnderWay += entry.frame.byteLength;
      this.#send(entry.frame);
    }
  }
}
