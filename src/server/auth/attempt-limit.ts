import type { Clock, Instant } from '../../lib/clock.ts';
import { CodedError } from '../../lib/coded-error.ts';

const MAX_ADDRESSES = 10_000;

/**
 * Slows down guessing: after `burst` failures an address may fail once more every `refillMs`. A token bucket per address; only failures
 * take from it, so that nobody who knows his token is ever slowed by himself. Servers of one database tell each other of failures (servers/neighbours.ts), so that
 * going from one to the other does not give more of them.
 */
export interface AttemptLimit {
  /** Throws `auth.rate_limited` when this address has used up its failures. */
  check(address: string): void;
  failed(address: string): void;
  /** At another server it has used up that many. */
  failedElsewhere(address: string, used: number): void;
}

export interface AttemptLimitOptions {
  readonly burst?: number;
  readonly refillMs?: number;
  /** Tells the other servers how many an address has used up. */
  readonly tell?: (address: string, used: number) => void;
}

export function createAttemptLimit(clock: Clock, options: AttemptLimitOptions = {}): AttemptLimit {
  const { burst = 20, refillMs = 3_000, tell } = options;
  const buckets = new Map<string, { used: number; at: Instant }>();

  function usedBy(address: string): number {
    const bucket = buckets.get(address);
    return bucket === undefined ? 0 : Math.max(0, bucket.used - (clock.now() - bucket.at) / refillMs);
  }

  function keep(address: string, used: number): void {
    buckets.delete(address);
    buckets.set(address, { used, at: clock.now() });
    const oldest = buckets.keys().next().value;
    if (buckets.size > MAX_ADDRESSES && oldest !== undefined) buckets.delete(oldest);
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
      keep(address, used);
      tell?.(address, used);
    },
    failedElsewhere(address, used) {
      // Also what we said ourselves and hear again.
      if (used > usedBy(address)) keep(address, used);
    },
  };
}
