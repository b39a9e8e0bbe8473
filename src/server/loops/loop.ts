import { errorText } from '../../lib/coded-error.ts';
import type { Logger } from '../../lib/logger.ts';
import { isStorageFailure } from '../storage-health.ts';

/** Where waiting comes from, so that a test can hold it in its hand. */
export interface Timers {
  /** Calls `run` once after `ms`. Returns what takes it back. */
  after(ms: number, run: () => void): () => void;
}

export const systemTimers: Timers = {
  after(ms, run) {
    const timer = setTimeout(run, Math.min(ms, 2 ** 31 - 1));
    return () => clearTimeout(timer);
  },
};

/** Work done again and again: when woken, and every `pollMs` whether woken or not, because a wake-up may have been lost. */
export interface Loop {
  /** Also after a stop. */
  start(): void;
  /** There is something to do: runs at once, or once more after the run under way. */
  wake(): void;
  /** Resolves when the run under way, and those it was woken for, are over. */
  idle(): Promise<void>;
  stop(): Promise<void>;
}

export interface LoopOptions {
  /** For the log: "checks", "scheduling". */
  readonly name: string;
  readonly pollMs: number;
  /** Does what there is to do. Gives how long there will be nothing, in ms, when it knows; `pollMs` is the longest. */
  readonly run: () => Promise<number | undefined>;
  readonly timers: Timers;
  readonly logger: Logger;
}

const AFTER_FAILURE_MS = [500, 2_000, 10_000] as const;

export function createLoop({ name, pollMs, run, timers, logger }: LoopOptions): Loop {
  let state: 'new' | 'going' | 'stopped' = 'new';
  let woken = false;
  let busy = false;
  let running: Promise<void> = Promise.resolve();
  let failures = 0;
  let cancelTimer = (): void => undefined;

  async function runUntilQuiet(): Promise<void> {
    let pause: number | undefined;
    busy = true;
    do {
      woken = false;
      try {
        pause = await run();
        failures = 0;
      } catch (error) {
        pause = AFTER_FAILURE_MS[Math.min(failures, AFTER_FAILURE_MS.length - 1)];
        failures += 1;
        // Said by the storage's own watch, once for all who meet it.
        if (!isStorageFailure(error)) logger.error(`${name}: ${errorText(error)}`);
      }
    } while (woken && failures === 0 && state === 'going');
    busy = false;
    if (state === 'going') cancelTimer = timers.after(Math.max(0, Math.min(pause ?? pollMs, pollMs)), wake);
  }

  function wake(): void {
    woken = true;
    if (state !== 'going' || busy) return;
    cancelTimer();
    running = runUntilQuiet();
  }

  return {
    start() {
      if (state === 'going') return;
      state = 'going';
      wake();
    },
    wake,
    async idle() {
      while (busy) await running;
    },
    async stop() {
      state = 'stopped';
      cancelTimer();
      await running;
    },
  };
}
