/** What events of forges bring: versions bound to the revision of their own commit, builds of forks that wait to be released, and what a forge is told. */
import type { Instant } from '../lib/clock.ts';
import type { BuildId, PipelineId, ResourceId, RevisionId, VersionId } from '../lib/ids.ts';
import type { BuildEvent } from '../protocol/build-event.ts';
import type { ProblemDetail } from '../protocol/events.ts';
import type { VersionFields, VersionMetadata } from '../protocol/version.ts';
import type { BuildRecord, VersionRecord } from './records.ts';

/** How a commit stands, for those who look at it on the forge. */
export interface ForgeTold {
  /** Tells it from what else is told of the commit: `pikoci/build`. */
  readonly context: string;
  readonly state: 'pending' | 'running' | 'succeeded' | 'failed' | 'errored' | 'cancelled';
  /** One line. */
  readonly description: string;
  readonly url: string;
  /** All that there is to say, in Markdown. */
  readonly text?: string | undefined;
}

export interface ForgeReport {
  readonly id: string;
  /** Absent: of an event that made no build; `told` says it then. */
  readonly buildId: BuildId | undefined;
  readonly event: BuildEvent;
  readonly told: ForgeTold | undefined;
  /** What the forge heard last. */
  readonly sent: string | undefined;
  /** What the forge calls it. */
  readonly remoteId: string | undefined;
  /** Since when there is something to tell that it has not heard. */
  readonly since: Instant;
  readonly tries: number;
  readonly problem: ProblemDetail | undefined;
  readonly givenUpAt: Instant | undefined;
  /** Of a claim: whoever ends it says it. */
  readonly claim: Instant | undefined;
}

export interface RepositoryBuildStore {
  /**
   * A version that an event brought. It makes no build by itself: who saved it makes those of its own, bound to `revisionId`; what follows those (`passed`) is
   * built by that revision too. Known already, it keeps its place, and is of this event and revision from now on.
   */
  saveEventVersion(command: {
    readonly resourceId: ResourceId;
    readonly version: VersionFields;
    readonly metadata: VersionMetadata;
    readonly event: BuildEvent;
    readonly revisionId: RevisionId;
    readonly now: Instant;
  }): Promise<VersionRecord>;
  /** A job could not run with it yet: as soon as it can, it is to. */
  letTrigger(id: VersionId): Promise<void>;

  /** Somebody answers for a build of a fork. Error: `store.conflict` when it is not held (any more). */
  releaseBuild(id: BuildId, by: string, now: Instant): Promise<BuildRecord>;

  /** Nothing of it is checked or decided any more, and lists leave it out; `undefined`: it is back. */
  archivePipeline(id: PipelineId, why: string | undefined, now: Instant): Promise<void>;

  /** What a forge is told of an event that made no build. The same id again changes nothing. */
  addReport(report: {
    readonly id: string;
    readonly event: BuildEvent;
    readonly told: ForgeTold;
    readonly now: Instant;
  }): Promise<void>;
  /** What may have to be told now, for whoever asks first: for `claimMs` nobody else gets it. */
  claimReports(now: Instant, limit: number, claimMs: number): Promise<readonly ForgeReport[]>;
  /**
   * The forge has heard `sent`. What happened to the build since the claim is due again. `again`: it is not all yet.
   */
  reportTold(
    report: ForgeReport,
    heard: { readonly sent: string; readonly remoteId?: string | undefined },
  ): Promise<void>;
  /** It has not. `nextAt` undefined: nothing more is tried. */
  reportFailed(report: ForgeReport, problem: ProblemDetail, nextAt: Instant | undefined, now: Instant): Promise<void>;
  nextReportAt(): Promise<Instant | undefined>;
  reportOf(build: BuildId): Promise<ForgeReport | undefined>;
}
