import type { Clock } from '../../lib/clock.ts';
import type { Store } from '../store.ts';
import { createApprovalStore } from './approvals.ts';
import { createArtifactStore } from './artifacts.ts';
import { createAttemptStore } from './attempts.ts';
import { createAuditStore } from './audit.ts';
import { createBlobRowStore } from './blob-rows.ts';
import { createBuildStore } from './builds.ts';
import { createContext } from './context.ts';
import { createCredentialStore } from './credentials.ts';
import { createDeliveryStore } from './deliveries.ts';
import type { SqlDialect } from './dialect.ts';
import { createFeedStore } from './feed.ts';
import { createTransferStore, refuseUnfinished } from './import-rows.ts';
import { createJobStore } from './jobs.ts';
import { goOnWithSchema, migrate, requireSchema } from './migrate.ts';
import { createPipelineStore } from './pipelines.ts';
import { createPoisonStore } from './poison-messages.ts';
import { createRepositoryStore } from './repositories.ts';
import { createRepositoryBuildStore } from './repository-builds.ts';
import { createResourceHookStore } from './resource-hooks.ts';
import { createResourceStore } from './resources.ts';
import { createRetentionStore } from './retention.ts';
import { createRevisionStore } from './revisions.ts';
import type { Db } from './schema.ts';
import { createSecretStore } from './secrets.ts';
import { createServerStore } from './servers.ts';
import { createSettingStore } from './settings.ts';
import { createShortLivedStore } from './short-lived.ts';
import { createSignInStore } from './sign-in.ts';
import { createTeamStore } from './teams.ts';
import { createTestStore } from './tests.ts';
import { createUserStore } from './users.ts';
import { createWorkerTokenStore } from './worker-tokens.ts';
import { createWorkerStore } from './workers.ts';

/** The store over a SQL database. It closes the database when it is closed. */
export function createSqlStore(
  db: Db,
  dialect: SqlDialect,
  clock: Clock,
  openLine: Store['openLine'] = () => undefined,
): Store {
  const context = createContext(db, dialect, clock);
  return {
    ...createTeamStore(context),
    ...createPipelineStore(context),
    ...createRevisionStore(context),
    ...createResourceStore(context),
    ...createJobStore(context),
    ...createBuildStore(context),
    ...createApprovalStore(context),
    ...createRetentionStore(context),
    ...createAttemptStore(context),
    ...createTestStore(context),
    ...createWorkerStore(context),
    ...createWorkerTokenStore(context),
    ...createPoisonStore(context),
    ...createFeedStore(context),
    ...createSecretStore(context),
    ...createSettingStore(context),
    ...createArtifactStore(context),
    ...createBlobRowStore(context),
    ...createUserStore(context),
    ...createCredentialStore(context),
    ...createSignInStore(context),
    ...createAuditStore(context),
    ...createTransferStore(context),
    ...createServerStore(context),
    ...createShortLivedStore(context),
    ...createRepositoryStore(context),
    ...createDeliveryStore(context),
    ...createResourceHookStore(context),
    ...createRepositoryBuildStore(context),
    openLine,
    async migrate() {
      await refuseUnfinished(db, dialect);
      await migrate(db, dialect, clock);
    },
    async requireSchema() {
      await refuseUnfinished(db, dialect);
      await requireSchema(db, dialect);
    },
    goOnWithSchema: () => goOnWithSchema(db, dialect),
    close: () => db.destroy(),
  };
}
