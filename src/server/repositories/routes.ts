/** What people do with repositories of forges. */
import type { Clock } from '../../lib/clock.ts';
import { CodedError } from '../../lib/coded-error.ts';
import { type DeliveryId, newId } from '../../lib/ids.ts';
import type { RepositoryOptions, RepositoryView } from '../../protocol/repositories.ts';
import type { RepositoryRecord } from '../../store/repository-store.ts';
import type { Store } from '../../store/store.ts';
import type { Access } from '../access.ts';
import { mayAt } from '../auth/principal.ts';
import type { Handlers } from '../http/call.ts';
import { notFound } from '../http/problems.ts';
import type { Wakeups } from '../wakeups.ts';
import { unpackBody } from '../webhooks/kept-body.ts';
import type { Activation } from './activate.ts';
import { createFindRepository } from './find-repository.ts';
import type { ForgesInUse } from './forges-in-use.ts';
import { offerRepositories } from './offer.ts';
import type { OfferedRepositories } from './offered.ts';
import { deliveryView, repositoryView } from './repository-views.ts';

export interface RepositoryRouteParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly access: Access;
  readonly wakeups: Wakeups;
  readonly activation: Activation;
  readonly offered: OfferedRepositories;
  readonly forges: ForgesInUse;
  readonly externalUrl: () => string;
}

const PAGE = 50;

export type RepositoryRouteNames =
  | 'listRepositories'
  | 'offerRepositories'
  | 'activateRepository'
  | 'getRepository'
  | 'changeRepository'
  | 'deactivateRepository'
  | 'syncRepository'
  | 'listDeliveries'
  | 'getDelivery'
  | 'replayDelivery';

export function repositoryRoutes(parts: RepositoryRouteParts): Handlers<RepositoryRouteNames> {
  const { store, clock, access, wakeups, activation, offered, forges } = parts;
  const find = createFindRepository(store);

  async function view(repository: RepositoryRecord): Promise<RepositoryView> {
    const { activatedBy } = repository;
    const by = activatedBy === undefined ? undefined : await store.getUser(activatedBy);
    return repositoryView(repository, by?.user.name, parts.externalUrl());
  }

  async function current({ id, fullName }: RepositoryRecord): Promise<RepositoryView> {
    const found = await store.getRepository(id);
    if (found === undefined) throw notFound(`repository ${fullName} any more`);
    return view(found);
  }

  return {
    async listRepositories({ principal, query }) {
      const found = await store.listRepositories(query.team);
      return Promise.all(found.filter(({ team }) => mayAt(principal, { team })).map(view));
    },
    async offerRepositories({ principal, query }) {
      const { provider, search, after, limit = PAGE, fresh } = query;
      const request = { provider, search, after, limit, fresh: fresh === 'true' };
      return offerRepositories({ store, forges, offered, view }, principal, request);
    },
    async activateRepository({ principal, body }) {
      const team = await access.team(principal, body.team);
      const { provider, repository, pipeline } = body;
      const options = givenOptions(body.options);
      const done = await activation.activate({
        userId: principal.userId,
        provider,
        repository,
        team,
        pipeline,
        options,
      });
      principal.about({ team: team.name, target: `repository ${done.repository.fullName}` });
      wakeups.feed();
      return { repository: await view(done.repository), notes: [...done.notes] };
    },
    async getRepository({ principal, params }) {
      return view(await find.repository(principal, params.repository));
    },
    async changeRepository({ principal, params, body }) {
      const repository = await find.repository(principal, params.repository);
      await store.changeRepository(repository.id, {
        options: { ...repository.options, ...givenOptions(body.options) },
      });
      wakeups.feed();
      return current(repository);
    },
    async deactivateRepository({ principal, params }) {
      const repository = await find.repository(principal, params.repository);
      const notes = await activation.deactivate(repository, principal.userId);
      wakeups.feed();
      return { notes: [...notes] };
    },
    async syncRepository({ principal, params }) {
      const repository = await find.repository(principal, params.repository);
      const { notes } = await activation.sync(repository, principal.userId);
      wakeups.feed();
      return { repository: await current(repository), notes: [...notes] };
    },
    async listDeliveries({ principal, params, query }) {
      const { id } = await find.repository(principal, params.repository);
      const found = await store.listDeliveries(id, { limit: query.limit ?? PAGE, after: query.after });
      return { items: found.items.map(deliveryView), ...(found.next !== undefined && { next: found.next }) };
    },
    async getDelivery({ principal, params }) {
      const { delivery } = await find.delivery(principal, params.delivery);
      const { body } = delivery;
      return {
        ...deliveryView(delivery),
        ...(body !== undefined && { body: Buffer.from(unpackBody(body)).toString('utf8') }),
      };
    },
    async replayDelivery({ principal, params }) {
      const { delivery } = await find.delivery(principal, params.delivery);
      const id = newId<DeliveryId>();
      if (!(await store.replayDelivery({ of: delivery.id, id, by: principal.name, now: clock.now() }))) {
        throw new CodedError('build.deleted', 'what the forge sent is not kept any more', {
          hint: 'push again, or send it again on the page of the webhook at the forge',
        });
      }
      wakeups.webhooks();
      wakeups.feed();
      const made = await store.getDelivery(id);
      if (made === undefined) throw notFound(`delivery ${id} any more`);
      return deliveryView(made);
    },
  };
}

/** What is not given stays. */
function givenOptions({
  pullRequests,
}: {
  readonly pullRequests?: RepositoryOptions['pullRequests'] | undefined;
} = {}) {
  return { ...(pullRequests !== undefined && { pullRequests }) };
}
