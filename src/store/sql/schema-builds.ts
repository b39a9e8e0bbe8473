/** The tables of builds: what they were given, their attempts, logs and tests. */
import type { Instant } from '../../lib/clock.ts';
import type {
  AttemptId,
  BuildId,
  JobId,
  PipelineId,
  ResourceId,
  RevisionId,
  TeamId,
  TestId,
  VersionId,
  WorkerId,
} from '../../lib/ids.ts';
import type { AttemptStatus, BuildStatus, Outcome } from '../../protocol/status.ts';
import type { TestStatus } from '../../protocol/tests.ts';
import type { Flag } from './flag.ts';

export interface BuildTable {
  id: BuildId;
  job_id: JobId;
  pipeline_id: PipelineId;
  team_id: TeamId;
  number: number;
  status: BuildStatus;
  cause_json: string;
  revision_id: RevisionId;
  revision: number;
  plan_digest: string;
  /** SHA-256 of `inputSetKey`. */
  input_set: string;
  automatic: Flag;
  /** An automatic build of a job without `every`: until it is granted, its versions may be changed. */
  replaceable: Flag;
  /** Minus the priority, so that one ascending index serves the queue. */
  rank: number;
  created_at: Instant;
  started_at: Instant | null;
  ended_at: Instant | null;
  problem_json: string | null;
  attempts: number;
  /** Automatic retries used after attempts that errored. */
  retries: number;
  /** JSON list of the plan's `put` and `notify` step ids: once one of them started there is no automatic retry. */
  effect_steps_json: string;
  effects_began: Flag;
  not_before: Instant | null;
  cancel_requested_by: string | null;
  holds_slot: Flag;
  /** 1 when it ended so that its versions pass downstream. */
  passed: Flag;
  /** What it was given: inputs by name. Sensitive ones are only in `sealed_inputs`. */
  input_values_json: string | null;
  sealed_inputs: string | null;
  /** Since when people are asked to approve it as it is, and until when; null when nobody is, or there is no limit. */
  asked_at: Instant | null;
  approve_by: Instant | null;
  /** Its log was deleted while the rest of it is kept. */
  log_deleted_at: Instant | null;
  /** What happened on a forge that it is of. */
  event_json: string | null;
  /** 1: it is of a fork, and waits until somebody releases it. */
  held: 1 | null;
  released_by: string | null;
  released_at: Instant | null;
}

export interface ApprovalTable {
  build_id: BuildId;
  label: string;
  voter: string;
  vote: 'approved' | 'rejected';
  reason: string | null;
  voted_at: Instant;
}

/** Inputs and outputs, with copies of the versions: a build's history outlives what its resource forgets. */
export interface BuildVersionTable {
  build_id: BuildId;
  direction: 'in' | 'out';
  step: string;
  resource_id: ResourceId;
  resource: string;
  version_id: VersionId;
  version_json: string;
  metadata_json: string;
}

/** One row per job and version that any build of the job got or put: what is not here is new to the job. */
export interface UsedVersionTable {
  job_id: JobId;
  resource_id: ResourceId;
  position: number;
  version_id: VersionId;
}

export interface AttemptTable {
  id: AttemptId;
  build_id: BuildId;
  number: number;
  status: AttemptStatus;
  outcome: Outcome | null;
  problem_json: string | null;
  worker_id: WorkerId;
  worker: string;
  fencing: number;
  lease_until: Instant;
  cancel_requested: Flag;
  granted_at: Instant;
  started_at: Instant | null;
  ended_at: Instant | null;
  last_event: number;
  question: string;
}

export interface LogChunkTable {
  attempt_id: AttemptId;
  seq: number;
  step: string;
  at: Instant;
  byte_offset: number;
  first_line: number;
  size: number;
  bytes: Uint8Array;
}

/** A test that any build of the job told of. */
export interface TestTable {
  id: TestId;
  job_id: JobId;
  /** SHA-256 of suite and name: its identity within the job. */
  digest: string;
  suite: string;
  name: string;
}

/** What one try of a step reported, summed up. */
export interface TestReportTable {
  build_id: BuildId;
  step: string;
  /** Of attempt and try: the higher is the newer. */
  run: number;
  passed: number;
  failed: number;
  errored: number;
  skipped: number;
  duration_us: number;
}

export interface TestResultTable {
  build_id: BuildId;
  /** In the order in which the build's results came, from 0. */
  position: number;
  test_id: TestId;
  step: string;
  run: number;
  status: TestStatus;
  duration_us: number | null;
  message: string | null;
  place: string | null;
  /** Its tool said so, or an earlier try of the step ended otherwise. */
  flaky: Flag;
}
