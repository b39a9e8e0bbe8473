/**
 * Works through the inbox of webhooks: of each repository in the order in which they came, several repositories at a time. One server of a database does it at a time,
 * and says so again while it does. What was begun and not ended, by a crash or because something did not answer, is begun again.
 */
import type { ForgeEvent } from '../../integrations/forge-event.ts';
import type { Clock } from '../../lib/clock.ts';
import { CodedError, errorText } from '../../lib/coded-error.ts';
import type { RepositoryId } from '../../lib/ids.ts';
import type { Logger } from '../../lib/logger.ts';
import type { EventOutcome } from '../../protocol/repositories.ts';
import type { DeliveryRecord, RepositoryRecord, RepositoryStore } from '../../store/repository-store.ts';
import { createLoop, type Loop, type Timers } from '../loops/loop.ts';
import type { ForgesInUse } from '../repositories/forges-in-use.ts';
import type { RepositoryBuilds } from '../repositories/repository-builds.ts';
import { isStorageFailure } from '../storage-health.ts';
import { unpackBody } from './kept-body.ts';

export interface DeliveryParts {
  readonly store: RepositoryStore;
  readonly forges: ForgesInUse;
  readonly builds: RepositoryBuilds;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  /** Told when something ended. */
  readonly onEnded: () => void;
  /** Whether this server is the one that does it, for so long. */
  readonly claim: (ms: number) => Promise<boolean>;
  readonly release: () => Promise<void>;
}

const POLL_MS = 5_000;
const CLAIM_MS = 20_000;
const CLAIM_AGAIN_MS = 5_000;
const AT_A_TIME = 8;
const LOOK_FOR = 64;

/** After a failure that passes by itself; the last is said again until `MOST_TRIES`. */
const PAUSES_MS = [2_000, 10_000, 60_000, 300_000] as const;
const MOST_TRIES = 12;
const PASSES_BY_ITSELF: ReadonlySet<string> = new Set([
  ...['forge.unreachable', 'forge.failed', 'forge.rate_limited', 'sign_in.unreachable'],
]);

export function createDeliveryLoop(parts: DeliveryParts): Loop {
  const { store, clock, timers, logger } = parts;
  const busy = new Map<RepositoryId, Promise<void>>();
  let claimedUntil = 0;
  let cancelRenewal = (): void => undefined;

  async function claim(): Promise<boolean> {
    const now = clock.now();
    if (now < claimedUntil - CLAIM_MS + CLAIM_AGAIN_MS) return true;
    if (!(await parts.claim(CLAIM_MS))) return false;
    claimedUntil = now + CLAIM_MS;
    return true;
  }

  /** While something takes long, nobody else may begin it. */
  function renew(): void {
    cancelRenewal();
    cancelRenewal = timers.after(CLAIM_AGAIN_MS, () => {
      if (busy.size === 0) return;
      claim().catch((error: unknown) => logger.warn(`webhooks: ${errorText(error)}`));
      renew();
    });
  }

  const loop = createLoop({
    name: 'webhooks',
    pollMs: POLL_MS,
    timers,
    logger,
    async run() {
      if (busy.size >= AT_A_TIME || !(await claim())) return undefined;
      const now = clock.now();
      const found = await store.pendingDeliveries({ now, busy: [...busy.keys()], limit: LOOK_FOR });
      const byRepository = Map.groupBy(found, ({ repositoryId }) => repositoryId);
      for (const [id, deliveries] of byRepository) {
        if (busy.size >= AT_A_TIME) break;
        busy.set(id, work(id, deliveries));
      }
      if (busy.size > 0) {
        renew();
        return undefined;
      }
      const next = await store.nextDeliveryAt(now);
      return next === undefined ? undefined : Math.max(0, next - clock.now());
    },
  });

  async function work(id: RepositoryId, deliveries: readonly DeliveryRecord[]): Promise<void> {
    try {
      for (const delivery of deliveries) if (stopping || !(await done(delivery))) break;
    } catch (error) {
      if (!isStorageFailure(error)) logger.error(`webhooks: ${errorText(error)}`);
      // The database is asked again after the pause of the loop.
      busy.delete(id);
      return;
    }
    busy.delete(id);
    loop.wake();
  }

  /** False: it has to be tried again, and what is behind it waits. */
  async function done(delivery: DeliveryRecord): Promise<boolean> {
    try {
      const outcome = await outcomeOf(delivery);
      await store.endDelivery(delivery.id, { outcome }, clock.now());
      parts.onEnded();
      return true;
    } catch (error) {
      if (isStorageFailure(error)) throw error;
      const problem = problemOf(error);
      if (!(error instanceof CodedError)) logger.error(`webhook ${delivery.id}: ${errorText(error)}`, stackOf(error));
      const pause = PAUSES_MS[Math.min(delivery.tries, PAUSES_MS.length - 1)] ?? 0;
      if (PASSES_BY_ITSELF.has(problem.code) && delivery.tries + 1 < MOST_TRIES) {
        await store.postponeDelivery(delivery.id, clock.now() + pause, problem);
        return false;
      }
      await store.endDelivery(delivery.id, { problem }, clock.now());
      parts.onEnded();
      return true;
    }
  }

  async function outcomeOf(delivery: DeliveryRecord): Promise<EventOutcome> {
    const repository = await store.getRepository(delivery.repositoryId);
    const forge = repository && parts.forges.named(repository.provider);
    if (repository?.active !== true || forge === undefined) return nothing('the repository was switched off meanwhile');
    const kept = await store.getDelivery(delivery.id);
    if (kept?.body === undefined) return nothing('what the forge sent is not kept any more');
    const event = forge.readEvent(delivery.event, unpackBody(kept.body));
    if (event.kind === 'ignored') return nothing(event.why);
    if (event.repository.id !== repository.forgeId) return nothing(`it is about ${event.repository.fullName}`);
    const current = await follow(repository, event);
    if (event.kind === 'ping') return nothing('the forge reaches this server');
    return parts.builds.buildEvent(current, event, delivery);
  }

  /** A repository keeps its id and changes its name. */
  async function follow(
    repository: RepositoryRecord,
    { repository: told }: Exclude<ForgeEvent, { kind: 'ignored' }>,
  ): Promise<RepositoryRecord> {
    const { fullName, private: isPrivate, defaultBranch, cloneUrl, webUrl } = told;
    const changed = { fullName, private: isPrivate, defaultBranch, cloneUrl, webUrl };
    const same = Object.entries(changed).every(([name, value]) => repository[name as keyof typeof changed] === value);
    if (same) return repository;
    await store.changeRepository(repository.id, changed);
    return { ...repository, ...changed };
  }

  let stopping = false;
  return {
    start() {
      stopping = false;
      loop.start();
    },
    wake: () => loop.wake(),
    async idle() {
      await loop.idle();
      while (busy.size > 0) {
        await Promise.all(busy.values());
        await loop.idle();
      }
    },
    async stop() {
      stopping = true;
      await loop.stop();
      await Promise.all(busy.values());
      cancelRenewal();
      if (claimedUntil === 0) return;
      claimedUntil = 0;
      await parts.release().catch(() => undefined);
    },
  };
}

const nothing = (why: string): EventOutcome => ({ builds: [], notes: [why] });

function problemOf(error: unknown): { code: string; message: string; hint?: string } {
  if (!(error instanceof CodedError)) return { code: 'server.bug', message: 'something went wrong inside the server' };
  const { code, message, hint } = error;
  return { code, message, ...(hint !== undefined && { hint }) };
}

function stackOf(error: unknown): { stack?: string } {
  return error instanceof Error && error.stack !== undefined ? { stack: error.stack } : {};
}
