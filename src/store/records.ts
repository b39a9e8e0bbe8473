/** Rows as the rest of the program sees them. Instants are integer milliseconds UTC, ids UUIDv7 text, JSON already parsed. */
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
import type { CheckSchedule, Pipeline, SourceBundle } from '../pipeline/model.ts';
import type { BuildPlan } from '../pipeline/plan.ts';
import type { BuildEvent } from '../protocol/build-event.ts';
import type { AttemptEvent, ProblemDetail } from '../protocol/events.ts';
import type { WorkKind } from '../protocol/messages.ts';
import type { AttemptStatus, BuildStatus, CheckStatus, Outcome, WorkerStatus } from '../protocol/status.ts';
import type { TestCase, TestStatus } from '../protocol/tests.ts';
import type { VersionFields, VersionMetadata } from '../protocol/version.ts';

/** Who did something that stands until it is undone: when, and why in their own words. */
export interface Mark {
  readonly by: string;
  readonly at: Instant;
  readonly reason?: string | undefined;
}

export interface TeamRecord {
  readonly id: TeamId;
  readonly name: string;
}

export interface PipelineRecord {
  readonly id: PipelineId;
  readonly teamId: TeamId;
  readonly team: string;
  readonly name: string;
  readonly revisionId: RevisionId;
  readonly revision: number;
  readonly pausedBy?: string | undefined;
  readonly pausedAt?: Instant | undefined;
  readonly pausedReason?: string | undefined;
  readonly public: boolean;
  /** Its text is that of a fork: builds of it are held, and nothing of it is checked. */
  readonly fork: boolean;
  /** What it was of is gone: it is kept for its history. */
  readonly archivedAt?: Instant | undefined;
  readonly archivedReason?: string | undefined;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
}

/** What lists have of a revision. */
export interface RevisionSummary {
  readonly id: RevisionId;
  readonly pipelineId: PipelineId;
  /** From 1, without gaps. */
  readonly number: number;
  readonly setBy: string;
  readonly createdAt: Instant;
  /** Why it was made, in the words of who made it. */
  readonly message?: string | undefined;
  /** The revision that this one repeats. */
  readonly restoredFrom?: number | undefined;
}

export interface RevisionRecord extends RevisionSummary {
  readonly bundle: SourceBundle;
  readonly model: Pipeline;
  /** Texts that were fetched for it, by their address. */
  readonly sources: Readonly<Record<string, string>>;
  /** Values of sensitive variables: a map of names to JSON, encrypted by the server (never in clear here). */
  readonly sealedVariables?: string | undefined;
}

export interface ResourceRecord {
  readonly id: ResourceId;
  readonly pipelineId: PipelineId;
  readonly address: string;
  readonly type: string;
  readonly name: string;
  readonly schedule?: CheckSchedule | undefined;
  readonly pinnedVersionId?: VersionId | undefined;
  /** Of the pin; absent for one made before it was recorded. */
  readonly pinned?: Mark | undefined;
  readonly nextCheckAt: Instant;
  readonly lastCheckAt?: Instant | undefined;
  readonly lastCheckStatus?: CheckStatus | undefined;
  readonly lastCheckProblem?: ProblemDetail | undefined;
  /** One that waits for a worker or runs. */
  readonly openCheckId?: CheckId | undefined;
  /** Output of the last check, masked, its last 64 KiB. */
  readonly lastCheckLog: string;
  /** Its versions are made by `put` alone: there is nothing to look for. */
  readonly neverChecked: boolean;
  /** False once it is no longer in the pipeline: kept for its history, not checked. */
  readonly active: boolean;
}

export interface VersionRecord {
  readonly id: VersionId;
  readonly resourceId: ResourceId;
  readonly version: VersionFields;
  readonly metadata: VersionMetadata;
  /** Order within the resource, ascending with age: the newest has the highest. A version found again keeps its place, unless the report says its order counts. */
  readonly position: number;
  /** False for all but the newest version of the very first check: they are history, and trigger nothing. */
  readonly triggers: boolean;
  readonly disabled: boolean;
  readonly disabledMark?: Mark | undefined;
  readonly firstSeenAt: Instant;
  /** Of one that an event on a forge brought; and the revision that it is built by. */
  readonly event?: BuildEvent | undefined;
  readonly revisionId?: RevisionId | undefined;
}

export interface JobRecord {
  readonly id: JobId;
  readonly pipelineId: PipelineId;
  readonly name: string;
  readonly group: string;
  /** Place in the pipeline's text, from 0. */
  readonly ordinal: number;
  readonly pausedBy?: string | undefined;
  readonly pausedAt?: Instant | undefined;
  readonly pausedReason?: string | undefined;
  /** Why it did not run the last time it could have: the scheduler's words (JSON), and since when. */
  readonly hold?: { readonly reason: unknown; readonly since: Instant } | undefined;
  readonly active: boolean;
  /** Number of the newest build there ever was; 0 before the first. */
  readonly lastNumber: number;
}

/** Why a build exists. */
export type BuildCause =
  | { readonly kind: 'version'; readonly resource: string; readonly version: VersionFields }
  | { readonly kind: 'passed'; readonly job: string; readonly number: number }
  | { readonly kind: 'manual'; readonly by: string; readonly reason?: string | undefined }
  | {
      readonly kind: 'retry';
      readonly by: string;
      readonly ofNumber: number;
      readonly reason?: string | undefined;
    };

export interface BuildInput {
  /** Step id of the `get`. */
  readonly step: string;
  readonly resourceId: ResourceId;
  readonly resource: string;
  readonly versionId: VersionId;
  readonly version: VersionFields;
  readonly metadata: VersionMetadata;
}

export interface BuildRecord {
  readonly id: BuildId;
  readonly jobId: JobId;
  readonly job: string;
  readonly pipelineId: PipelineId;
  readonly pipeline: string;
  readonly teamId: TeamId;
  readonly team: string;
  readonly number: number;
  readonly status: BuildStatus;
  readonly cause: BuildCause;
  readonly revisionId: RevisionId;
  readonly revision: number;
  readonly createdAt: Instant;
  readonly startedAt?: Instant | undefined;
  readonly endedAt?: Instant | undefined;
  readonly problem?: ProblemDetail | undefined;
  /** Number of the newest attempt; 0 before the first grant. */
  readonly attempts: number;
  /** While pending after a lost or errored attempt: not before this instant. */
  readonly notBefore?: Instant | undefined;
  readonly cancelRequestedBy?: string | undefined;
  /** When its log was deleted, while the rest of it is kept. */
  readonly logDeletedAt?: Instant | undefined;
  /** People have, or had, to approve it. */
  readonly hasGates: boolean;
  /** While people are asked to approve it: since when, as it is now, and until when. */
  readonly askedAt?: Instant | undefined;
  readonly approveBy?: Instant | undefined;
  /** What happened on a forge that it is of. */
  readonly event?: BuildEvent | undefined;
  /** It is of a fork, and runs when somebody has released it. */
  readonly held: boolean;
  readonly released?: Mark | undefined;
  /** One text for what a person approves who approves it now: its versions and its plan. */
  readonly seen: string;
}

/** What a person said at a gate of a build. */
export interface ApprovalVote {
  readonly label: string;
  readonly by: string;
  readonly vote: 'approved' | 'rejected';
  readonly reason?: string | undefined;
  readonly at: Instant;
}

/** A build with everything its page shows besides events and logs. */
export interface BuildDetail extends BuildRecord {
  readonly plan: BuildPlan;
  readonly inputs: readonly BuildInput[];
  readonly outputs: readonly BuildInput[];
  readonly attemptList: readonly AttemptRecord[];
  /** Its inputs by name, but sensitive ones. */
  readonly inputValues: InputValues;
  /** Sensitive inputs: a map of names to JSON, encrypted by the server. */
  readonly sealedInputs?: string | undefined;
  /** Oldest first. */
  readonly votes: readonly ApprovalVote[];
}

export interface AttemptRecord {
  readonly id: AttemptId;
  readonly buildId: BuildId;
  readonly number: number;
  readonly status: AttemptStatus;
  readonly outcome?: Outcome | undefined;
  readonly problem?: ProblemDetail | undefined;
  readonly workerId: WorkerId;
  readonly worker: string;
  readonly fencing: number;
  readonly leaseUntil: Instant;
  readonly cancelRequested: boolean;
  readonly grantedAt: Instant;
  readonly startedAt?: Instant | undefined;
  readonly endedAt?: Instant | undefined;
  /** Number of the last event stored. */
  readonly lastEvent: number;
}

/** An event of an attempt other than `log` and `tests`; logs are stored as chunks, tests by their names. */
export interface StoredEvent {
  readonly attemptId: AttemptId;
  readonly seq: number;
  readonly event: Exclude<AttemptEvent, { kind: 'log' | 'tests' }>;
}

/** A piece of one step's log. Chunks of a step are contiguous: `offset` is the sum of the lengths before it. */
export interface LogChunk {
  readonly attemptId: AttemptId;
  readonly seq: number;
  readonly step: string;
  readonly at: Instant;
  readonly offset: number;
  /** Index, from 0, of the line that the chunk's first byte belongs to. */
  readonly firstLine: number;
  readonly bytes: Uint8Array;
}

export interface CheckRecord {
  readonly id: CheckId;
  readonly resourceId: ResourceId;
  readonly status: CheckStatus;
  readonly fencing: number;
  readonly requestedBy?: string | undefined;
  readonly requestedAt: Instant;
  readonly startedAt?: Instant | undefined;
  readonly endedAt?: Instant | undefined;
  readonly problem?: ProblemDetail | undefined;
  readonly newVersions?: number | undefined;
}

export interface WorkerRecord {
  readonly id: WorkerId;
  readonly name: string;
  readonly version: string;
  readonly teamId?: TeamId | undefined;
  readonly tags: readonly string[];
  readonly slots: number;
  /** What it takes. */
  readonly kinds: readonly WorkKind[];
  /** It takes only what asks for one of its tags. */
  readonly exclusive: boolean;
  /** Its process says so by its seal key; another one with the same id is a copy. */
  readonly processKey?: string | undefined;
  /** Names its connection; absent while it has none. */
  readonly session?: string | undefined;
  readonly tokenId?: string | undefined;
  /** How it comes: `local`, `http`, or the broker. */
  readonly via?: string | undefined;
  readonly address?: string | undefined;
  readonly status: WorkerStatus;
  /** When its status became what it is. */
  readonly since: Instant;
  /** Who wants that it takes nothing new, and whether it is to leave when it has finished. */
  readonly drain?: WorkerDrain | undefined;
  readonly lastSeenAt: Instant;
  readonly firstSeenAt: Instant;
}

export interface WorkerDrain extends Mark {
  readonly leave: boolean;
}

/** Something happened that a page may show: the feed that SSE streams and `Last-Event-ID` resumes. It names objects, it does not hold them. */
export interface FeedEntry {
  /** Opaque and ordered; gap-safe. */
  readonly cursor: number;
  readonly at: Instant;
  readonly topic: FeedTopic;
  readonly pipelineId?: PipelineId | undefined;
  readonly jobId?: JobId | undefined;
  readonly resourceId?: ResourceId | undefined;
  readonly buildId?: BuildId | undefined;
}
export type FeedTopic = 'pipeline' | 'job' | 'resource' | 'build' | 'worker' | 'repository';

export interface GrantedBuild {
  readonly kind: Extract<WorkKind, 'build'>;
  readonly attempt: AttemptRecord;
  readonly build: BuildDetail;
  /** How often it was tried again after an error, and how often its job wants that; absent: the server's default. */
  readonly retries: number;
  readonly errorRetries?: number | undefined;
  /** Of the job's newest build before this one that ended green or red. */
  readonly previousStatus?: BuildStatus | undefined;
  readonly sealedVariables?: string | undefined;
}

export interface GrantedCheck {
  readonly kind: Extract<WorkKind, 'check'>;
  readonly check: CheckRecord;
  readonly resource: ResourceRecord;
  readonly pipeline: PipelineRecord;
  readonly model: Pipeline;
  readonly last?: VersionFields | undefined;
  readonly sealedVariables?: string | undefined;
}

export type GrantedWork = GrantedBuild | GrantedCheck;

/** A test of a job, by suite and name, and how it went in one build. */
export interface TestResultRecord extends Omit<TestCase, 'flaky'> {
  readonly id: TestId;
  readonly step: string;
  /** It failed and passed, within one run of its tool or in two tries of its step. */
  readonly flaky: boolean;
}

/** How a test went in an earlier build. */
export interface TestRun {
  readonly id: TestId;
  readonly buildId: BuildId;
  readonly number: number;
  readonly status: TestStatus;
  readonly durationMs?: number | undefined;
  readonly message?: string | undefined;
  readonly flaky: boolean;
  /** The same for builds of a job that ran the same plan on the same versions; absent when it had no versions at all. */
  readonly basis?: string | undefined;
}
