/** Holds the leases of what the worker runs: renews them together, hears what is lost or to be cancelled. */
import { CodedError } from '../lib/coded-error.ts';
import { linkSignals } from '../lib/linked-signal.ts';
import type { Logger } from '../lib/logger.ts';
import { monotonicMs } from '../lib/system/monotonic.ts';
import { decodeAnswer, encodeRequest } from '../protocol/codec.ts';
import type { WorkerQueue } from '../queue/queue.ts';
import { pause } from './engine/interrupt.ts';
import type { Fence } from './fence.ts';

export interface LeaseHolder {
  readonly kind: 'attempt' | 'check';
  readonly id: string;
  readonly fencing: number;
  /** It belongs to somebody else now, or nobody could tell for too long: end it at once. */
  lost(): void;
  cancel(): void;
}

export interface Leases {
  hold(holder: LeaseHolder): Disposable;
  /** Renews now, to learn whether a lease is still there; resolves when answered, or after a failure. */
  renewNow(): Promise<void>;
  cancel(id: string): void;
  setTimes(times: { readonly renewEveryMs: number; readonly selfFenceMs: number }): void;
  /** The fence was passed: everything held is lost. */
  loseAll(): void;
}

const RETRY_MS = 1_000;

/** Renews until `signal` aborts. `done` resolves then. */
export function createLeases(parts: {
  readonly queue: Pick<WorkerQueue, 'request'>;
  readonly worker: string;
  readonly fence: Fence;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** What is held, each time that it changed. */
  readonly onHeld?: ((held: readonly LeaseHolder[]) => void) | undefined;
}): Leases & { readonly done: Promise<void> } {
  const { queue, worker, fence, logger, signal } = parts;
  const holders = new Set<LeaseHolder>();
  let renewEveryMs = 5_000;
  let selfFenceMs = 25_000;
  let failing = false;

  async function renew(): Promise<boolean> {
    const held = [...holders];
    if (held.length === 0) return true;
    const sentAtMs = monotonicMs();
    const ids = (kind: LeaseHolder['kind']) => held.filter((holder) => holder.kind === kind);
    const body = encodeRequest({
      kind: 'renew',
      worker,
      attempts: ids('attempt').map(({ id, fencing }) => ({ attempt: id, fencing })),
      checks: ids('check').map(({ id, fencing }) => ({ check: id, fencing })),
    });
    try {
      const answer = decodeAnswer(await queue.request(body, { timeoutMs: Math.max(renewEveryMs, 1_000), signal }));
      if (answer.kind !== 'renewed')
        throw new CodedError('worker.bad_answer', `a renewal was answered with ${answer.kind}`);
      fence.confirm(sentAtMs);
      failing = false;
      for (const holder of held) {
        if (answer.lost.includes(holder.id)) lose(holder);
        else if (answer.cancel.includes(holder.id)) holder.cancel();
      }
      return true;
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      if (!failing && !signal.aborted) logger.warn('leases cannot be renewed', { code: error.code });
      failing = true;
      return false;
    }
  }

  function release(holder: LeaseHolder): void {
    if (!holders.delete(holder)) return;
    parts.onHeld?.([...holders]);
    if (holders.size === 0) fence.disarm();
  }

  function lose(holder: LeaseHolder): void {
    if (!holders.has(holder)) return;
    release(holder);
    logger.warn('lease lost', { kind: holder.kind, id: holder.id });
    holder.lost();
  }

  let wake = new AbortController();

  async function loop(): Promise<void> {
    while (!signal.aborted) {
      const renewed = await renew();
      wake = new AbortController();
      using either = linkSignals(signal, wake.signal);
      await pause(renewed ? renewEveryMs : Math.min(RETRY_MS, renewEveryMs), either.signal);
    }
  }

  return {
    hold(holder) {
      holders.add(holder);
      fence.arm(selfFenceMs);
      parts.onHeld?.([...holders]);
      return { [Symbol.dispose]: () => release(holder) };
    },
    async renewNow() {
      await renew();
    },
    cancel(id) {
      for (const holder of holders) if (holder.id === id) holder.cancel();
    },
    setTimes(times) {
      ({ renewEveryMs, selfFenceMs } = times);
      if (holders.size > 0) fence.arm(selfFenceMs);
      wake.abort();
    },
    loseAll() {
      for (const holder of [...holders]) lose(holder);
    },
    done: loop(),
  };
}
