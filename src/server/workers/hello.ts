/** What a worker's first words come to: it is welcome, or it is told why not. */
import type { Clock } from '../../lib/clock.ts';
import { writeDuration } from '../../lib/duration.ts';
import type { AttemptId, WorkerId } from '../../lib/ids.ts';
import type { Logger } from '../../lib/logger.ts';
import { type HelloRequest, PROTOCOL_VERSION, type ServerAnswer, type WorkKind } from '../../protocol/messages.ts';
import { versionSkew } from '../../protocol/version-skew.ts';
import type { Sender } from '../../queue/queue.ts';
import type { Store } from '../../store/store.ts';
import type { ServerSettings } from '../settings.ts';
import type { Wakeups } from '../wakeups.ts';
import type { ConnectedWorkers } from './connected-workers.ts';
import { refused } from './refused.ts';
import { retryOptions } from './retry-options.ts';

export interface HelloParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: Pick<ServerSettings, 'instance' | 'version' | 'leaseMs' | 'errorRetries'>;
  readonly wakeups: Wakeups;
  readonly connected: ConnectedWorkers;
}

const RENEWALS_PER_LEASE = 6;
/** Clocks that differ by less show nothing odd to anybody. */
const CLOCK_SKEW_MS = 60_000;

export function createHello(
  parts: HelloParts,
): (request: HelloRequest, from: Sender, signal: AbortSignal) => Promise<ServerAnswer> {
  const { store, clock, logger, settings, wakeups, connected } = parts;

  function refusal(request: HelloRequest, from: Sender): ServerAnswer | undefined {
    const skew = versionSkew({ version: settings.version, protocol: PROTOCOL_VERSION }, request);
    if (skew !== undefined) return refused('worker.version', skew.message, skew.hint);
    const foreign = request.tags.filter((tag) => from.tags?.includes(tag) === false);
    if (foreign.length === 0) return undefined;
    return refused(
      'worker.tags',
      `its token does not let it have the tag${foreign.length === 1 ? '' : 's'} ${foreign.join(', ')}`,
      `leave it out, or make a token with it; this one has ${from.tags?.join(', ') || 'none'}`,
    );
  }

  function tellClock(request: HelloRequest, ahead: number): void {
    if (Math.abs(ahead) < CLOCK_SKEW_MS) return;
    logger.warn(
      `the clock of worker ${request.name} is ${writeDuration(Math.round(Math.abs(ahead) / CLOCK_SKEW_MS) * CLOCK_SKEW_MS)} ${ahead > 0 ? 'ahead' : 'behind'}: the times in its logs are corrected by that; leases do not depend on it`,
    );
  }

  return async (request, from, signal) => {
    const clockAheadMs = request.now === undefined ? 0 : request.now - clock.now();
    const no = refusal(request, from);
    const { name, version, tags, slots, sealKey } = request;
    if (no?.kind === 'refused') {
      logger.warn(`a worker was refused: ${no.problem.message}`, { worker: name });
      return no;
    }
    const id = from.worker as WorkerId;
    const rival = await connected.rivalOf(id, sealKey, signal);
    if (rival !== undefined) {
      const where = rival.address === undefined ? '' : ` at ${rival.address}`;
      logger.warn('a worker was refused: another process is this worker already', { worker: name, id });
      return refused(
        'worker.twice',
        `another process is this worker already: ${rival.name}${where}, with the same worker-id in its data directory`,
        'a data directory belongs to one worker: give this one its own --data-dir, or remove the file worker-id from its copy',
      );
    }
    const teamId = from.team === undefined ? undefined : (await store.ensureTeam(from.team)).id;
    const { token, via, address } = from;
    if (token !== undefined) {
      await store.seeWorkerToken(
        { id: token, team: from.team, tags: from.tags, expiresAt: from.expiresAt },
        clock.now(),
      );
    }
    tellClock(request, clockAheadMs);
    const worker = await store.saveWorker(
      {
        ...{ id, name, version, teamId, tags, slots, via, address, tokenId: token },
        kinds: request.kinds?.filter((kind): kind is WorkKind => kind === 'build' || kind === 'check'),
        exclusive: request.exclusive === true,
        draining: request.draining,
        processKey: sealKey,
        session: connected.open(from),
      },
      clock.now(),
    );
    // What its journal says was cut off begins again now, and not when the lease runs out.
    const cut = await store.surrender(
      request.owed as AttemptId[],
      id,
      retryOptions(clock, settings.errorRetries, wakeups),
    );
    for (const { buildId, pipelineId } of cut) {
      wakeups.build(buildId);
      wakeups.schedule(pipelineId);
    }
    if (request.draining !== true) {
      logger.info('worker connected', { worker: name, slots, tags: tags.join(',') || undefined });
      await tellNamesakes(worker.id, name);
    }
    wakeups.work();
    wakeups.feed();
    return {
      kind: 'welcome',
      server: settings.instance,
      worker: id,
      protocol: PROTOCOL_VERSION,
      ...(worker.drain !== undefined && { drain: { by: worker.drain.by, leave: worker.drain.leave } }),
      clockAheadMs,
      renewEveryMs: Math.floor(settings.leaseMs / RENEWALS_PER_LEASE),
      selfFenceMs: settings.leaseMs - Math.floor(settings.leaseMs / RENEWALS_PER_LEASE),
    };
  };

  /** They are two workers, told apart by their ids: somebody may still have meant one. */
  async function tellNamesakes(id: WorkerId, name: string): Promise<void> {
    const others = (await store.listWorkers()).filter(
      (one) => one.name === name && one.id !== id && (one.status === 'running' || one.status === 'draining'),
    );
    if (others.length === 0) return;
    logger.info('another worker has the same name: they are told apart by their ids', {
      worker: name,
      ids: [id, ...others.map((one) => one.id)].join(' '),
    });
  }
}
