/** Notices that the clock was set, or that the machine slept: the wall clock and one that only counts went different ways. */
import type { Clock } from '../../lib/clock.ts';

/** Smaller steps are corrections that nothing here depends on. */
const JUMP_MS = 5_000;

/** By how much the clock jumped since it was asked last, forward or (negative) back; 0 when it went as time went. */
export function createClockWatch(clock: Clock, monotonic: () => number = () => performance.now()): () => number {
  let wall = clock.now();
  let counted = monotonic();
  return () => {
    const jumped = clock.now() - wall - (monotonic() - counted);
    wall = clock.now();
    counted = monotonic();
    return Math.abs(jumped) < JUMP_MS ? 0 : Math.round(jumped);
  };
}
