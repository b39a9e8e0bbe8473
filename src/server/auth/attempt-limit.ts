import type { Clock, Instant } from '../../lib/clock.ts';
import { CodedError } from '../../lib/coded-error.ts';

const MAX_ADDRESSES = 10_000;

/**
 * Slows down guessing: after `burst` failures an address may fail once more every `refillMs`. A token bucket per address; only failures
 * take from it, so that nobody who knows his token is ever slowed by himself.
 */
export interface AttemptLimit {
  /** Throws `auth.rate_limited` when this address has used up its failures. */
  check(address: string): void;
  failed(address: string): void;
}

export function createAttemptLimit(clock: Clock, burst = 20, refillMs = 3_000): AttemptLimit {
  const buckets = new Map<string, { used: number; at: Instant }>();

  function usedBy(address: string): number {
    const bucket = buckets.get(address);
    return bucket === undefined ? 0 : Math.max(0, bucket.used - (clock.now() - bucket.at) / refillMs);
  }

  return {
    check(address) {
      if (usedBy(address) + 1 <= burst) return;
      throw new CodedError('auth.rate_limited', 'too many failed attempts to sign in from this address', {
        hint: `try again in ${Math.ceil(refillMs / 1_000)} seconds`,
      });
    },
    failed(address) {
      const used = usedBy(address) + 1;
      buckets.delete(address);
      buckets.set(address, { used, at: clock.now() });
      const oldest = buckets.keys().next().value;
      if (buckets.size > MAX_ADDRESSES && oldest !== undefined) buckets.delete(oldest);
    },
  };
}
