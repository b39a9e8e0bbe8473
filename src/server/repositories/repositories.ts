/** All that is about repositories of forges, put together. */
import type { ForgeGrants } from '../../integrations/forge.ts';
import type { OpenForgeCommits } from '../../integrations/forge-commits.ts';
import type { OpenForge } from '../../integrations/open-forge.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Store } from '../../store/store.ts';
import type { Access } from '../access.ts';
import type { AttemptLimit } from '../auth/attempt-limit.ts';
import type { Handlers } from '../http/call.ts';
import type { Loop, Timers } from '../loops/loop.ts';
import type { AtRest } from '../secrets/at-rest.ts';
import type { OneAtATime } from '../servers/one-at-a-time.ts';
import type { Wakeups } from '../wakeups.ts';
import { createInbox } from '../webhooks/inbox.ts';
import { createDeliveryLoop } from '../webhooks/process-deliveries.ts';
import { createWebhooks, type Webhooks } from '../webhooks/receive.ts';
import { createActivation } from './activate.ts';
import { createForgeAccounts } from './forge-account.ts';
import { createForgesInUse, type ForgesInUse } from './forges-in-use.ts';
import { createHookSecrets } from './hook-secrets.ts';
import { createOfferedRepositories } from './offered.ts';
import type { RepositoryBuilds } from './repository-builds.ts';
import { type RepositoryRouteNames, repositoryRoutes } from './routes.ts';
import { createUpkeep } from './upkeep.ts';

export interface ForgeParts {
  readonly open: OpenForge;
  /** The same of what is asked and told about commits; absent: over HTTP. */
  readonly openCommits?: OpenForgeCommits;
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
  readonly access: Access;
  readonly externalUrl: () => string;
  readonly oneAtATime: OneAtATime;
  readonly forges: ForgeParts;
  readonly builds: RepositoryBuilds;
  readonly instance: string;
  /** Nobody else can have the database. */
  readonly sole: boolean;
}

export interface Repositories {
  readonly webhooks: Webhooks;
  readonly forges: ForgesInUse;
  readonly handlers: Handlers<RepositoryRouteNames>;
  readonly deliveries: Loop;
  /** Looks whether webhooks are still there, and drops old deliveries. */
  readonly upkeep: Loop;
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
  const accounts = createForgeAccounts(forges, given.grants);
  const activation = createActivation({ ...parts, accounts, secrets });
  const offered = createOfferedRepositories(accounts, clock);
  return {
    forges,
    handlers: repositoryRoutes({ ...parts, activation, offered, forges }),
    upkeep: createUpkeep({ ...parts, activation }),
    webhooks: createWebhooks({ store, clock, forges, secrets, inbox, limit: parts.limit }),
    deliveries: createDeliveryLoop({
      ...{ ...parts, forges, onEnded: () => wakeups.feed() },
      claim: async (ms) => sole || store.takeLease(LEASE, instance, ms),
      release: async () => {
        if (!sole) await store.releaseLease(LEASE, instance);
      },
    }),
  };
}
