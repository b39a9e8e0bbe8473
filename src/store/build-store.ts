/** Builds, and what people say to those that wait for approval. */
import type { Instant } from '../lib/clock.ts';
import type { BuildId, JobId, PipelineId } from '../lib/ids.ts';
import type { BuildStatus } from '../protocol/status.ts';
import type { Page, PageRequest } from './page.ts';
import type { ApprovalVote, AttemptRecord, BuildDetail, BuildInput, BuildRecord } from './records.ts';
import type { DecisionCommit, FactsScope, NewBuild, SchedulingFacts } from './scheduling-facts.ts';

export interface BuildQuery extends PageRequest {
  readonly pipelineId?: PipelineId | undefined;
  readonly jobId?: JobId | undefined;
  readonly status?: readonly BuildStatus[] | undefined;
  /** Only those that hold a slot: from their first grant to their end, also between attempts. */
  readonly holdsSlot?: true | undefined;
}

export interface BuildStore {
  /** With a scope it costs what that scope costs, however large the pipeline is. `undefined`: there is no such pipeline, or no job in the scope. */
  schedulingFacts(pipelineId: PipelineId, scope?: FactsScope): Promise<SchedulingFacts | undefined>;
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
