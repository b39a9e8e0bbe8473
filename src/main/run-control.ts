/** Who may end a run: the person, by Ctrl-C, and whatever else `cancel` is told about. */
import { Interrupt } from '../worker/engine/interrupt.ts';
import { whenOutputCloses } from './closed-output.ts';

/** SIGHUP comes when the terminal is closed. */
const INTERRUPTS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export class RunControl {
  #cancel = new AbortController();
  #kill = new AbortController();
  readonly #stopped = new AbortController();
  readonly #onSignal = (): void => {
    this.#stopped.abort();
    this.cancel();
  };

  constructor() {
    for (const signal of INTERRUPTS) process.on(signal, this.#onSignal);
    // Nobody sees it any more: hooks and service stops still run.
    whenOutputCloses(() => {
      this.#stopped.abort();
      if (!this.#cancel.signal.aborted) this.cancel();
    });
  }

  /** Aborted once a person wants no more runs. */
  get stopped(): AbortSignal {
    return this.#stopped.signal;
  }

  /** The signals of the run that begins now. */
  begin(): { readonly cancel: AbortSignal; readonly kill: AbortSignal } {
    this.#cancel = new AbortController();
    this.#kill = new AbortController();
    if (this.#stopped.signal.aborted) this.cancel();
    return { cancel: this.#cancel.signal, kill: this.#kill.signal };
  }

  /** The first time hooks and the stops of services still run, the second time they end too. */
  cancel(): void {
    if (!this.#cancel.signal.aborted) this.#cancel.abort(new Interrupt('cancelled'));
    else this.#kill.abort(new Interrupt('killed'));
  }

  /** Cancels, but does not hurry what is being cancelled already. */
  supersede(): void {
    if (!this.#cancel.signal.aborted) this.#cancel.abort(new Interrupt('cancelled'));
  }

  [Symbol.dispose](): void {
    for (const signal of INTERRUPTS) process.off(signal, this.#onSignal);
  }
}
