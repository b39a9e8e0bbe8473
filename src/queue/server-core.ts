import { setTimeout as delay } from 'node:timers/promises';
import { linkSignals } from '../lib/linked-signal.ts';
import type { Sender, ServerQueue } from './queue.ts';
import { closedError, handlerFailedError } from './queue-errors.ts';

type RequestHandler = Parameters<ServerQueue['serve']>[0];
type IngestHandler = Parameters<ServerQueue['ingest']>[0];

export interface ServerCoreOptions {
  /** Told what a handler threw, since neither asker nor emitter learns it. */
  readonly onHandlerError?: ((error: unknown, from: Sender) => void) | undefined;
  /** How long a message that could not be stored waits for its first and its later tries. */
  readonly retryMs?: { readonly first: number; readonly most: number } | undefined;
}

/**
 * What every server end does the same way, whatever carries its bytes: call the handlers, try again what could not be stored, and end in good
 * order. A message that comes before its handler is set waits for it.
 */
export class ServerCore {
  readonly #onHandlerError: (error: unknown, from: Sender) => void;
  readonly #retryMs: { readonly first: number; readonly most: number };
  readonly #requestHandler = new Later<RequestHandler>();
  readonly #ingestHandler = new Later<IngestHandler>();
  readonly #closing = new AbortController();
  readonly #running = new Set<Promise<unknown>>();

  constructor(options: ServerCoreOptions = {}) {
    this.#onHandlerError = options.onHandlerError ?? (() => undefined);
    this.#retryMs = options.retryMs ?? { first: 200, most: 5_000 };
  }

  serve(handler: RequestHandler): void {
    this.#requestHandler.set(handler);
  }

  ingest(handler: IngestHandler): void {
    this.#ingestHandler.set(handler);
  }

  get closing(): boolean {
    return this.#closing.signal.aborted;
  }

  /** The handler's answer. `gone` aborts when the asker is not there any more. Fails with `queue.handler_failed` or `queue.closed`. */
  answer(body: Uint8Array, from: Sender, gone: AbortSignal): Promise<Uint8Array> {
    return this.#track(async () => {
      using stop = linkSignals(gone, this.#closing.signal);
      const handler = await this.#requestHandler.get(stop.signal);
      try {
        return await handler(body, from, stop.signal);
      } catch (error) {
        if (stop.signal.aborted) throw closedError();
        this.#onHandlerError(error, from);
        throw handlerFailedError(error);
      }
    });
  }

  /**
   * Hands one emitted message to the handler until it is stored. Rejects only (`queue.closed`) when `gone` or the close of this end
   * comes between two tries; a try under way is always awaited, so that two of one worker never overlap.
   */
  take(body: Uint8Array, from: Sender, gone: AbortSignal): Promise<void> {
    return this.#track(async () => {
      using stop = linkSignals(gone, this.#closing.signal);
      let pauseMs = this.#retryMs.first;
      for (;;) {
        const handler = await this.#ingestHandler.get(stop.signal);
        try {
          await handler(body, from);
          return;
        } catch (error) {
          this.#onHandlerError(error, from);
        }
        if (stop.signal.aborted) throw closedError();
        await delay(pauseMs, undefined, { signal: stop.signal }).catch(() => {
          throw closedError();
        });
        pauseMs = Math.min(pauseMs * 2, this.#retryMs.most);
      }
    });
  }

  /** Aborts what handlers hold and waits for them to return, at most `graceMs`. */
  async close(graceMs: number): Promise<void> {
    this.#closing.abort(closedError());
    const timer = new AbortController();
    const all = Promise.allSettled([...this.#running]);
    await Promise.race([all, delay(graceMs, undefined, { signal: timer.signal }).catch(() => undefined)]);
    timer.abort();
  }

  #track<T>(work: () => Promise<T>): Promise<T> {
    const running = work();
    this.#running.add(running);
    const forget = (): void => {
      this.#running.delete(running);
    };
    running.then(forget, forget);
    return running;
  }
}

/** A value that is set once, perhaps after somebody already waits for it. */
class Later<T> {
  #value: { readonly value: T } | undefined;
  readonly #waiting = new Set<() => void>();

  set(value: T): void {
    this.#value = { value };
    for (const wake of [...this.#waiting]) wake();
  }

  async get(stop: AbortSignal): Promise<T> {
    for (;;) {
      if (stop.aborted) throw closedError();
      if (this.#value) return this.#value.value;
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.#waiting.delete(wake);
          stop.removeEventListener('abort', wake);
          resolve();
        };
        this.#waiting.add(wake);
        stop.addEventListener('abort', wake, { once: true });
      });
    }
  }
}
