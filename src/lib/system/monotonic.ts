import { bootTimeNs } from './libc.ts';

/** Milliseconds from an arbitrary start; never goes back, whatever is done to the wall clock. */
export type MonotonicClock = () => number;

/**
 * The clock for leases and time limits. Unlike `performance.now()` on Linux it counts the time the machine slept: a worker
 * whose lid was closed must wake up knowing that its lease is over.
 */
export const monotonicMs: MonotonicClock =
  process.platform === 'linux' ? () => Number(bootTimeNs() / 1000n) / 1000 : () => performance.now();
