/** What the scheduler decides on, and what comes of its decisions. */
import type { Instant } from '../lib/clock.ts';
import type { BuildId, JobId, PipelineId, ResourceId, RevisionId, VersionId } from '../lib/ids.ts';
import type { InputValues } from '../pipeline/job-input.ts';
import type { Happened } from '../pipeline/job-links.ts';
import type { Pipeline } from '../pipeline/model.ts';
import type { BuildPlan } from '../pipeline/plan.ts';
import type { ProblemDetail } from '../protocol/events.ts';
import type { VersionFields } from '../protocol/version.ts';
import type { BuildCause, JobRecord, PipelineRecord, ResourceRecord, VersionRecord } from './records.ts';

/** Which jobs of a pipeline are asked about: these, or those that something else may be decided of after this happened. */
export type FactsScope =
  | { readonly kind: 'jobs'; readonly jobs: readonly string[] }
  | { readonly kind: 'happened'; readonly happened: Happened };

/** Everything the scheduler asks about one pipeline, read in one consistent look. */
export interface SchedulingFacts {
  /** How often was decided for the pipeline before. */
  readonly decided: number;
  readonly pipeline: PipelineRecord;
  readonly model: Pipeline;
  /** The jobs that were asked about; absent: all. Of the others only what is needed for these is told: which builds of theirs let versions pass. */
  readonly only?: ReadonlySet<string> | undefined;
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
  /** An automatic one that keeps its versions, whatever newer ones come. */
  readonly fixed?: boolean | undefined;
  /** What is wrong before it has begun: it ends at once, `errored`. */
  readonly problem?: ProblemDetail | undefined;
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
  /** `decided` of the facts: when another server has decided since, the commit is refused with `store.stale_decision`. */
  readonly basedOn?: number | undefined;
  readonly now: Instant;
}
