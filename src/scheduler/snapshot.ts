/**
 * What the scheduler decides on, and what it decides. Both are plain values: whoever calls reads the facts in one consistent look and
 * commits the decisions in one command.
 */
import type { Instant } from '../lib/clock.ts';
import type { BuildId, JobId, ResourceId, RevisionId, VersionId } from '../lib/ids.ts';
import type { Json } from '../lib/json.ts';
import type { Pipeline } from '../pipeline/model.ts';
import type { Hold } from './hold.ts';

export interface Snapshot {
  readonly pipeline: {
    readonly revisionId: RevisionId;
    readonly pausedBy?: string | undefined;
    readonly pausedAt?: Instant | undefined;
  };
  readonly model: Pipeline;
  /** The jobs that are decided on; absent: all. Of the others only `passed` is known. */
  readonly only?: ReadonlySet<string> | undefined;
  readonly jobs: readonly JobFacts[];
  readonly resources: readonly ResourceFacts[];
}

export interface JobFacts {
  readonly id: JobId;
  readonly name: string;
  readonly active: boolean;
  readonly pausedBy?: string | undefined;
  readonly pausedAt?: Instant | undefined;
  /** The reason recorded last. */
  readonly hold?: { readonly reason: unknown } | undefined;
  /** The automatic build that waits and may still be changed. A job with a `get` of `every` version has none: its builds wait in a queue, as they are. */
  readonly pending?:
    | {
        readonly buildId: BuildId;
        readonly revisionId: RevisionId;
        readonly inputs: readonly ChosenInput[];
        /** It does not run before people have approved it. */
        readonly needsApproval: boolean;
      }
    | undefined;
  /** Of an `interruptible` job: its automatic builds that wait in the queue as they are, or run, and that nobody asked to stop. In any order. */
  readonly live?: readonly LiveBuild[] | undefined;
  /** Its automatic builds that wait in the queue as they are and may have a version that is not to be used any more. In any order. */
  readonly queued?: readonly { readonly buildId: BuildId; readonly inputs: readonly ChosenInput[] }[] | undefined;
  /** Versions that any other build of the job got or put. */
  readonly used: ReadonlySet<VersionId>;
  /** Builds that let versions pass: what they got and put, by resource. In any order. */
  readonly passed: readonly PassedBuild[];
}

export interface LiveBuild {
  readonly buildId: BuildId;
  readonly number: number;
  /** It does not run before people have approved it. */
  readonly needsApproval: boolean;
  /** What it got, by the id of the `get`. */
  readonly versions: ReadonlyMap<string, Readonly<Record<string, Json>>>;
}

export interface PassedBuild {
  readonly buildId: BuildId;
  readonly number: number;
  readonly versions: ReadonlyMap<ResourceId, VersionId>;
}

export interface ResourceFacts {
  readonly id: ResourceId;
  readonly address: string;
  readonly active: boolean;
  readonly pinnedVersionId?: VersionId | undefined;
  /** In any order; `position` says which is newer. */
  readonly versions: readonly VersionFacts[];
}

export interface VersionFacts {
  readonly id: VersionId;
  readonly version: Readonly<Record<string, Json>>;
  readonly position: number;
  /** False for the history that a first check reports. */
  readonly triggers: boolean;
  readonly disabled: boolean;
}

/** The version that one `get` of a build fetches. `step` is the id of the `get`. */
export interface ChosenInput {
  readonly step: string;
  readonly resourceId: ResourceId;
  readonly versionId: VersionId;
}

export type Cause =
  | { readonly kind: 'version'; readonly resource: string; readonly version: Record<string, Json> }
  | { readonly kind: 'passed'; readonly job: string; readonly number: number };

export type Decision =
  /** A new build, because of something new. */
  | {
      readonly kind: 'build';
      readonly jobId: JobId;
      readonly job: string;
      readonly inputs: readonly ChosenInput[];
      readonly cause: Cause;
    }
  /** The waiting build gets these versions (or, with the same versions, the plan of the revision in force). */
  | {
      readonly kind: 'update';
      readonly jobId: JobId;
      readonly job: string;
      readonly buildId: BuildId;
      readonly inputs: readonly ChosenInput[];
      readonly cause: Cause;
    }
  /** The waiting build must not run any more: there is nothing new for it, or its versions are not to be used. */
  | { readonly kind: 'withdraw'; readonly jobId: JobId; readonly job: string; readonly buildId: BuildId }
  /** A newer build of the job makes this one needless, and the job says that such builds are to be stopped. */
  | { readonly kind: 'supersede'; readonly jobId: JobId; readonly job: string; readonly buildId: BuildId }
  /** The job could have run and does not: why. Only when the recorded reason is another. */
  | { readonly kind: 'hold'; readonly jobId: JobId; readonly job: string; readonly hold: Hold }
  /** The recorded reason holds no longer. */
  | { readonly kind: 'clear'; readonly jobId: JobId; readonly job: string };
