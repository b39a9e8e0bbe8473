import type { AdministeredRepository } from '../../integrations/forge.ts';
import { CodedError } from '../../lib/coded-error.ts';
import type { OfferedPage, RepositoryView } from '../../protocol/repositories.ts';
import type { RepositoryRecord, RepositoryStore } from '../../store/repository-store.ts';
import { type Asker, roleIn } from '../auth/principal.ts';
import type { ForgesInUse } from './forges-in-use.ts';
import { isForgeTrouble, type OfferedRepositories, search } from './offered.ts';

export interface OfferParts {
  readonly store: Pick<RepositoryStore, 'listRepositories'>;
  readonly forges: ForgesInUse;
  readonly offered: OfferedRepositories;
  readonly view: (repository: RepositoryRecord) => Promise<RepositoryView>;
}

export interface OfferRequest {
  readonly provider?: string | undefined;
  readonly search?: string | undefined;
  readonly fresh: boolean;
  readonly after?: string | undefined;
  readonly limit: number;
}

/** A page of what somebody may administer, on all forges or on one. A forge that does not answer is told of; the others are shown all the same. */
export async function offerRepositories(parts: OfferParts, asker: Asker, request: OfferRequest): Promise<OfferedPage> {
  const { store, forges, offered, view } = parts;
  const from = offsetOf(request.after);
  const asked = forges.list().filter(({ name }) => request.provider === undefined || name === request.provider);
  const answers = await Promise.all(
    asked.map(async ({ name, kind }) => {
      try {
        const found = await offered.list(asker.userId, name, request.fresh);
        return { forge: { name, kind, signedIn: true }, found: found.map((one) => ({ ...one, provider: name })) };
      } catch (error) {
        if (!isForgeTrouble(error)) throw error;
        const { code, message: detail, hint } = error;
        const trouble = { code, detail, ...(hint !== undefined && { hint }) };
        return { forge: { name, kind, signedIn: code !== 'forge.signed_out', trouble }, found: [] };
      }
    }),
  );
  const all = answers.flatMap(({ found }) => found);
  if (answers.length > 1) all.sort((a, b) => (b.changedAt ?? '').localeCompare(a.changedAt ?? ''));
  const hits = search(all, request.search ?? '');
  const there = new Map((await store.listRepositories()).map((one) => [keyOf(one.provider, one.forgeId), one]));

  async function shown(one: AdministeredRepository & { readonly provider: string }) {
    const repository = there.get(keyOf(one.provider, one.id));
    const sees = repository !== undefined && roleIn(asker, repository.team) !== undefined;
    const { provider, id: forgeId, fullName, private: isPrivate, archived, webUrl, description } = one;
    return {
      ...{ provider, forgeId, fullName, private: isPrivate, archived, webUrl },
      ...(description !== undefined && { description }),
      ...(sees && { repository: await view(repository) }),
      elsewhere: repository !== undefined && !sees,
    };
  }

  const end = from + request.limit;
  return {
    items: await Promise.all(hits.slice(from, end).map(shown)),
    ...(end < hits.length && { next: String(end) }),
    total: hits.length,
    forges: answers.map(({ forge }) => forge),
  };
}

const keyOf = (provider: string, forgeId: string): string => JSON.stringify([provider, forgeId]);

function offsetOf(after: string | undefined): number {
  if (after === undefined || /^\d{1,6}$/.test(after)) return Number(after ?? 0);
  throw new CodedError('api.bad_request', `"${after.slice(0, 50)}" is not a cursor of this list`);
}
