import type { DeliveryView, RepositoryView } from '../../protocol/repositories.ts';
import type { DeliveryRecord, RepositoryRecord } from '../../store/repository-store.ts';

/** Where the forge sends what happens in a repository. */
export const webhookUrl = (externalUrl: string, { id }: Pick<RepositoryRecord, 'id'>): string =>
  `${externalUrl}/webhooks/${id}`;

export function repositoryView(
  repository: RepositoryRecord,
  activatedBy: string | undefined,
  externalUrl: string,
): RepositoryView {
  const { id, provider, forgeId, fullName, private: isPrivate, defaultBranch, webUrl, team, pipeline } = repository;
  const { active, activatedAt, options, hookId, syncedAt, trouble } = repository;
  return {
    ...{ id, provider, forgeId, fullName, private: isPrivate, defaultBranch, webUrl, active, team, pipeline },
    ...{ activatedAt, options, webhookUrl: webhookUrl(externalUrl, repository), hooked: hookId !== undefined },
    ...(activatedBy !== undefined && { activatedBy }),
    ...(syncedAt !== undefined && { syncedAt }),
    ...(trouble !== undefined && { trouble }),
  };
}

export function deliveryView(delivery: DeliveryRecord): DeliveryView {
  const { id, repositoryId, deliveryId, event, receivedAt, status, tries } = delivery;
  const { endedAt, outcome, problem, replayOf, replayedBy } = delivery;
  return {
    ...{ id, repository: repositoryId, deliveryId, event, receivedAt, status, tries },
    ...(endedAt !== undefined && { endedAt }),
    ...(outcome !== undefined && { outcome }),
    ...(problem !== undefined && { problem }),
    ...(replayOf !== undefined && { replayOf }),
    ...(replayedBy !== undefined && { replayedBy }),
  };
}
