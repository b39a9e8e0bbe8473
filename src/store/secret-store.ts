/** Secrets that the server keeps for pipelines. The store only ever sees them encrypted. */
import type { Instant } from '../lib/clock.ts';
import type { AttemptId, CheckId, PipelineId, TeamId, WorkerId } from '../lib/ids.ts';

/** Whose a secret is: a whole team's, or one pipeline's, which comes before that of its team. */
export interface SecretScope {
  readonly teamId: TeamId;
  readonly pipelineId?: PipelineId | undefined;
}

export interface SecretRecord extends SecretScope {
  readonly name: string;
  readonly createdBy: string;
  readonly createdAt: Instant;
  readonly setBy: string;
  readonly setAt: Instant;
}

/** A build or a check that a worker runs, as it was granted. */
export type HeldWork =
  | { readonly kind: 'build'; readonly attempt: AttemptId; readonly fencing: number }
  | { readonly kind: 'check'; readonly check: CheckId; readonly fencing: number };

export type SecretForWork =
  | { readonly kind: 'found'; readonly secret: SecretRecord; readonly sealed: string }
  /** There is no such secret; `names` are those the work could have. */
  | { readonly kind: 'missing'; readonly team: string; readonly pipeline: string; readonly names: readonly string[] }
  /** It is of a fork: it has no secrets. */
  | { readonly kind: 'fork' }
  /** The worker does not hold this work (any more). */
  | { readonly kind: 'not_held' };

export interface SecretStore {
  /** Whether anything is kept that was encrypted with the secret key: secrets, sensitive variables or inputs. Looks at every row; for the start. */
  holdsSealedValues(): Promise<boolean>;
  /** Makes it, or replaces its value. */
  setSecret(
    command: SecretScope & {
      readonly name: string;
      readonly sealed: string;
      readonly by: string;
      readonly now: Instant;
    },
  ): Promise<{ readonly secret: SecretRecord; readonly created: boolean }>;
  /** Whether it was there. */
  deleteSecret(scope: SecretScope, name: string): Promise<boolean>;
  /** By name; of a pipeline only its own. They go with their pipeline. */
  listSecrets(scope: SecretScope): Promise<readonly SecretRecord[]>;
  /** The secret of that name that running work may have: its pipeline's, else its team's. */
  secretForWork(question: {
    readonly workerId: WorkerId;
    readonly work: HeldWork;
    readonly name: string;
  }): Promise<SecretForWork>;
}
