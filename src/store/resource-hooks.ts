/** Addresses at which anybody who knows them has a resource checked. Of their tokens the store only ever sees hashes. */
import type { Instant } from '../lib/clock.ts';
import type { ResourceId } from '../lib/ids.ts';

export interface ResourceHookRecord {
  readonly resourceId: ResourceId;
  readonly createdBy: string;
  readonly createdAt: Instant;
  /** Absent: it was never called. */
  readonly lastUsedAt: Instant | undefined;
  /** How often it was called. */
  readonly uses: number;
}

export interface ResourceHookStore {
  /** One that was there is good no more. */
  setResourceHook(command: {
    readonly resourceId: ResourceId;
    readonly hash: string;
    readonly by: string;
    readonly now: Instant;
  }): Promise<void>;
  /** Whether there was one. */
  removeResourceHook(resourceId: ResourceId): Promise<boolean>;
  getResourceHook(resourceId: ResourceId): Promise<ResourceHookRecord | undefined>;
  /** Notes the use. `undefined`: it is none, or its resource is not in its pipeline any more. */
  useResourceHook(hash: string, now: Instant): Promise<ResourceId | undefined>;
}
