/**
 * Why something running is stopped before its own end. It travels as the `reason` of an AbortSignal, so that whoever is
 * stopped knows what to call itself.
 *
 * - `cancelled`: a person (or the worker's own end) asked for it; hooks and service stops still run.
 * - `timed_out`: its step or its job took too long.
 * - `fail_fast`: a sibling in its group failed.
 * - `killed`: asked a second time: nothing more is waited for.
 * - `lost`: the lease is gone, another worker may run the build now: kill at once, report nothing but logs and clean-up.
 * - `disk_full`: the worker cannot keep what the step writes.
 */
import { linkSignals } from '../../lib/linked-signal.ts';

export type InterruptKind = 'cancelled' | 'timed_out' | 'fail_fast' | 'killed' | 'lost' | 'disk_full';

export class Interrupt extends Error {
  readonly kind: InterruptKind;
  /** For `timed_out`: how long it was allowed to take, and whether the job's limit or the step's own was reached. */
  readonly limit: { readonly of: 'step' | 'job'; readonly ms: number } | undefined;

  constructor(kind: InterruptKind, limit?: { readonly of: 'step' | 'job'; readonly ms: number }) {
    super(`interrupted: ${kind}`);
    this.name = 'Interrupt';
    this.kind = kind;
    this.limit = limit;
  }
}

/** Why the signal was aborted, or undefined while it is not. A signal of somebody else's counts as cancellation. */
export function interruptOf(signal: AbortSignal): Interrupt | undefined {
  if (!signal.aborted) return undefined;
  return signal.reason instanceof Interrupt ? signal.reason : new Interrupt('cancelled');
}

/** Whether the interrupted are given time to end by themselves. */
export function isGentle(interrupt: Interrupt): boolean {
  return interrupt.kind !== 'killed' && interrupt.kind !== 'lost';
}

/** A signal that also aborts with `interrupt` after `ms`. Dispose of it, or its timer keeps running. */
export function withDeadline(
  parent: AbortSignal,
  ms: number | undefined,
  interrupt: () => Interrupt,
): { readonly signal: AbortSignal } & Disposable {
  if (ms === undefined) return { signal: parent, [Symbol.dispose]: () => undefined };
  const own = new AbortController();
  const timer = setTimeout(() => own.abort(interrupt()), ms);
  const linked = linkSignals(parent, own.signal);
  return {
    signal: linked.signal,
    [Symbol.dispose]() {
      clearTimeout(timer);
      linked[Symbol.dispose]();
    },
  };
}

/** Waits, or less if the signal aborts. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted || ms <= 0) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}
