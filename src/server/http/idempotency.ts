import type { Clock, Instant } from '../../lib/clock.ts';

const KEPT_MS = 10 * 60_000;
const MAX_KEPT = 1_000;
export const MAX_KEY_LENGTH = 200;

/**
 * A request that changes something may carry `Idempotency-Key`: the same key from the same person for the same route within ten minutes is
 * answered with what the first was answered, and done once. Refusals are not kept, so that a mended request can use its key again.
 */
export interface IdempotencyKeys {
  once(scope: string, key: string | undefined, run: () => Promise<unknown>): Promise<unknown>;
}

export function createIdempotencyKeys(clock: Clock): IdempotencyKeys {
  const kept = new Map<string, { readonly answer: Promise<unknown>; readonly at: Instant }>();

  function sweep(): void {
    for (const [name, { at }] of kept) {
      if (kept.size <= MAX_KEPT && at > clock.now() - KEPT_MS) return;
      kept.delete(name);
    }
  }

  return {
    once(scope, key, run) {
      if (key === undefined) return run();
      sweep();
      const name = JSON.stringify([scope, key]);
      const before = kept.get(name);
      if (before !== undefined) return before.answer;
      const answer = run();
      kept.set(name, { answer, at: clock.now() });
      answer.catch(() => kept.delete(name));
      return answer;
    },
  };
}
