/**
 * Worker tokens that somebody ended. They are kept in the database; each server looks there often, and at once when it is the one that was told. What connections
 * have such a token are closed.
 */
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { ServerQueue } from '../../queue/queue.ts';
import type { WorkerStore } from '../../store/worker-store.ts';
import { createLoop, type Loop, type Timers } from '../loops/loop.ts';
import { REVOKED } from './worker-tokens.ts';

const POLL_MS = 2_000;

export interface RevokedTokens {
  has(token: string): boolean;
  /** Looks for what others revoked. */
  refresh(): Promise<void>;
}

/** To be refreshed before workers are let in. */
export function createRevokedTokens(store: Pick<WorkerStore, 'revokedWorkerTokens'>, clock: Clock): RevokedTokens {
  let revoked: ReadonlySet<string> = new Set();
  return {
    has: (token) => revoked.has(token),
    async refresh() {
      revoked = new Set(await store.revokedWorkerTokens(clock.now()));
    },
  };
}

export function createRevocationLoop(parts: {
  readonly revoked: RevokedTokens;
  readonly queue: Pick<ServerQueue, 'refuse'>;
  readonly timers: Timers;
  readonly logger: Logger;
}): Loop {
  const { revoked, queue, timers, logger } = parts;
  return createLoop({
    name: 'revoked worker tokens',
    pollMs: POLL_MS,
    timers,
    logger,
    async run() {
      await revoked.refresh();
      queue.refuse(({ token }) => token !== undefined && revoked.has(token), REVOKED);
      return undefined;
    },
  });
}
