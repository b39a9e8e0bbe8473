/** Takes what workers emit: events of attempts and results of checks. Each is stored first, then told to whoever waits for it. */
import type { Clock } from '../../lib/clock.ts';
import { CodedError } from '../../lib/coded-error.ts';
import type { AttemptId } from '../../lib/ids.ts';
import type { Logger } from '../../lib/logger.ts';
import { decodeEmitted, MessageError } from '../../protocol/codec.ts';
import type { EventBatch } from '../../protocol/events.ts';
import type { CheckResult } from '../../protocol/messages.ts';
import type { Sender } from '../../queue/queue.ts';
import type { AppendResult } from '../../store/attempt-store.ts';
import type { Store } from '../../store/store.ts';
import type { BuildChannels } from '../live/build-channels.ts';
import type { Wakeups } from '../wakeups.ts';
import { retryOptions } from './retry-options.ts';

export interface IngestParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly channels: BuildChannels;
  readonly wakeups: Wakeups;
  readonly errorRetries: number;
}

export type IngestHandler = (body: Uint8Array, from: Sender) => Promise<void>;

export function createIngest(parts: IngestParts): IngestHandler {
  const { store, clock, logger, channels, wakeups } = parts;

  async function append(batch: EventBatch): Promise<AppendResult> {
    try {
      return await store.appendEvents(batch, retryOptions(clock, parts.errorRetries, wakeups));
    } catch (error) {
      // What is missing came before this message and will not come again: taking it again would stop this worker's messages for ever.
      if (error instanceof CodedError && error.code === 'store.event_gap') throw new MessageError(error.message, error);
      throw error;
    }
  }

  async function events(batch: EventBatch): Promise<void> {
    const result = await append(batch);
    const { buildId, pipelineId } = result;
    if (buildId === undefined || pipelineId === undefined) return;
    const moved = result.events.some(({ event }) => event.kind === 'attempt_started' || event.kind === 'attempt_ended');
    if (moved) wakeups.build(buildId);
    channels.publish(buildId, {
      kind: 'events',
      attempt: batch.attempt as AttemptId,
      from: batch.first,
      to: result.lastEvent,
      events: result.events,
      chunks: result.chunks,
    });
    if (moved) wakeups.feed();
    if (result.build === undefined) return;
    const { job, number, status, pipeline } = result.build;
    logger.info(`build ${status}`, { pipeline, job, number });
    wakeups.schedule(pipelineId);
    wakeups.work();
  }

  async function checked(result: CheckResult): Promise<void> {
    const { accepted, newVersions, pipelineId } = await store.finishCheck(result);
    if (!accepted) return;
    if (result.problem !== undefined) logger.warn(`a check failed: ${result.problem.message}`, { check: result.check });
    if (newVersions > 0 && pipelineId !== undefined) wakeups.schedule(pipelineId);
    wakeups.checks();
    wakeups.feed();
  }

  return async (body) => {
    const message = decodeEmitted(body);
    if (message.kind === 'events') await events(message.batch);
    else await checked(message);
  };
}
