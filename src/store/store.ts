/**
 * The store, as a port: the truth about pipelines, versions, builds and logs.
 *
 * Commands are atomic: each is one transaction of the adapter, and there is no public transaction, so that a database without one
 * can serve too. Commands that a worker or a client may repeat are idempotent as said with each. Instants come from the caller's clock except
 * leases, which are judged by the database's own.
 *
 * All methods throw CodedError `store.*` for failures of the database, and `store.conflict` where a move is illegal (a build that
 * has ended is cancelled, …). Lists have limits and opaque cursors.
 */
import type { Instant } from '../lib/clock.ts';
import type {
  AttemptId,
  BuildId,
  CheckId,
  JobId,
  PipelineId,
  ResourceId,
  RevisionId,
  TeamId,
  VersionId,
  WorkerId,
} from '../lib/ids.ts';
import type { Pipeline, SourceBundle } from '../pipeline/model.ts';
import type { ProblemDetail } from '../protocol/events.ts';
import type { CheckResult } from '../protocol/messages.ts';
import type { VersionFields, VersionMetadata } from '../protocol/version.ts';
import type { ArtifactStore } from './artifacts.ts';
import type { AttemptStore } from './attempt-store.ts';
import type { BlobRowStore } from './blob-rows.ts';
import type { ApprovalStore, BuildStore } from './build-store.ts';
import type { IdentityStore } from './identity-store.ts';
import type { Page, PageRequest } from './page.ts';
import type {
  CheckRecord,
  FeedEntry,
  JobRecord,
  Mark,
  PipelineRecord,
  ResourceRecord,
  RevisionRecord,
  RevisionSummary,
  TeamRecord,
  VersionRecord,
} from './records.ts';
import type { RepositoryBuildStore } from './repository-build-store.ts';
import type { RepositoryStore } from './repository-store.ts';
import type { ResourceHookStore } from './resource-hooks.ts';
import type { RetentionStore } from './retention.ts';
import type { SecretStore } from './secret-store.ts';
import type { ServerStore, ServersLine, ShortLivedStore } from './servers.ts';
import type { SignInStore } from './sign-in-store.ts';
import type { TestStore } from './test-store.ts';
import type { TransferStore } from './transfer.ts';
import type { WorkerStore } from './worker-store.ts';

export interface Store
  extends TeamStore,
    PipelineStore,
    RevisionStore,
    ResourceStore,
    JobStore,
    BuildStore,
    ApprovalStore,
    RetentionStore,
    AttemptStore,
    TestStore,
    WorkerStore,
    FeedStore,
    SecretStore,
    SettingStore,
    ArtifactStore,
    BlobRowStore,
    TransferStore,
    IdentityStore,
    SignInStore,
    ServerStore,
    ShortLivedStore,
    RepositoryStore,
    ResourceHookStore,
    RepositoryBuildStore {
  /** Brings the schema up to date. Refuses a newer one with `store.schema_newer`. */
  migrate(): Promise<void>;
  /** Only looks whether the schema is this program's: else `store.schema_older` or `store.schema_newer`. */
  requireSchema(): Promise<void>;
  /** What a newer program did to the schema before it failed, the next one is to do again: this one goes on. */
  goOnWithSchema(): Promise<void>;
  /** Opens a line to the other servers of the database; `undefined` where there cannot be any. */
  openLine(): ServersLine | undefined;
  close(): Promise<void>;
}

export interface TeamStore {
  /** Makes it if it is not there. */
  ensureTeam(name: string): Promise<TeamRecord>;
  listTeams(): Promise<readonly TeamRecord[]>;
}

export interface SetPipeline {
  readonly teamId: TeamId;
  readonly name: string;
  readonly bundle: SourceBundle;
  readonly model: Pipeline;
  /** Texts that were fetched for it, by their address. */
  readonly sources?: Readonly<Record<string, string>> | undefined;
  readonly sealedVariables?: string | undefined;
  /** A keyed hash of the same values, which sealing makes different each time: by it they are known to be unchanged. */
  readonly sealedVariablesDigest?: string | undefined;
  readonly setBy: string;
  /** When given: the revision this change was made from, by its number (0: there is no such pipeline), by its id, or both. Another one in force is `store.stale_revision`. */
  readonly expectedRevision?: number | undefined;
  readonly expectedRevisionId?: RevisionId | undefined;
  /** Why, for the history. */
  readonly message?: string | undefined;
  /** The number of the revision that this one repeats. */
  readonly restoredFrom?: number | undefined;
  /** Its text is that of a fork; said when it is made, and true for ever. */
  readonly fork?: boolean | undefined;
  /** First check of a resource that is new or whose params changed. */
  readonly firstCheckAt: Instant;
  readonly now: Instant;
}

export interface PipelineStore {
  /**
   * Makes or changes a pipeline: a new immutable revision, jobs and resources added, changed, or made inactive (their history is kept and
   * they come back when named again). A resource whose type or params changed forgets its versions. The same bundle, model and variables as in force make
   * no new revision (`changed: false`).
   */
  setPipeline(command: SetPipeline): Promise<{ pipeline: PipelineRecord; created: boolean; changed: boolean }>;
  /** With its builds and logs. Gives the attempts that were under way, for their workers to be told. One that is not there is no error. */
  deletePipeline(id: PipelineId): Promise<readonly { readonly id: AttemptId; readonly buildId: BuildId }[]>;
  findPipeline(team: string, name: string): Promise<PipelineRecord | undefined>;
  getPipeline(id: PipelineId): Promise<PipelineRecord | undefined>;
  listPipelines(team?: string): Promise<readonly PipelineRecord[]>;
  /** `undefined`: it goes on. */
  /** Whether everybody may look at it. */
  showPipeline(id: PipelineId, toAll: boolean, now: Instant): Promise<void>;
  pausePipeline(id: PipelineId, mark: Mark | undefined, now: Instant): Promise<void>;
}

/** Revisions are made by `setPipeline`, never change, and go with their pipeline. */
export interface RevisionStore {
  getRevision(id: RevisionId): Promise<RevisionRecord | undefined>;
  findRevision(pipelineId: PipelineId, number: number): Promise<RevisionRecord | undefined>;
  /** Newest first. */
  listRevisions(pipelineId: PipelineId, page: PageRequest): Promise<Page<RevisionSummary>>;
  /** How many builds these jobs and how many versions these resources have; what is not there has none. */
  countHistory(of: { readonly jobs: readonly JobId[]; readonly resources: readonly ResourceId[] }): Promise<{
    readonly builds: ReadonlyMap<JobId, number>;
    readonly versions: ReadonlyMap<ResourceId, number>;
  }>;
}

export interface ResourceStore {
  listResources(pipelineId: PipelineId): Promise<readonly ResourceRecord[]>;
  getResource(id: ResourceId): Promise<ResourceRecord | undefined>;
  /** Newest first. */
  listVersions(resourceId: ResourceId, page: PageRequest): Promise<Page<VersionRecord>>;
  /** Adds versions oldest first; one found again keeps its place. Returns how many were new. */
  saveVersions(
    resourceId: ResourceId,
    found: readonly { version: VersionFields; metadata: VersionMetadata }[],
    now: Instant,
  ): Promise<number>;
  /** `undefined`: it may be used again. */
  disableVersion(id: VersionId, mark: Mark | undefined): Promise<void>;
  pinVersion(
    resourceId: ResourceId,
    pin: { readonly versionId: VersionId; readonly mark: Mark } | undefined,
  ): Promise<void>;

  /** Active resources of pipelines not paused whose `nextCheckAt` has come and that have no check under way, most overdue first. */
  dueResources(now: Instant, limit: number): Promise<readonly ResourceRecord[]>;
  /** Watched resources that are checked next after this instant and have no check under way. */
  resourcesDueAfter(at: Instant): Promise<readonly ResourceRecord[]>;
  /** The earliest `nextCheckAt` there is, so that a loop knows how long it may sleep. */
  nextCheckAt(): Promise<Instant | undefined>;
  /** Makes a pending check unless one is pending or running for the resource (then that one is returned), and sets `nextCheckAt`. */
  requestCheck(command: {
    readonly resourceId: ResourceId;
    readonly by?: string | undefined;
    readonly now: Instant;
    readonly nextCheckAt: Instant;
  }): Promise<CheckRecord>;
  /** The same for a resource whose time this still is. False: another server has asked for it. */
  requestDueCheck(command: {
    readonly resourceId: ResourceId;
    readonly due: Instant;
    readonly now: Instant;
    readonly nextCheckAt: Instant;
  }): Promise<boolean>;
  /** A check that the server itself made: it is ended at once, with its versions or what was wrong. Sets `nextCheckAt`; one under way stays as it is. */
  recordCheck(command: {
    readonly resourceId: ResourceId;
    readonly by?: string | undefined;
    readonly now: Instant;
    readonly nextCheckAt: Instant;
    /** Oldest first. */
    readonly versions?: readonly { version: VersionFields; metadata: VersionMetadata }[];
    readonly problem?: ProblemDetail;
  }): Promise<CheckRecord>;
  getCheck(id: CheckId): Promise<CheckRecord | undefined>;
  /**
   * Ends a check that a worker holds under this fencing number, saves its versions: new ones behind what is known, or with `ordered` in the order of the
   * report, for which known ones may move. An older number, one ended already, or one of another worker than `by` changes nothing (`accepted: false`).
   */
  finishCheck(
    result: CheckResult,
    by?: WorkerId,
  ): Promise<{
    accepted: boolean;
    newVersions: number;
    pipelineId?: PipelineId | undefined;
    /** Of the resource. */
    address?: string | undefined;
  }>;
}

export interface JobStore {
  /** In the order of the pipeline's text, and behind them those that are no longer in it. */
  listJobs(pipelineId: PipelineId): Promise<readonly JobRecord[]>;
  pauseJob(id: JobId, mark: Mark | undefined, now: Instant): Promise<void>;
}

export interface FeedStore {
  /** Entries after the cursor in order; without one, the newest cursor alone is of use (`latestCursor`). */
  listFeed(after: number, limit: number): Promise<readonly FeedEntry[]>;
  latestCursor(): Promise<number>;
  /** Drops old entries; a reader further behind must load afresh. */
  trimFeed(keepAfter: Instant): Promise<void>;
}

/** Small values that servers of one database agree on: a check value of the keys, the instance's id. */
export interface SettingStore {
  getSetting(name: string): Promise<string | undefined>;
  /** Writes it unless it is there, and returns what is there then. */
  ensureSetting(name: string, value: string): Promise<string>;
  /** Writes it where there is `from`. Whether it did. */
  changeSetting(name: string, from: string, to: string): Promise<boolean>;
}
