/** Finds repositories and deliveries for somebody: those of teams he does not see are not there for him. */
import type { DeliveryId, RepositoryId } from '../../lib/ids.ts';
import type { DeliveryRecord, RepositoryRecord } from '../../store/repository-store.ts';
import type { Store } from '../../store/store.ts';
import { type Asker, checkAt, signInFirst } from '../auth/principal.ts';
import { notFound } from '../http/problems.ts';

export interface FindRepository {
  repository(asker: Asker, id: string): Promise<RepositoryRecord>;
  delivery(
    asker: Asker,
    id: string,
  ): Promise<{
    readonly repository: RepositoryRecord;
    readonly delivery: DeliveryRecord & { readonly body: Uint8Array | undefined };
  }>;
}

export function createFindRepository(store: Store): FindRepository {
  async function allowed(asker: Asker, id: RepositoryId): Promise<RepositoryRecord | undefined> {
    const found = await store.getRepository(id);
    if (found === undefined || checkAt(asker, { team: found.team }) !== 'allowed') return undefined;
    asker.about({ team: found.team, target: `repository ${found.fullName}` });
    return found;
  }

  return {
    async repository(asker, id) {
      const found = await allowed(asker, id as RepositoryId);
      if (found !== undefined) return found;
      if (asker.kind === 'anonymous') throw signInFirst();
      throw notFound(`repository "${id}"`, 'repos list shows those there are');
    },
    async delivery(asker, id) {
      const delivery = await store.getDelivery(id as DeliveryId);
      const repository = delivery && (await allowed(asker, delivery.repositoryId));
      if (delivery !== undefined && repository !== undefined) return { repository, delivery };
      if (asker.kind === 'anonymous') throw signInFirst();
      throw notFound(`delivery "${id}"`, 'deliveries list shows those of a repository');
    },
  };
}
