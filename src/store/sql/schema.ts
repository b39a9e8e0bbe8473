/**
 * The tables, as Kysely sees them. The words are those of records.ts; what is stored differently is said here:
 *
 * - instants are integer milliseconds UTC, flags 0 or 1, so that every database reads them the same way;
 * - columns named `…_json` hold JSON text and are parsed where they are read (json-column.ts);
 * - lists are asked for by keyset (`number`, `id`, `position`), never by offset.
 */
import type { Generated, Kysely } from 'kysely';
import type { Instant } from '../../lib/clock.ts';
import type {
  AttemptId,
  BuildId,
  CheckId,
  DeliveryId,
  JobId,
  PipelineId,
  ResourceId,
  RevisionId,
  TeamId,
  UserId,
  VersionId,
  WorkerId,
} from '../../lib/ids.ts';
import type { CheckStatus } from '../../protocol/status.ts';
import type { Role } from '../identity-store.ts';
import type { FeedTopic } from '../records.ts';
import type { ShortLivedKind } from '../servers.ts';
import type { Flag } from './flag.ts';
import type {
  ApprovalTable,
  AttemptTable,
  BuildTable,
  BuildVersionTable,
  LogChunkTable,
  TestReportTable,
  TestResultTable,
  TestTable,
  UsedVersionTable,
} from './schema-builds.ts';
import type { DeliveryTable, RepositoryTable } from './schema-repositories.ts';
import type { PoisonMessageTable, ServerTable, WorkerTable, WorkerTokenTable } from './schema-servers.ts';
import type {
  ApiTokenTable,
  AuditTable,
  ForgeGrantTable,
  ProviderTable,
  SessionTable,
  UserTable,
} from './schema-users.ts';

export interface Schema {
  pikoci_schema: { version: number; name: string; applied_at: Instant };
  settings: { name: string; value: string };
  teams: { id: TeamId; name: string };
  pipelines: PipelineTable;
  revisions: RevisionTable;
  resources: ResourceTable;
  versions: VersionTable;
  checks: CheckTable;
  resource_tags: { resource_id: ResourceId; tag: string };
  jobs: JobTable;
  /** The serial groups of a job. */
  job_groups: { job_id: JobId; pipeline_id: PipelineId; group_name: string };
  builds: BuildTable;
  build_tags: { build_id: BuildId; tag: string };
  build_versions: BuildVersionTable;
  plans: { pipeline_id: PipelineId; digest: string; plan_json: string };
  used_versions: UsedVersionTable;
  /** Serial groups taken now, each by one build. */
  slots: { pipeline_id: PipelineId; group_name: string; build_id: BuildId };
  /** One vote of each person at each gate of a build. */
  approvals: ApprovalTable;
  /** Facts of deleted builds that let versions pass. */
  passed_builds: { id: BuildId; job_id: JobId; number: number };
  passed_versions: { build_id: BuildId; resource_id: ResourceId; version_id: VersionId };
  attempts: AttemptTable;
  attempt_events: { attempt_id: AttemptId; seq: number; kind: string; event_json: string };
  log_chunks: LogChunkTable;
  step_logs: { attempt_id: AttemptId; step: string; bytes: number; lines: number };
  tests: TestTable;
  test_reports: TestReportTable;
  test_results: TestResultTable;
  workers: WorkerTable;
  worker_tokens: WorkerTokenTable;
  poison_messages: PoisonMessageTable;
  secrets: SecretTable;
  feed: FeedTable;
  artifacts: ArtifactTable;
  caches: CacheTable;
  brought_blobs: BroughtBlobTable;
  blobs: { digest: string; size: number; complete: Flag; put_at: Instant };
  blob_chunks: { digest: string; chunk: number; bytes: Uint8Array };
  users: UserTable;
  members: { team_id: TeamId; user_id: UserId; role: Role };
  external_identities: {
    provider: string;
    subject: string;
    user_id: UserId;
    login: string;
    linked_at: Instant;
  };
  sessions: SessionTable;
  api_tokens: ApiTokenTable;
  sign_in_links: { hash: string; user_id: UserId; expires_at: Instant };
  audit: AuditTable;
  providers: ProviderTable;
  forge_grants: ForgeGrantTable;
  servers: ServerTable;
  /** What one server at a time does. */
  leases: { id: string; holder: string; lease_until: Instant };
  /** How often was decided for a pipeline: by it a decision that others have overtaken is known. */
  decisions: { pipeline_id: PipelineId; number: number };
  short_lived: { kind: ShortLivedKind; id: string; value: string; expires_at: Instant };
  repositories: RepositoryTable;
  deliveries: DeliveryTable;
  /** What the forge sent, while it is kept. */
  resource_hooks: {
    resource_id: ResourceId;
    /** SHA-256 of the token. */
    hash: string;
    created_by: string;
    created_at: Instant;
    last_used_at: Instant | null;
    uses: number;
  };
  delivery_bodies: { id: DeliveryId; body: Uint8Array };
  board: { cursor: Generated<number>; at: Instant; body: string };
  forge_reports: ForgeReportTable;
}

/** A database, or a transaction on it. */
export type Db = Kysely<Schema>;

interface SecretTable {
  team_id: TeamId;
  /** The pipeline's id, or empty where the secret is the whole team's: a key, which null would not be. */
  scope: string;
  name: string;
  pipeline_id: PipelineId | null;
  /** Encrypted (server/secrets/at-rest.ts). */
  sealed: string;
  created_by: string;
  created_at: Instant;
  set_by: string;
  set_at: Instant;
}

interface PipelineTable {
  id: PipelineId;
  team_id: TeamId;
  name: string;
  revision_id: RevisionId;
  revision: number;
  paused_by: string | null;
  paused_at: Instant | null;
  paused_note: string | null;
  public: Flag;
  /** It is set by the events of a fork: builds of it are held, and nothing of it is checked. */
  fork: 1 | null;
  archived_at: Instant | null;
  archived_note: string | null;
  created_at: Instant;
  updated_at: Instant;
}

export interface RevisionTable {
  id: RevisionId;
  pipeline_id: PipelineId;
  number: number;
  bundle_json: string;
  model_json: string;
  /** SHA-256 over bundle, model and variables: what makes two revisions the same. */
  digest: string;
  sealed_variables: string | null;
  set_by: string;
  created_at: Instant;
  message: string | null;
  restored_from: number | null;
  sources_json: string | null;
}

interface ResourceTable {
  id: ResourceId;
  pipeline_id: PipelineId;
  team_id: TeamId;
  address: string;
  type: string;
  name: string;
  schedule_json: string | null;
  /** Canonical JSON of type and params: another one means another thing is watched. */
  identity: string;
  pinned_version_id: VersionId | null;
  pinned_by: string | null;
  pinned_at: Instant | null;
  pinned_note: string | null;
  next_check_at: Instant;
  last_check_at: Instant | null;
  last_check_status: CheckStatus | null;
  last_check_problem_json: string | null;
  last_check_log: string;
  /** 1 once versions were reported: from then on every new one triggers. */
  checked_once: Flag;
  /** Position of the newest version. */
  last_position: number;
  active: Flag;
  /** `active` and the pipeline not paused: what the loop of due checks looks at. */
  watched: Flag;
  open_check_id: CheckId | null;
  /** Its versions are made by `put` alone. */
  never_checked: Flag;
}

interface VersionTable {
  id: VersionId;
  resource_id: ResourceId;
  position: number;
  /** SHA-256 of the canonical JSON: its identity within the resource. */
  digest: string;
  version_json: string;
  metadata_json: string;
  triggers: Flag;
  disabled: Flag;
  disabled_by: string | null;
  disabled_at: Instant | null;
  disabled_note: string | null;
  first_seen_at: Instant;
  /** Of the event that brought it, and the revision that it is built by. */
  event_json: string | null;
  revision_id: RevisionId | null;
}

/** What a forge is told of a build or a commit, until it has heard it. */
interface ForgeReportTable {
  id: string;
  /** Null: of an event that made no build; what is told is in `told_json`. */
  build_id: BuildId | null;
  event_json: string;
  told_json: string | null;
  /** What the forge heard last. */
  sent: string | null;
  /** What the forge calls what it was told. */
  remote_id: string | null;
  /** When there may be something to tell; null: it has heard everything, or nothing more is tried. */
  next_at: Instant | null;
  /** Since when there was something to tell that it has not heard. */
  since: Instant;
  tries: number;
  problem_json: string | null;
  given_up_at: Instant | null;
}

interface CheckTable {
  id: CheckId;
  resource_id: ResourceId;
  pipeline_id: PipelineId;
  team_id: TeamId;
  status: CheckStatus;
  fencing: number;
  requested_by: string | null;
  requested_at: Instant;
  started_at: Instant | null;
  ended_at: Instant | null;
  problem_json: string | null;
  new_versions: number | null;
  worker_id: WorkerId | null;
  question: string | null;
  lease_until: Instant | null;
}

interface JobTable {
  id: JobId;
  pipeline_id: PipelineId;
  name: string;
  group_name: string;
  ordinal: number;
  paused_by: string | null;
  paused_at: Instant | null;
  paused_note: string | null;
  hold_json: string | null;
  hold_since: Instant | null;
  active: Flag;
  /** Number of the newest build. */
  last_number: number;
  concurrency: number | null;
  /** Builds that hold a slot now: from the first grant to the end, also between attempts. */
  held: number;
  error_retries: number | null;
}

/** An archive that a build put: what it is is said in artifacts.ts. */
interface ArtifactTable {
  id: string;
  build_id: BuildId;
  team_id: TeamId;
  name: string;
  resource: string;
  step: string;
  digest: string;
  size: number;
  entries: number;
  unpacked_size: number;
  index_digest: string;
  created_at: Instant;
}

interface CacheTable {
  pipeline_id: PipelineId;
  scope: string;
  cache_key: string;
  digest: string;
  size: number;
  created_at: Instant;
  used_at: Instant;
}

interface BroughtBlobTable {
  attempt_id: AttemptId;
  digest: string;
}

interface FeedTable {
  cursor: Generated<number>;
  at: Instant;
  topic: FeedTopic;
  pipeline_id: PipelineId | null;
  job_id: JobId | null;
  resource_id: ResourceId | null;
  build_id: BuildId | null;
}
