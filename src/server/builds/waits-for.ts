import type { Instant } from '../../lib/clock.ts';
import type { TeamId } from '../../lib/ids.ts';
import type { Job } from '../../pipeline/model.ts';
import type { WorkKind } from '../../protocol/messages.ts';
import type { Reason } from '../../protocol/reasons.ts';
import { LONGEST_RETRY_MS } from '../../store/attempt-store.ts';
import type { BuildRecord, JobRecord, Mark, PipelineRecord, WorkerRecord } from '../../store/records.ts';
import { markView } from '../marks.ts';

type OtherBuild = Pick<BuildRecord, 'id' | 'job' | 'number'>;
type Pausable = Pick<JobRecord | PipelineRecord, 'pausedBy' | 'pausedAt' | 'pausedReason'>;

type WaitWorker = Pick<WorkerRecord, 'name' | 'status' | 'tags' | 'slots'> &
  Partial<Pick<WorkerRecord, 'teamId' | 'exclusive' | 'kinds'>>;

export interface WaitFacts {
  readonly build: Pick<BuildRecord, 'id' | 'job' | 'number' | 'notBefore' | 'problem' | 'held'>;
  readonly pipeline: Pausable;
  /** The job as it is kept; absent when it is not there. */
  readonly record: (Pausable & Pick<JobRecord, 'active'>) | undefined;
  /** Of the pipeline's model; absent when the job is no longer in it. */
  readonly job: Pick<Job, 'concurrency' | 'serialGroups'> | undefined;
  /** What a worker must have. */
  readonly tags: readonly string[];
  /** Builds of the pipeline that hold a slot: they run, or wait for their next try. */
  readonly holders: readonly OtherBuild[];
  /** Builds of the pipeline that are before this one in the queue. */
  readonly before: readonly OtherBuild[];
  readonly serialGroupsOf: (job: string) => readonly string[];
  readonly workers: readonly WaitWorker[];
  /** Whose build it is: workers of other teams do not get it. */
  readonly teamId?: TeamId | undefined;
  /** In the queue of all pipelines, from 1, where it was looked up. */
  readonly place?: number | undefined;
  readonly now: Instant;
}

/** What a pending build waits for: what holds it first. */
export function waitReason(facts: WaitFacts): Reason {
  const { build, job, record, pipeline } = facts;
  if (record?.active === false) return { kind: 'job_removed', job: build.job };
  if (build.held) return { kind: 'held_fork', build: { job: build.job, number: build.number }, id: build.id };
  if (isPaused(pipeline)) return { ...pausedReason('pipeline', build.job, pipeline), kind: 'pause' };
  if (record !== undefined && isPaused(record)) return { ...pausedReason('job', build.job, record), kind: 'pause' };
  const { notBefore } = build;
  if (notBefore !== undefined && notBefore > facts.now && notBefore <= facts.now + LONGEST_RETRY_MS) {
    return { kind: 'retry', until: notBefore, problem: build.problem?.message };
  }
  const holders = facts.holders.filter((other) => other.id !== build.id);
  // Between two tries it has its slot still.
  if (holders.length === facts.holders.length) {
    const slot = slotReason(facts, job, holders);
    if (slot !== undefined) return slot;
  }
  return workerReason({ ...facts, work: 'build' });
}

type Paused = Pausable & { readonly pausedBy: string };

export const isPaused = (of: Pausable): of is Paused => of.pausedBy !== undefined;

export function pausedReason(what: 'pipeline' | 'job', job: string, of: Paused): Extract<Reason, { kind: 'paused' }> {
  const mark: Mark = { by: of.pausedBy, at: of.pausedAt ?? 0, reason: of.pausedReason };
  return { kind: 'paused', what, job, mark: markView(mark) };
}

function slotReason(facts: WaitFacts, job: WaitFacts['job'], holders: readonly OtherBuild[]): Reason | undefined {
  const own = holders.filter((other) => other.job === facts.build.job);
  if (job?.concurrency !== undefined && own.length >= job.concurrency) {
    return { kind: 'concurrency', limit: job.concurrency, builds: own.map(nameOf) };
  }
  for (const group of job?.serialGroups ?? []) {
    const holder = holders.find((one) => facts.serialGroupsOf(one.job).includes(group));
    if (holder !== undefined) return { kind: 'serial_group', group, build: nameOf(holder), holds: true };
  }
  for (const group of job?.serialGroups ?? []) {
    const first = facts.before.find((one) => facts.serialGroupsOf(one.job).includes(group));
    if (first !== undefined) return { kind: 'serial_group', group, build: nameOf(first), holds: false };
  }
  return undefined;
}

type WorkerFacts = Pick<WaitFacts, 'workers' | 'tags' | 'holders' | 'place' | 'teamId'> & { readonly work: WorkKind };

function workerReason({ workers: all, tags, holders, place, teamId, work }: WorkerFacts): Reason {
  const ours = all.filter((worker) => worker.teamId === undefined || teamId === undefined || worker.teamId === teamId);
  const workers = ours.filter((worker) => worker.status === 'running');
  const named = (status: WorkerRecord['status']): string[] =>
    ours.filter((worker) => worker.status === status).map((worker) => worker.name);
  if (workers.length === 0) return { kind: 'no_worker', lost: named('lost'), drained: named('draining') };
  const tagged = workers.filter((worker) => tags.every((tag) => worker.tags.includes(tag)));
  if (tagged.length === 0) {
    const missing = tags.filter((tag) => !workers.some((worker) => worker.tags.includes(tag)));
    return {
      kind: 'worker_tags',
      wanted: tags,
      missing,
      workers: workers.map(({ name, tags: has }) => ({ name, tags: has })),
    };
  }
  const open = tagged.filter(({ exclusive, tags: has }) => exclusive !== true || has.some((tag) => tags.includes(tag)));
  if (open.length === 0) {
    return { kind: 'worker_exclusive', workers: tagged.map(({ name, tags: has }) => ({ name, tags: has })) };
  }
  const able = open.filter(({ kinds }) => kinds?.includes(work) !== false);
  if (able.length === 0) {
    return { kind: 'worker_queues', work: `${work}s`, workers: open.map(({ name }) => name) };
  }
  // Builds of other pipelines may hold slots too, so that there is a free one is not sure.
  const slots = able.reduce((sum, worker) => sum + worker.slots, 0);
  return { kind: 'worker_slot', free: holders.length < slots, place };
}

const nameOf = ({ job, number }: OtherBuild) => ({ job, number });

/** What a check with these tags waits for, if it is for a worker that is not there. */
export function checkWaitReason(
  workers: WaitFacts['workers'],
  tags: readonly string[],
  teamId?: TeamId,
): Reason | undefined {
  const reason = workerReason({ workers, tags, teamId, holders: [], work: 'check' });
  return reason.kind === 'worker_slot' ? undefined : reason;
}
