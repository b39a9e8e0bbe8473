import type { Instant } from '../lib/clock.ts';
import type { BuildId, PipelineId } from '../lib/ids.ts';
import type { Happened } from '../pipeline/job-links.ts';
import type { WorkKind } from '../protocol/messages.ts';

/**
 * Who has to look again after something happened. Each only wakes: whoever is woken asks the store, and asks it from time to time without
 * being woken, so that a wake-up lost in a crash costs time and nothing else.
 */
export interface Wakeups {
  /**
   * New versions, an ended build, a new revision, an end of a pause: the scheduler decides again. With what happened, only about the jobs that it concerns:
   * what a decision costs does not grow with the pipeline.
   */
  schedule(pipeline: PipelineId, happened?: Happened): void;
  /** There may be work for a worker whose question is held: of this kind, or of any. */
  work(kind?: WorkKind): void;
  /** The same, at this instant. */
  workAt(at: Instant): void;
  /** Resources, their schedules or their times changed. */
  checks(): void;
  /** A webhook was kept. */
  webhooks(): void;
  /** Something was written that pages show. */
  feed(): void;
  /** The status of a build or of one of its attempts changed. */
  build(build: BuildId): void;
  /** Events of a build were stored; the readers of this server have them. */
  events(build: BuildId): void;
}
