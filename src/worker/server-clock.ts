/** The time as the servers have it. What a worker tells of has its times from here, so that the log of a build is right where a machine's clock is not. */
import { type Clock, type Instant, systemClock } from '../lib/clock.ts';

export interface ServerClock extends Clock {
  /** Our own, which a hello tells. */
  own(): Instant;
  /** A server found our clock so far ahead of its own; we had its answer after so long. */
  measured(aheadMs: number, withinMs: number): void;
}

/** Less is no clock that is wrong: a message takes its time, and what is right need not jump. */
const LEAST_MS = 2_000;

export function createServerClock(own: Clock = systemClock): ServerClock {
  let aheadMs = 0;
  return {
    own: () => own.now(),
    now: () => own.now() - aheadMs,
    measured(found, withinMs) {
      // On its way the hello may have been for as long as the answer took: by so much it may look behind and is not.
      if (Math.abs(found - aheadMs) > Math.max(LEAST_MS, withinMs)) aheadMs = found;
    },
  };
}
