import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Store } from '../../store/store.ts';
import type { Wakeups } from '../wakeups.ts';
import { createLoop, type Loop, type Timers } from './loop.ts';

const EVERY_MS = 5_000;
const AT_ONCE = 100;

export interface ApprovalLoopParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly wakeups: Pick<Wakeups, 'build' | 'schedule' | 'feed'>;
}

/** Ends builds that nobody approved in time, those too whose time passed while no server ran. */
export function createApprovalEnds({ store, clock, timers, logger, wakeups }: ApprovalLoopParts): Loop {
  return createLoop({
    name: 'approvals',
    pollMs: EVERY_MS,
    timers,
    logger,
    async run() {
      const ended = await store.expireApprovals(clock.now(), AT_ONCE);
      for (const { id, pipelineId, pipeline, job, number } of ended) {
        logger.info('nobody approved a build in time', { pipeline, job, number });
        wakeups.build(id);
        wakeups.schedule(pipelineId);
      }
      if (ended.length > 0) wakeups.feed();
      const next = await store.nextApprovalEnd();
      return next === undefined ? undefined : Math.max(0, next - clock.now());
    },
  });
}
