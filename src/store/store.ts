/**
 * The store, as a port: the truth about pipelines, versions, builds and logs.
 *
 * Commands are atomic: each is one transaction of the adapter, and there is no public transaction, so that a database without one
 * can serve too. Commands that a worker or a client may repeat are idempotent as said below. Instants come from the caller's clock except
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
  TestId,
  VersionId,
  WorkerId,
} from '../lib/ids.ts';
import type { InputValues } from '../pipeline/job-input.ts';
import type { Pipeline, SourceBundle } from '../pipeline/model.ts';
import type { BuildPlan } from '../pipeline/plan.ts';
import type { EventBatch, ProblemDetail } from '../protocol/events.ts';
import type { CheckResult, WorkKind } from '../protocol/messages.ts';
import type { BuildStatus } from '../protocol/status.ts';
import type { TestCounts, TestStatus } from '../protocol/tests.ts';
import type { VersionFields, VersionMetadata } from '../protocol/version.ts';
import type { ArtifactStore } from './artifacts.ts';
import type { BlobRowStore } from './blob-rows.ts';
import type {
  ApprovalVote,
  AttemptRecord,
  BuildCause,
  BuildDetail,
  BuildInput,
  BuildRecord,
  CheckRecord,
  FeedEntry,
  GrantedWork,
  JobRecord,
  LogChunk,
  Mark,
  PipelineRecord,
  ResourceRecord,
  RevisionRecord,
  RevisionSummary,
  StoredEvent,
  TeamRecord,
  TestResultRecord,
  TestRun,
  VersionRecord,
  WorkerRecord,
} from './records.ts';
import type { RetentionStore } from './retention.ts';
import type { SecretStore } from './secret-store.ts';

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
    BlobRowStore {
  /** Brings the schema up to date. Refuses a newer one with `store.schema_newer`. */
  migrate(): Promise<void>;
  close(): Promise<void>;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Give it back to get the next page; absent at the end. */
  readonly next?: string | undefined;
}
export interface PageRequest {
  readonly limit: number;
  readonly after?: string | undefined;
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
  /** Ends a check that a worker holds under this fencing number, saves its versions. An older number, or one ended already, changes nothing (`accepted: false`). */
  finishCheck(
    result: CheckResult,
  ): Promise<{ accepted: boolean; newVersions: number; pipelineId?: PipelineId | undefined }>;
}

export interface JobStore {
  /** In the order of the pipeline's text, and behind them those that are no longer in it. */
  listJobs(pipelineId: PipelineId): Promise<readonly JobRecord[]>;
  pauseJob(id: JobId, mark: Mark | undefined, now: Instant): Promise<void>;
}

/** Everything the scheduler asks about one pipeline, read in one consistent look. */
export interface SchedulingFacts {
  readonly pipeline: PipelineRecord;
  readonly model: Pipeline;
  readonly jobs: readonly (JobRecord & {
    /** The automatic build that waits to be granted, if any. Its versions may still be changed. */
    readonly pending?:
      | {
          readonly buildId: BuildId;
          readonly revisionId: RevisionId;
          readonly inputs: readonly InputChoice[];
          /** It does not run before people have approved it. */
          readonly needsApproval: boolean;
        }
      | undefined;
    /** Of an `interruptible` job: automatic builds that wait as they are, or run, and that nobody asked to stop. */
    readonly live?:
      | readonly {
          readonly buildId: BuildId;
          readonly number: number;
          readonly needsApproval: boolean;
          /** By step. */
          readonly versions: ReadonlyMap<string, VersionFields>;
        }[]
      | undefined;
    /** Automatic builds that wait as they are and have a version that was disabled, deleted or pinned away since. */
    readonly queued?: readonly { readonly buildId: BuildId; readonly inputs: readonly InputChoice[] }[] | undefined;
    /** Versions that any other build of this job got or put: what is not among them is new, and so is any set of inputs it is in. */
    readonly used: ReadonlySet<VersionId>;
    /** Builds that let versions pass, newest first: inputs and outputs, by resource. */
    readonly passed: readonly {
      readonly buildId: BuildId;
      readonly number: number;
      readonly versions: ReadonlyMap<ResourceId, VersionId>;
    }[];
  })[];
  readonly resources: readonly (ResourceRecord & {
    /** Newest first. */
    readonly versions: readonly VersionRecord[];
  })[];
}

export interface InputChoice {
  readonly step: string;
  readonly resourceId: ResourceId;
  readonly versionId: VersionId;
}

/** One text per set of inputs, whatever their order. */
export function inputSetKey(inputs: readonly InputChoice[]): string {
  return inputs
    .map((input) => `${input.step}=${input.versionId}`)
    .sort()
    .join(',');
}

export interface NewBuild {
  readonly jobId: JobId;
  readonly revisionId: RevisionId;
  readonly plan: BuildPlan;
  readonly inputs: readonly InputChoice[];
  readonly cause: BuildCause;
  /** True for builds the scheduler makes: their input set must be new, and a pending one may be changed. */
  readonly automatic: boolean;
  readonly priority: number;
  /** What it is given: values of the plan's inputs, sensitive ones in `sealedInputs`. */
  readonly inputValues?: InputValues | undefined;
  readonly sealedInputs?: string | undefined;
}

export interface DecisionCommit {
  readonly pipelineId: PipelineId;
  readonly builds: readonly NewBuild[];
  /** A pending automatic build, or one that waits for its first vote, gets newer versions before anyone took it. Ignored when it was granted or voted on meanwhile. */
  readonly updates: readonly {
    readonly buildId: BuildId;
    readonly inputs: readonly InputChoice[];
    readonly cause: BuildCause;
    readonly plan: BuildPlan;
    readonly revisionId: RevisionId;
    readonly priority: number;
    readonly inputValues?: InputValues | undefined;
  }[];
  /**
   * Pending automatic builds whose versions may not be used any more: they end as `skipped` and count as never made, so their versions are new to the job
   * again unless another build had them. Ignored when granted meanwhile.
   */
  readonly withdrawals?: readonly { readonly buildId: BuildId; readonly problem: ProblemDetail }[] | undefined;
  readonly holds: readonly { readonly jobId: JobId; readonly reason: unknown | undefined }[];
  readonly now: Instant;
}

export interface BuildQuery extends PageRequest {
  readonly pipelineId?: PipelineId | undefined;
  readonly jobId?: JobId | undefined;
  readonly status?: readonly BuildStatus[] | undefined;
  /** Only those that hold a slot: from their first grant to their end, also between attempts. */
  readonly holdsSlot?: true | undefined;
}

export interface BuildStore {
  schedulingFacts(pipelineId: PipelineId): Promise<SchedulingFacts | undefined>;
  /** All or nothing. A build whose automatic input set exists already for its job is left out, so committing twice makes it once. */
  commitDecisions(commit: DecisionCommit): Promise<readonly BuildRecord[]>;
  /** A manual trigger or a retry: a build with these inputs, now. */
  createBuild(build: NewBuild, now: Instant): Promise<BuildRecord>;
  getBuild(id: BuildId): Promise<BuildDetail | undefined>;
  findBuild(jobId: JobId, number: number): Promise<BuildRecord | undefined>;
  /** Without plan, inputs and attempts: cheap, for the feed and for authorisation. */
  getBuildRecord(id: BuildId): Promise<BuildRecord | undefined>;
  /** Inputs of several builds, for lists; a build without any is left out. */
  inputsOf(builds: readonly BuildId[]): Promise<ReadonlyMap<BuildId, readonly BuildInput[]>>;
  /** Newest first. */
  listBuilds(query: BuildQuery): Promise<Page<BuildRecord>>;
  /** Where a pending build stands in the queue, from 1: how many come before it of all that may be granted now or later and are not paused, and one. */
  queuePlace(id: BuildId): Promise<number>;
  /** The newest builds of each job of a pipeline, newest first, at most `perJob` each: for cards and graphs. */
  recentBuilds(pipelineId: PipelineId, perJob: number): Promise<readonly BuildRecord[]>;
  /**
   * `pending` and `waiting_for_approval` become `cancelled` at once; for `running` the attempt's `cancelRequested` is set and the attempt is returned, so that it can be broadcast.
   * One that has ended is `store.conflict`.
   */
  cancelBuild(
    id: BuildId,
    by: string,
    now: Instant,
  ): Promise<{ build: BuildRecord; attempt?: AttemptRecord | undefined }>;
}

/** No retry is put off for longer than this: a build that would wait longer got its time from a clock that was set back since. */
export const LONGEST_RETRY_MS = 5 * 60_000;

export interface Vote {
  readonly buildId: BuildId;
  readonly vote: ApprovalVote['vote'];
  readonly by: string;
  readonly reason?: string | undefined;
  /** Which gate; it may be left out when one is open. */
  readonly label?: string | undefined;
  /** What the voter looked at, `seen` of BuildDetail: another one is refused with `approval.changed`. */
  readonly seen?: string | undefined;
  readonly now: Instant;
}

/** Builds of a plan with `approvals` begin as `waiting_for_approval`. With the first vote the versions of a build are fixed. */
export interface ApprovalStore {
  /**
   * Writes down a vote. The last one that was needed makes the build `pending`, a rejection ends it as `cancelled`. Errors: `approval.voted` for a second
   * approval by one person at one gate, `approval.which` when several gates are open and none is named, `approval.unknown`, `approval.changed`,
   * `store.conflict` for a build that does not wait (any more), or waits for longer than its gates allow.
   */
  voteOnBuild(vote: Vote): Promise<BuildRecord>;
  /** Oldest first; a build without any is left out. */
  votesOn(builds: readonly BuildId[]): Promise<ReadonlyMap<BuildId, readonly ApprovalVote[]>>;
  /** Ends as `cancelled` the builds that nobody approved in time. */
  expireApprovals(now: Instant, limit: number): Promise<readonly BuildRecord[]>;
  /** The earliest `approveBy` there is, so that a loop knows how long it may sleep. */
  nextApprovalEnd(): Promise<Instant | undefined>;
}

export interface GrantRequest {
  readonly workerId: WorkerId;
  readonly question: string;
  readonly teamId?: TeamId | undefined;
  readonly tags: readonly string[];
  readonly kinds: readonly WorkKind[];
  readonly leaseMs: number;
  readonly now: Instant;
}

export interface AttemptStore {
  /**
   * The best work this worker may do, taken by compare-and-set: checks before builds, then priority, then age. A build's tags must all be among the
   * worker's; `concurrency` and `serialGroups` of its job must have room (a slot stays held between the attempts of a build). The same question gets the
   * same grant again while its attempt runs. A worker that was lost or has left gets nothing until it is heard of again. `undefined`: nothing to do.
   */
  grant(request: GrantRequest): Promise<GrantedWork | undefined>;

  /**
   * Renews leases. What this worker no longer holds under that fencing number comes back in `lost`; attempts to be cancelled in `cancel`.
   */
  renew(command: {
    readonly workerId: WorkerId;
    readonly attempts: readonly { readonly id: AttemptId; readonly fencing: number }[];
    readonly checks: readonly { readonly id: CheckId; readonly fencing: number }[];
    readonly leaseMs: number;
    readonly now: Instant;
  }): Promise<{ lost: readonly string[]; cancel: readonly string[] }>;

  /**
   * Appends events. Numbers stored already are skipped, a gap is refused with `store.event_gap` (the worker sends from `lastEvent + 1`
   * again). Events of an attempt that is no longer in force are stored when they are logs, step ends or clean-up, and change no status. Moves the build and the
   * attempt: `attempt_started`, `attempt_ended` (which records outputs, frees slots, and either ends the build or, for an `errored` attempt that may be
   * repeated, makes it pending again, not before `retryAt`).
   */
  appendEvents(batch: EventBatch, options: AppendOptions): Promise<AppendResult>;

  /**
   * Ends as `lost` each attempt, and puts back each check, whose lease ran out by the database's clock. Builds that may be tried again become pending, others `errored: worker lost`.
   */
  rescueExpired(
    /** With `longestLeaseMs` a lease that ends later than that from now is over, too: it was given before the clock was set back. */
    options: AppendOptions & { readonly longestLeaseMs?: number | undefined },
  ): Promise<readonly { readonly buildId: BuildId; readonly pipelineId: PipelineId }[]>;

  /** An attempt that a returning worker's journal says was cut off: as if its lease ran out now. Unknown or ended ones change nothing. Gives the builds it changed. */
  surrender(
    attempts: readonly AttemptId[],
    workerId: WorkerId,
    options: AppendOptions,
  ): Promise<readonly { readonly buildId: BuildId; readonly pipelineId: PipelineId }[]>;

  listAttempts(buildId: BuildId): Promise<readonly AttemptRecord[]>;
  /** Events of an attempt after `seq`, in order, logs excluded. */
  listEvents(attemptId: AttemptId, afterSeq: number, limit: number): Promise<readonly StoredEvent[]>;
  /** Log chunks of an attempt (of one step when given) after `seq`, in order. */
  listLogChunks(
    attemptId: AttemptId,
    options: {
      readonly step?: string | undefined;
      readonly afterSeq: number;
      /** Only chunks that begin at this byte of their step's log or behind it. */
      readonly fromOffset?: number | undefined;
      readonly limitBytes: number;
    },
  ): Promise<readonly LogChunk[]>;
  /** How long the log of each step is (`lines`: its line feeds), steps without one left out. */
  logSizes(attemptId: AttemptId): Promise<ReadonlyMap<string, { readonly bytes: number; readonly lines: number }>>;
  /** Bytes `[offset, offset + length)` of a step's log, and the length of the whole. */
  readLog(
    attemptId: AttemptId,
    step: string,
    offset: number,
    length: number,
  ): Promise<{ bytes: Uint8Array; total: number; lines: number }>;
}

export interface AppendOptions {
  readonly now: Instant;
  /** How often a build that errored is tried again, when its job does not say. */
  readonly errorRetries: number;
  /** When the n-th retry (from 1) may begin. */
  readonly retryAt: (retry: number) => Instant;
}

export interface AppendResult {
  /** Number of the last event stored now. */
  readonly lastEvent: number;
  readonly buildId?: BuildId | undefined;
  readonly pipelineId?: PipelineId | undefined;
  readonly attemptNumber?: number | undefined;
  /** What was new: to be fed to live readers. Log chunks have their offsets. */
  readonly events: readonly StoredEvent[];
  readonly chunks: readonly LogChunk[];
  /** Set when this ended the build, or made it pending again. */
  readonly build?: BuildRecord | undefined;
}

export interface TestQuery {
  /** Absent: all. */
  readonly status?: readonly TestStatus[] | undefined;
  /** `reported`: in the order of the reports; `slowest` has one page. */
  readonly order: 'reported' | 'slowest';
  readonly limit: number;
  readonly after?: string | undefined;
}

/** Results come with events of attempts (`tests`). Of a step that was tried several times the newest try that reported any counts. */
export interface TestStore {
  /** Builds without reports are not in the answer. */
  testCounts(builds: readonly BuildId[]): Promise<ReadonlyMap<BuildId, TestCounts>>;
  listTests(buildId: BuildId, query: TestQuery): Promise<Page<TestResultRecord>>;
  /** How many of the build's tests both failed and passed in it. */
  countFlakyTests(buildId: BuildId): Promise<number>;
  findTest(id: TestId): Promise<{ readonly jobId: JobId; readonly suite: string; readonly name: string } | undefined>;
  /** How the tests went in the newest `builds` builds of the job up to the number that have reports; newest build first. */
  testRuns(query: {
    readonly jobId: JobId;
    readonly tests: readonly TestId[];
    readonly upTo: number;
    readonly builds: number;
  }): Promise<readonly TestRun[]>;
  /** The newest build of the job before the number that passed and has reports. */
  testBaseline(jobId: JobId, before: number): Promise<{ readonly id: BuildId; readonly number: number } | undefined>;
}

export interface WorkerStore {
  /** A worker said hello, or was heard of. Its `lastSeenAt` is now. */
  saveWorker(worker: Omit<WorkerRecord, 'firstSeenAt' | 'lastSeenAt' | 'status'>, now: Instant): Promise<void>;
  touchWorker(id: WorkerId, now: Instant): Promise<void>;
  /** It left: what it was granted and had not begun goes back to pending. */
  leaveWorker(id: WorkerId, now: Instant): Promise<void>;
  listWorkers(): Promise<readonly WorkerRecord[]>;
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
