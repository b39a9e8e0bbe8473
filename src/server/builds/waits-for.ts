import type { Instant } from '../../lib/clock.ts';
import { formatDuration } from '../../lib/duration.ts';
import type { Job } from '../../pipeline/model.ts';
import type { BuildRecord, WorkerRecord } from '../../store/records.ts';

export interface WaitFacts {
  readonly build: Pick<BuildRecord, 'id' | 'job' | 'notBefore'>;
  /** Of the pipeline's model; absent when the job is no longer in it. */
  readonly job: Pick<Job, 'concurrency' | 'serialGroups'> | undefined;
  /** What a worker must have. */
  readonly tags: readonly string[];
  /** Builds of the pipeline that hold a slot. */
  readonly running: readonly Pick<BuildRecord, 'id' | 'job' | 'number'>[];
  readonly serialGroupsOf: (job: string) => readonly string[];
  readonly workers: readonly Pick<WorkerRecord, 'status' | 'tags' | 'slots'>[];
  readonly now: Instant;
}

/** What a pending build waits for, in words: what holds it first. */
export function describeWait(facts: WaitFacts): string {
  const { build, job, tags, running, now } = facts;
  if (build.notBefore !== undefined && build.notBefore > now) {
    return `the next try, in ${formatDuration(build.notBefore - now)}`;
  }
  const own = running.filter((other) => other.job === build.job);
  if (job?.concurrency !== undefined && own.length >= job.concurrency) {
    return job.concurrency === 1
      ? `build ${own[0]?.number} of this job to end`
      : `one of ${own.length} running builds of this job to end`;
  }
  for (const group of job?.serialGroups ?? []) {
    const other = running.find((one) => facts.serialGroupsOf(one.job).includes(group));
    if (other !== undefined) return `build ${other.number} of ${other.job} to end (serial group ${group})`;
  }
  const workers = facts.workers.filter((worker) => worker.status === 'running');
  if (workers.length === 0) return 'a worker: none is connected';
  const missing = tags.filter((tag) => !workers.some((worker) => worker.tags.includes(tag)));
  if (missing.length > 0) return `a worker: none has the tag ${missing.join(', ')}`;
  const able = workers.filter((worker) => tags.every((tag) => worker.tags.includes(tag)));
  if (able.length === 0) return `a worker: none has all of the tags ${tags.join(', ')}`;
  // Builds of other pipelines may hold slots too, so that there is a free one is not sure.
  const slots = able.reduce((sum, worker) => sum + worker.slots, 0);
  return running.length < slots ? 'a worker to take it' : 'a free slot on a worker';
}
