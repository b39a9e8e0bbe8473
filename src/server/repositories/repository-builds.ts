import type { ForgeEvent } from '../../integrations/forge-event.ts';
import type { EventOutcome } from '../../protocol/repositories.ts';
import type { DeliveryRecord, RepositoryRecord } from '../../store/repository-store.ts';

/** What is built of repositories: the way from what a forge tells to pipelines and builds. */
export interface RepositoryBuilds {
  /** Makes the pipeline of a repository that was activated, as its default branch says it. Done again, it changes nothing. */
  activated(repository: RepositoryRecord): Promise<EventOutcome>;
  /**
   * An event that was kept. The same delivery may come again, after a crash or a failure that passed: its builds are made once. Of one repository they come in the order
   * in which they were received, and never two at a time. A replay of what others came behind does not set the pipeline back to what it was then. Throws CodedErrors; those of forge.ts and of the store that pass by themselves lead to another try.
   */
  buildEvent(
    repository: RepositoryRecord,
    event: Exclude<ForgeEvent, { kind: 'ping' | 'ignored' }>,
    delivery: Pick<DeliveryRecord, 'id' | 'receivedAt'> & Partial<Pick<DeliveryRecord, 'replayOf'>>,
  ): Promise<EventOutcome>;
  /** It was switched off: its pipeline goes, and those of its branches. Done again, it changes nothing. */
  deactivated(repository: RepositoryRecord): Promise<void>;
}
