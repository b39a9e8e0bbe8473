import type { Clock } from '../../lib/clock.ts';
import type { Sender } from '../queue.ts';
import { MAX_MESSAGE_BYTES } from '../queue-errors.ts';
import type { ServerCore } from '../server-core.ts';
import { decodeFrame, encodeFrame, FRAME, type Frame } from './frames.ts';
import type { Lane } from './lanes.ts';
import { CLOSE, type Link } from './link.ts';
import { WINDOW_BYTES } from './outbox.ts';

/** A worker keeps to its window; one that sends more than twice as much does not speak our protocol, and would fill the memory. */
const MAX_WAITING_BYTES = 2 * WINDOW_BYTES;
const MAX_REQUESTS = 1_000;

export interface ServerConnectionParts {
  readonly link: Link;
  readonly from: Sender;
  readonly key: string;
  /** After so long without a sign of life it is taken for dead. */
  readonly silenceMs: number;
  readonly core: ServerCore;
  readonly clock: Clock;
  readonly lane: Lane;
  readonly onGone: () => void;
  readonly onHeard: () => void;
}

/** One connection of one worker, on the server. */
export class ServerConnection {
  readonly key: string;
  readonly from: Sender;
  readonly silenceMs: number;
  lastHeard = performance.now();
  readonly #parts: ServerConnectionParts;
  readonly #gone = new AbortController();
  readonly #requests = new Map<number, AbortController>();
  #waitingBytes = 0;

  constructor(parts: ServerConnectionParts) {
    this.#parts = parts;
    this.key = parts.key;
    this.from = parts.from;
    this.silenceMs = parts.silenceMs;
  }

  send(frame: Uint8Array): void {
    if (!this.#gone.signal.aborted) this.#parts.link.send(frame);
  }

  /** Closes it from this side; what it had under way is over. */
  shut(code: number, reason: string): void {
    this.#parts.link.close(code, reason);
    this.closed();
  }

  /** The transport says that it is gone. */
  closed(): void {
    if (this.#gone.signal.aborted) return;
    this.#gone.abort();
    for (const asker of this.#requests.values()) asker.abort();
    this.#requests.clear();
    this.#parts.onGone();
  }

  receive(bytes: Uint8Array): void {
    if (this.#gone.signal.aborted) return;
    this.lastHeard = performance.now();
    this.#parts.onHeard();
    const { from, clock } = this.#parts;
    // A worker says something every few seconds, so that this is looked at in time.
    if (from.expiresAt !== undefined && clock.now() >= from.expiresAt) {
      this.shut(CLOSE.refused, 'the worker token has expired');
      return;
    }
    const frame = decodeFrame(bytes);
    if (!frame) {
      this.shut(CLOSE.badFrame, 'a message that is no frame of this protocol');
      return;
    }
    switch (frame.kind) {
      case FRAME.request:
        void this.#answer(frame);
        break;
      case FRAME.cancel:
        this.#requests.get(frame.number)?.abort();
        break;
      case FRAME.emit:
        this.#take(frame);
        break;
      case FRAME.ping:
        this.send(encodeFrame(FRAME.pong));
        break;
    }
  }

  /** Never rejects: whatever goes wrong is the asker's answer. */
  async #answer({ number: id, body }: Frame): Promise<void> {
    if (this.#parts.core.closing) return this.#fail(id, 'queue.unreachable');
    if (this.#requests.size >= MAX_REQUESTS) return this.shut(CLOSE.flooded, `more than ${MAX_REQUESTS} open requests`);
    const asker = new AbortController();
    this.#requests.set(id, asker);
    try {
      const answer = await this.#parts.core.answer(body, this.#parts.from, asker.signal);
      if (asker.signal.aborted) return;
      if (answer.byteLength > MAX_MESSAGE_BYTES) this.#fail(id, 'queue.too_large');
      else this.send(encodeFrame(FRAME.answer, id, answer));
    } catch {
      // The core has reported it; an asker that is still there learns no more than which side failed.
      if (!asker.signal.aborted)
        this.#fail(id, this.#parts.core.closing ? 'queue.unreachable' : 'queue.handler_failed');
    } finally {
      this.#requests.delete(id);
    }
  }

  #fail(id: number, code: string): void {
    this.send(encodeFrame(FRAME.failed, id, new TextEncoder().encode(code)));
  }

  #take({ number: sequence, body }: Frame): void {
    this.#waitingBytes += body.byteLength;
    if (this.#waitingBytes > MAX_WAITING_BYTES) {
      this.shut(CLOSE.flooded, 'more messages under way than a worker may send without an acknowledgement');
      return;
    }
    const { core, from, lane } = this.#parts;
    lane.run(async () => {
      if (this.#gone.signal.aborted) return;
      if (lane.storedUpTo === undefined || sequence > lane.storedUpTo) {
        const stored = await core.take(body, from, this.#gone.signal).then(
          () => true,
          () => false,
        );
        if (!stored) return;
        lane.storedUpTo = sequence;
      }
      this.#waitingBytes -= body.byteLength;
      this.send(encodeFrame(FRAME.ack, lane.storedUpTo));
    });
  }
}
