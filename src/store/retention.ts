/** What is kept of builds, and what may go. Everything here is done in small commands, so that a store is never blocked for long. */
import type { Instant } from '../lib/clock.ts';
import type { BuildId, JobId } from '../lib/ids.ts';
import type { Outcome } from '../protocol/status.ts';

/** Each is a limit of its own: what is past one of them goes. */
export interface RetentionRule {
  /** The newest so many builds of the job stay. */
  readonly builds?: number | undefined;
  /** Builds that ended before this go. */
  readonly endedBefore?: Instant | undefined;
}

export interface ExpiredBuild {
  readonly id: BuildId;
  readonly number: number;
  readonly status: Outcome;
  readonly endedAt: Instant;
  /** Past which limit it is; past both, `age`. */
  readonly why: 'count' | 'age';
}

export interface RetentionStore {
  /**
   * Builds of a job that a rule lets go of, by number, behind `after`. Never among them: builds that have not ended, the newest that let its versions pass,
   * and one whose artifact is the newest of its resource or was got by a build that is there.
   */
  expiredBuilds(query: {
    readonly jobId: JobId;
    readonly rule: RetentionRule;
    readonly after?: number | undefined;
    readonly limit: number;
  }): Promise<readonly ExpiredBuild[]>;
  /**
   * Deletes builds that have ended, with everything that belongs to them. Numbers are not used again, and what the scheduler decides stays the same: which
   * versions a job used, and which passed it. One that is not there is no error.
   */
  deleteBuilds(ids: readonly BuildId[], now: Instant): Promise<void>;
  /** Builds that ended before and whose log is still there, oldest first. */
  expiredLogs(endedBefore: Instant, limit: number): Promise<readonly BuildId[]>;
  /** Deletes about so many bytes of the logs of a build. Whether there is more. */
  trimLog(id: BuildId, bytes: number): Promise<boolean>;
  /** Says that the log of a build is gone. */
  markLogDeleted(id: BuildId, now: Instant): Promise<void>;
}
