/** Takes what workers emit: events of attempts and results of checks. Each is stored first, then told to whoever waits for it. */
import type { Clock } from '../../lib/clock.ts';
import { CodedError } from '../../lib/coded-error.ts';
import type { AttemptId, WorkerId } from '../../lib/ids.ts';
import type { Logger } from '../../lib/logger.ts';
import { createBufferToll } from '../../lib/system/buffer-toll.ts';
import { decodeEmitted, MessageError } from '../../protocol/codec.ts';
import type { EventBatch } from '../../protocol/events.ts';
import type { CheckResult } from '../../protocol/messages.ts';
import type { Sender } from '../../queue/queue.ts';
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

/** Attempts whose worker is remembered: it never changes. The one remembered longest makes room. */
const REMEMBERED = 10_000;

/**
 * What is missing came before the message and will not come again, and what no column holds will never fit: taking such a message again would stop all
 * that its worker has to tell.
 */
const FOR_EVER: ReadonlySet<string> = new Set(['store.event_gap', 'store.unstorable']);

type IngestHandler = (body: Uint8Array, from: Pick<Sender, 'worker'>) => Promise<void>;

export interface Ingest {
  /** For the queue. What cannot be read is set aside, and a person may have it taken again. */
  readonly ingest: IngestHandler;
  /** Throws MessageError for what cannot be read. */
  readonly take: IngestHandler;
}

export function createIngest(parts: IngestParts): Ingest {
  const { store, clock, logger, channels, wakeups } = parts;

  const workers = new Map<string, WorkerId>();

  /** Whose attempt it is; `undefined` for one that is not there, which the store refuses. */
  async function workerOf(attempt: string): Promise<WorkerId | undefined> {
    const known = workers.get(attempt) ?? (await store.attemptPlace(attempt as AttemptId))?.workerId;
    if (known === undefined || workers.has(attempt)) return known;
    workers.set(attempt, known);
    const [oldest] = workers.keys();
    if (workers.size > REMEMBERED && oldest !== undefined) workers.delete(oldest);
    return known;
  }

  async function orSetAside<T>(take: () => Promise<T>): Promise<T> {
    try {
      return await take();
    } catch (error) {
      if (error instanceof CodedError && FOR_EVER.has(error.code)) throw new MessageError(error.message, error);
      throw error;
    }
  }

  async function events(batch: EventBatch, from: Pick<Sender, 'worker'>): Promise<void> {
    const owner = await workerOf(batch.attempt);
    if (owner !== undefined && owner !== from.worker) {
      throw new MessageError(`events of attempt ${batch.attempt}, which another worker runs`);
    }
    const result = await orSetAside(() => store.appendEvents(batch, retryOptions(clock, parts.errorRetries, wakeups)));
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
    wakeups.events(buildId);
    if (moved) wakeups.feed();
    if (result.build === undefined) return;
    const { job, number, status, pipeline } = result.build;
    logger.info(`build ${status}`, { pipeline, job, number });
    wakeups.schedule(pipelineId, { jobs: [job], resources: [] });
    wakeups.work('build');
  }

  async function checked(result: CheckResult, from: Pick<Sender, 'worker'>): Promise<void> {
    const { accepted, newVersions, pipelineId, address } = await orSetAside(() =>
      store.finishCheck(result, from.worker as WorkerId),
    );
    if (!accepted) return;
    if (result.problem !== undefined) logger.warn(`a check failed: ${result.problem.message}`, { check: result.check });
    if (newVersions > 0 && pipelineId !== undefined) {
      wakeups.schedule(pipelineId, address === undefined ? undefined : { jobs: [], resources: [address] });
    }
    wakeups.checks();
    wakeups.feed();
  }

  const toll = createBufferToll();

  async function take(body: Uint8Array, from: Pick<Sender, 'worker'>): Promise<void> {
    toll(body.byteLength);
    const message = decodeEmitted(body);
    if (message.kind === 'events') await events(message.batch, from);
    else await checked(message, from);
  }

  const told = new Set<string>();

  /** Once for each worker and kind of trouble: who sends one such message sends many. */
  function tell(error: MessageError, from: Pick<Sender, 'worker'>): void {
    const key = `${from.worker} ${kindOf(error)}`;
    if (told.has(key)) return;
    told.add(key);
    const [oldest] = told;
    if (told.size > REMEMBERED && oldest !== undefined) told.delete(oldest);
    logger.warn(`a message of a worker was set aside: ${error.message}`, {
      worker: from.worker,
      more: 'pikoci queue poison list',
    });
  }

  return {
    take,
    ingest: async (body, from) => {
      try {
        await take(body, from);
      } catch (error) {
        if (!(error instanceof MessageError)) throw error;
        tell(error, from);
        const workerId = from.worker as WorkerId;
        await store.savePoison({ at: clock.now(), workerId, problem: error.message, body: body.slice() });
        wakeups.feed();
      }
    },
  };
}

/** Without the names and numbers of the one message. */
const kindOf = (error: MessageError): string => error.message.replace(/[0-9a-f]{8}-[0-9a-f-]{27}|\d+/g, '');
