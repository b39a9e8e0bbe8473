/** The tables that an export has, in an order in which each comes behind those it refers to. */
import type { Schema } from './schema.ts';

export type TransferredTable = keyof typeof TRANSFERRED;

interface Transferred {
  /** Its primary key: rows are asked for in its order. */
  readonly key: readonly string[];
  /** Rows asked for at once, where they can be large. */
  readonly page?: number;
  /** Columns with digests of blobs. */
  readonly blobs?: readonly string[];
}

/** Some have large texts, a row of a log has up to a MiB. */
const [OF_TEXTS, OF_BYTES] = [20, 8];

export const TRANSFERRED = {
  settings: { key: ['name'] },
  teams: { key: ['id'] },
  users: { key: ['id'] },
  members: { key: ['team_id', 'user_id'] },
  external_identities: { key: ['provider', 'subject'] },
  api_tokens: { key: ['id'] },
  providers: { key: ['name'] },
  forge_grants: { key: ['user_id', 'provider'] },
  audit: { key: ['id'] },
  workers: { key: ['id'] },
  worker_tokens: { key: ['id'] },
  poison_messages: { key: ['id'], page: 2 },
  pipelines: { key: ['id'] },
  revisions: { key: ['id'], page: OF_TEXTS },
  secrets: { key: ['team_id', 'scope', 'name'] },
  resources: { key: ['id'], page: OF_TEXTS },
  resource_hooks: { key: ['resource_id'] },
  resource_tags: { key: ['resource_id', 'tag'] },
  versions: { key: ['id'] },
  checks: { key: ['id'] },
  jobs: { key: ['id'] },
  job_groups: { key: ['job_id', 'group_name'] },
  plans: { key: ['pipeline_id', 'digest'], page: OF_TEXTS },
  builds: { key: ['id'] },
  // Early: the blobs are kept from being collected once they are seen.
  artifacts: { key: ['id'], blobs: ['digest', 'index_digest'] },
  build_tags: { key: ['build_id', 'tag'] },
  build_versions: { key: ['build_id', 'direction', 'step', 'version_id'] },
  used_versions: { key: ['job_id', 'resource_id', 'position'] },
  slots: { key: ['pipeline_id', 'group_name'] },
  approvals: { key: ['build_id', 'label', 'voter'] },
  passed_builds: { key: ['id'] },
  passed_versions: { key: ['build_id', 'resource_id'] },
  tests: { key: ['id'] },
  test_reports: { key: ['build_id', 'step', 'run'] },
  test_results: { key: ['build_id', 'position'] },
  attempts: { key: ['id'] },
  attempt_events: { key: ['attempt_id', 'seq'] },
  step_logs: { key: ['attempt_id', 'step'] },
  repositories: { key: ['id'] },
  deliveries: { key: ['id'] },
  delivery_bodies: { key: ['id'], page: OF_TEXTS },
  forge_reports: { key: ['id'] },
  log_chunks: { key: ['attempt_id', 'seq'], page: OF_BYTES },
} as const satisfies { readonly [Table in keyof Schema]?: Transferred };

/** Those it has not, first the one of the schema itself: what an import makes anew, what is about this moment, and what comes by another way. */
export const LEFT_OUT = [
  'pikoci_schema',
  'feed',
  'caches',
  'brought_blobs',
  'blobs',
  'blob_chunks',
  'sessions',
  'sign_in_links',
  'servers',
  'leases',
  'decisions',
  'short_lived',
  'board',
] as const;

/** Settings of this database alone: a digest of its key, and that an import is not finished. */
export const OWN_SETTINGS = ['secret_key_check', 'unfinished_import'] as const;

export const UNFINISHED_IMPORT = 'unfinished_import' satisfies (typeof OWN_SETTINGS)[number];

/** A start without a pipeline leaves rows in these: one user, whom the import replaces. */
export const OF_A_START = ['settings', 'teams', 'users', 'audit'] as const satisfies readonly TransferredTable[];
