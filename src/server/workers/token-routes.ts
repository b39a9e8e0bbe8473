import type { Clock } from '../../lib/clock.ts';
import { CodedError } from '../../lib/coded-error.ts';
import type { Logger } from '../../lib/logger.ts';
import type { WorkerTokenView } from '../../protocol/workers.ts';
import type { Store } from '../../store/store.ts';
import type { WorkerTokenRecord } from '../../store/worker-store.ts';
import type { Handlers } from '../http/call.ts';
import { notFound } from '../http/problems.ts';
import type { Loop } from '../loops/loop.ts';
import type { Wakeups } from '../wakeups.ts';
import { retryOptions } from './retry-options.ts';

export interface TokenRouteParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly wakeups: Wakeups;
  readonly errorRetries: number;
  /** Turns the workers of revoked tokens away. */
  readonly revocations: Pick<Loop, 'wake'>;
}

export function workerTokenRoutes(parts: TokenRouteParts): Handlers<'listWorkerTokens' | 'revokeWorkerToken'> {
  const { store, clock, logger, wakeups, errorRetries, revocations } = parts;

  async function list(): Promise<WorkerTokenView[]> {
    const [tokens, workers] = await Promise.all([store.listWorkerTokens(), store.listWorkers()]);
    return tokens.map((token) => ({
      ...viewOf(token),
      workers: workers.filter(({ tokenId }) => tokenId === token.id).map(({ id, name }) => ({ id, name })),
    }));
  }

  return {
    listWorkerTokens: () => list(),
    async revokeWorkerToken({ principal, params: { token: id } }) {
      if (!TOKEN_ID.test(id))
        throw noTokenId(
          id,
          (await store.listWorkers()).filter(({ name }) => name === id),
        );
      principal.about({ target: `worker token ${id}` });
      const cut = await store.revokeWorkerToken(id, principal.name, retryOptions(clock, errorRetries, wakeups));
      logger.info('a worker token was revoked', { token: id, by: principal.name });
      revocations.wake();
      for (const { buildId, pipelineId } of cut) {
        wakeups.build(buildId);
        wakeups.schedule(pipelineId);
      }
      wakeups.work();
      wakeups.feed();
      const view = (await list()).find((token) => token.id === id);
      if (view === undefined) throw notFound(`worker token "${id}"`);
      return view;
    },
  };
}

/** Tokens that nobody has shown yet can be revoked, so an id need not be known: but it has to be one. */
const TOKEN_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What was given may be the token itself: it is not repeated. */
function noTokenId(given: string, named: readonly { readonly tokenId?: string | undefined }[]): CodedError {
  const ids = [...new Set(named.flatMap(({ tokenId }) => (tokenId === undefined ? [] : [tokenId])))];
  if (named.length === 0) {
    return new CodedError('api.bad_request', 'this is not the id of a worker token, and nothing was revoked', {
      hint: 'pikoci workers tokens lists them with their ids; pikoci worker-token said it when the token was made',
    });
  }
  return new CodedError('api.bad_request', `${given} is a worker and not the id of a token, and nothing was revoked`, {
    hint:
      ids.length === 0
        ? 'it is the worker beside a server, which has none'
        : `the token that it has shown: pikoci workers revoke ${ids.join(', or ')}`,
  });
}

function viewOf(token: WorkerTokenRecord): Omit<WorkerTokenView, 'workers'> {
  const { id, team, tags, expiresAt, firstSeenAt, lastSeenAt, revokedBy, revokedAt } = token;
  return {
    id,
    ...(team !== undefined && { team }),
    ...(tags !== undefined && { tags: [...tags] }),
    ...(expiresAt !== undefined && { expiresAt }),
    ...(firstSeenAt !== undefined && { firstSeenAt }),
    ...(lastSeenAt !== undefined && { lastSeenAt }),
    ...(revokedBy !== undefined && revokedAt !== undefined && { revoked: { by: revokedBy, at: revokedAt } }),
  };
}
