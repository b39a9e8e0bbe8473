/**
 * Deletes builds and logs that are kept no longer. A round goes through all jobs, and then the logs; it is cut into turns of a fraction of a second with pauses
 * between them, and each command of a turn is small, so that the server is never blocked.
 */
import type { Clock } from '../../lib/clock.ts';
import type { BuildId, JobId } from '../../lib/ids.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Store } from '../../store/store.ts';
import type { Revisions } from '../pipelines/revisions.ts';
import { limitsOf, logsEndedBefore, type RetentionSettings, ruleOf } from '../retention/rules.ts';
import type { OneAtATime } from '../servers/one-at-a-time.ts';
import type { Wakeups } from '../wakeups.ts';
import { createLoop, type Loop, type Timers } from './loop.ts';

const ROUND_EVERY_MS = 15 * 60_000;
const TURN_MS = 200;
const PAUSE_MS = 200;
/** Of a turn. */
const LEASE_MS = 60_000;
const BUILDS_AT_ONCE = 5;
const LOG_BYTES_AT_ONCE = 4 * 1024 * 1024;

/** A store in this process answers before anybody else gets a turn. */
const othersToo = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export interface RetentionParts {
  readonly store: Store;
  readonly revisions: Revisions;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly wakeups: Pick<Wakeups, 'feed'>;
  readonly settings: RetentionSettings;
  readonly oneAtATime: OneAtATime;
}

export function createRetention(parts: RetentionParts): Loop {
  const { store, revisions, clock, timers, logger, wakeups, settings, oneAtATime } = parts;
  let round: AsyncGenerator<void> | undefined;
  let deleted = { builds: 0, logs: 0 };

  async function* wholeRound(): AsyncGenerator<void> {
    for (const pipeline of await store.listPipelines()) {
      const revision = await revisions.get(pipeline.revisionId);
      for (const job of await store.listJobs(pipeline.id)) {
        const rule = ruleOf(limitsOf(revision.job(job.name), settings), clock.now());
        if (rule !== undefined) yield* deleteBuilds(job.id, rule);
        yield;
      }
    }
    yield* deleteLogs();
  }

  async function* deleteBuilds(jobId: JobId, rule: NonNullable<ReturnType<typeof ruleOf>>): AsyncGenerator<void> {
    for (let after = 0; ; ) {
      const expired = await store.expiredBuilds({ jobId, rule, after, limit: BUILDS_AT_ONCE });
      for (const { id } of expired) yield* trimLog(id);
      if (expired.length > 0) {
        await store.deleteBuilds(
          expired.map(({ id }) => id),
          clock.now(),
        );
        deleted.builds += expired.length;
        yield;
      }
      after = expired.at(-1)?.number ?? after;
      if (expired.length < BUILDS_AT_ONCE) return;
    }
  }

  async function* deleteLogs(): AsyncGenerator<void> {
    const before = logsEndedBefore(settings, clock.now());
    if (before === undefined) return;
    for (;;) {
      const expired = await store.expiredLogs(before, BUILDS_AT_ONCE);
      for (const id of expired) {
        yield* trimLog(id);
        await store.markLogDeleted(id, clock.now());
        deleted.logs += 1;
        yield;
      }
      if (expired.length < BUILDS_AT_ONCE) return;
    }
  }

  async function* trimLog(id: BuildId): AsyncGenerator<void> {
    while (await store.trimLog(id, LOG_BYTES_AT_ONCE)) yield;
  }

  return createLoop({
    name: 'retention',
    pollMs: ROUND_EVERY_MS,
    timers,
    logger,
    run: oneAtATime('retention', LEASE_MS, async () => {
      round ??= wholeRound();
      const until = performance.now() + TURN_MS;
      try {
        while (performance.now() < until) {
          if ((await round.next()).done !== true) {
            await othersToo();
            continue;
          }
          round = undefined;
          if (deleted.builds + deleted.logs > 0) {
            logger.info('what is kept no longer was deleted', deleted);
            wakeups.feed();
          }
          deleted = { builds: 0, logs: 0 };
          return undefined;
        }
      } catch (error) {
        // It begins anew.
        round = undefined;
        throw error;
      }
      return PAUSE_MS;
    }),
  });
}
