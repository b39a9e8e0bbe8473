/**
 * Takes webhooks of forges: the bytes are read, the repository is looked up, the signature is checked over the bytes, and what is right is laid into the inbox; then it is
 * answered. Nothing is parsed here. Who asks for a repository that is not there is answered as who signs wrongly, after the same work.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { Forge } from '../../integrations/forge.ts';
import type { Clock } from '../../lib/clock.ts';
import { CodedError } from '../../lib/coded-error.ts';
import { type DeliveryId, newId, type RepositoryId } from '../../lib/ids.ts';
import type { RepositoryRecord, RepositoryStore } from '../../store/repository-store.ts';
import type { AttemptLimit } from '../auth/attempt-limit.ts';
import { notFound } from '../http/problems.ts';
import type { ForgesInUse } from '../repositories/forges-in-use.ts';
import type { HookSecrets } from '../repositories/hook-secrets.ts';
import type { Inbox } from './inbox.ts';
import { packBody } from './kept-body.ts';

export interface WebhookParts {
  readonly store: Pick<RepositoryStore, 'getRepository'>;
  readonly clock: Clock;
  readonly forges: ForgesInUse;
  readonly secrets: HookSecrets;
  readonly inbox: Inbox;
  readonly limit: AttemptLimit;
}

export interface Webhooks {
  /** A webhook that was sent to the address of a repository, or to one that may be that of several. Throws `api.not_found`, `auth.rate_limited`, `api.too_large`. */
  receive(ids: readonly string[], request: Request, address: string): Promise<Response>;
}

/** As many as GitHub sends. */
export const MAX_WEBHOOK_BYTES = 25 * 1024 * 1024;
const MAX_NAME = 255;

export function createWebhooks(parts: WebhookParts): Webhooks {
  const { store, clock, forges, secrets, inbox, limit } = parts;
  /** Of repositories that are not there: it fits nothing. */
  const noSecret = randomBytes(32).toString('hex');

  async function find(id: string): Promise<{ repository: RepositoryRecord; forge: Forge } | undefined> {
    const repository = await store.getRepository(id as RepositoryId);
    const forge = repository?.active === true ? forges.named(repository.provider) : undefined;
    return repository === undefined || forge === undefined ? undefined : { repository, forge };
  }

  /** The repository whose secret it was signed with. */
  async function sender(ids: readonly string[], headers: Headers, body: Uint8Array) {
    for (const id of ids) {
      const found = await find(id);
      const secret = found === undefined ? noSecret : secrets.open(found.repository);
      const verified = (found?.forge ?? forges.any()).verify(headers, body, secret);
      if (found !== undefined && verified !== undefined) return { repository: found.repository, verified };
    }
    if (ids.length === 0) forges.any().verify(headers, body, noSecret);
    return undefined;
  }

  return {
    async receive(ids, request, address) {
      const body = await bytesOf(request);
      const found = await sender(ids, request.headers, body);
      if (found === undefined) {
        limit.check(address);
        limit.failed(address);
        throw notFound(
          'repository at this address whose secret this was signed with',
          'pikoci repos sync sets the webhook up again',
        );
      }
      const own = newId<DeliveryId>(clock.now());
      const digest = createHash('sha256').update(body).digest('hex');
      await inbox.put({
        id: own,
        repositoryId: found.repository.id,
        deliveryId: (found.verified.delivery ?? own).slice(0, MAX_NAME),
        digest: found.verified.signed ? digest : undefined,
        event: found.verified.event.slice(0, MAX_NAME),
        receivedAt: clock.now(),
        body: packBody(body),
      });
      return Response.json({ accepted: true }, { status: 202, headers: { 'cache-control': 'no-store' } });
    },
  };
}

async function bytesOf(request: Request): Promise<Uint8Array> {
  if (Number(request.headers.get('content-length') ?? 0) > MAX_WEBHOOK_BYTES) throw tooLarge();
  if (request.headers.has('content-length')) return new Uint8Array(await request.arrayBuffer());
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength;
    if (size > MAX_WEBHOOK_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

function tooLarge(): CodedError {
  return new CodedError('api.too_large', `a webhook may have ${MAX_WEBHOOK_BYTES} bytes at most`);
}
