import type { RequestOptions } from './queue.ts';
import { timeoutError, unreachableError } from './queue-errors.ts';

/** One question under way on a worker. It settles once: by the answer, a failure, its time, or the asker's signal. */
export class PendingRequest {
  readonly answer: Promise<Uint8Array>;
  /** Whether it was handed to a server; decides if running out of time means `timeout` or `unreachable`. */
  sent = false;
  readonly #settle: PromiseWithResolvers<Uint8Array>;
  readonly #release: () => void;
  #settled = false;

  /** `onGiveUp` is called when the asker does not want the answer any more. */
  constructor(options: RequestOptions, onGiveUp: () => void, whyUnreachable: () => string) {
    this.#settle = Promise.withResolvers<Uint8Array>();
    this.answer = this.#settle.promise;
    const { timeoutMs, signal } = options;
    const giveUp = (error: unknown): void => {
      if (this.#settled) return;
      this.reject(error);
      onGiveUp();
    };
    const timer = setTimeout(() => {
      giveUp(this.sent ? timeoutError(timeoutMs) : unreachableError(whyUnreachable()));
    }, timeoutMs);
    const onAbort = (): void => giveUp(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#release = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
  }

  resolve(answer: Uint8Array): void {
    if (this.#end()) this.#settle.resolve(answer);
  }

  reject(error: unknown): void {
    if (this.#end()) this.#settle.reject(error);
  }

  #end(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    this.#release();
    return true;
  }
}
