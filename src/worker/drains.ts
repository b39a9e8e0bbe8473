/** Why a worker takes nothing new, who wants that, and what comes of it. */
import { formatDuration } from '../lib/duration.ts';
import { linkSignals } from '../lib/linked-signal.ts';
import type { DrainWish } from '../protocol/messages.ts';
import type { WorkerOptions } from './worker.ts';

export interface Drains {
  /** What is still running is to be cancelled: it was told to stop, or it drained for too long. */
  readonly stop: AbortSignal;
  /** It is to finish what it runs, take nothing new, and leave. */
  readonly leaving: AbortSignal;
  /** What the servers want, as often as they say it. They grant nothing to one that is to stay: nothing is to be done about that here. */
  wanted(wish: DrainWish | undefined): void;
  end(): void;
}

export function createDrains({
  drain,
  drainTimeoutMs = 0,
  stop: told,
  logger,
}: Pick<WorkerOptions, 'drain' | 'drainTimeoutMs' | 'stop' | 'logger'>): Drains {
  const sentAway = new AbortController();
  const tooLong = new AbortController();
  const linkedLeave = linkSignals(sentAway.signal, ...(drain === undefined ? [] : [drain]));
  const linkedStop = linkSignals(told, tooLong.signal);
  const leaving = linkedLeave.signal;
  let by: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  const limit = (): void => {
    if (drainTimeoutMs === 0) return;
    timer = setTimeout(() => {
      logger.warn(`still not finished after ${formatDuration(drainTimeoutMs)} of draining: cancelling what runs`);
      tooLong.abort();
    }, drainTimeoutMs);
  };
  if (leaving.aborted) limit();
  else leaving.addEventListener('abort', limit, { once: true });
  return {
    stop: linkedStop.signal,
    leaving,
    wanted(wish) {
      if (wish?.by === by && wish?.leave !== true) return;
      if (wish === undefined) logger.info('resumed: taking work again');
      else if (wish.leave && !leaving.aborted) {
        logger.info(`drained by ${wish.by}: finishing what runs, then leaving`);
        sentAway.abort();
      } else if (!wish.leave) {
        logger.info(
          `drained by ${wish.by}: finishing what runs, taking nothing new until somebody says pikoci workers resume`,
        );
      }
      by = wish?.by;
    },
    end() {
      clearTimeout(timer);
      linkedLeave[Symbol.dispose]();
      linkedStop[Symbol.dispose]();
    },
  };
}
