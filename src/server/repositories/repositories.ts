/** All that is about repositories of forges, put together. */
import type { ForgeGrants } from '../../integrations/forge.ts';
import type { OpenForge } from '../../integrations/open-forge.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Store } from '../../store/store.ts';
import type { AttemptLimit } from '../auth/attempt-limit.ts';
import type { Loop, Timers } from '../loops/loop.ts';
import type { AtRest } from '../secrets/at-rest.ts';
import type { Wakeups } from '../wakeups.ts';
import { createInbox } from '../webhooks/inbox.ts';
import { createDeliveryLoop } from '../webhooks/process-deliveries.ts';
import { createWebhooks, type Webhooks } from '../webhooks/receive.ts';
import { createForgesInUse } from './forges-in-use.ts';
import { createHookSecrets } from './hook-secrets.ts';
import type { RepositoryBuilds } from './repository-builds.ts';

export interface ForgeParts {
  readonly open: OpenForge;
  readonly grants: ForgeGrants;
}

export interface RepositoriesParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly wakeups: Wakeups;
  readonly atRest: AtRest;
  readonly limit: AttemptLimit;
  readonly forges: ForgeParts;
  readonly builds: RepositoryBuilds;
  readonly instance: string;
  /** Nobody else can have the database. */
  readonly sole: boolean;
}

export interface Repositories {
  readonly webhooks: Webhooks;
  readonly loop: Loop;
}

const LEASE = 'webhooks';

export function createRepositories(parts: RepositoriesParts): Repositories {
  const { store, clock, instance, sole, wakeups, forges: given } = parts;
  const forges = createForgesInUse(given.grants, given.open);
  const secrets = createHookSecrets(parts.atRest);
  const inbox = createInbox(store, () => {
    wakeups.webhooks();
    wakeups.feed();
  });
  return {
    webhooks: createWebhooks({ store, clock, forges, secrets, inbox, limit: parts.limit }),
    loop: createDeliveryLoop({
      ...{ ...parts, forges, onEnded: () => wakeups.feed() },
      claim: async (ms) => sole || store.takeLease(LEASE, instance, ms),
      release: async () => {
        if (!sole) await store.releaseLease(LEASE, instance);
      },
    }),
  };
}
