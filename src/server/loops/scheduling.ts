/** Decides what to build: reads the facts of a pipeline, asks the scheduler, commits what it decided, and wakes whoever waits for work. */
import { setImmediate } from 'node:timers/promises';
import { assertNever } from '../../lib/assert-never.ts';
import type { Clock } from '../../lib/clock.ts';
import { CodedError } from '../../lib/coded-error.ts';
import type { AttemptId, BuildId, PipelineId, RevisionId } from '../../lib/ids.ts';
import type { Logger } from '../../lib/logger.ts';
import { planForJob } from '../../pipeline/build-plan.ts';
import type { Happened } from '../../pipeline/job-links.ts';
import type { Pipeline } from '../../pipeline/model.ts';
import type { ProblemDetail } from '../../protocol/events.ts';
import { decide } from '../../scheduler/decide.ts';
import type { Decision } from '../../scheduler/snapshot.ts';
import type { BuildRecord } from '../../store/records.ts';
import {
  type DecisionCommit,
  type FactsScope,
  type InputChoice,
  inputSetKey,
  type NewBuild,
  type SchedulingFacts,
} from '../../store/scheduling-facts.ts';
import type { Store } from '../../store/store.ts';
import { defaultInputs } from '../builds/given-inputs.ts';
import { SUPERSEDED_BY } from '../builds/superseded.ts';
import type { Wakeups } from '../wakeups.ts';
import { createLoop, type Loop, type Timers } from './loop.ts';

const POLL_MS = 30_000;
/** Builds of one commit. */
const PORTION = 100;
/** Jobs of one look: the database has one writer, who must not wait for all of a large pipeline. */
const JOBS = 50;

const WITHDRAWN: ProblemDetail = {
  code: 'build.withdrawn',
  message: 'before anybody took this build, its versions could not be used any more, or there was nothing new in it',
};

export interface SchedulingParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly wakeups: Pick<Wakeups, 'work' | 'feed' | 'build'>;
  /** Tells the worker at once; it would hear of it at its next renewal. */
  readonly announceCancel: (attempt: AttemptId) => void;
}

export interface Scheduling extends Loop {
  /** Decides about this pipeline at the next occasion: about the jobs that this concerns, or about all. */
  mark(pipeline: PipelineId, happened?: Happened): void;
  /** The same of every pipeline. */
  markAll(): void;
}

export function createScheduling({
  store,
  clock,
  timers,
  logger,
  wakeups,
  announceCancel,
}: SchedulingParts): Scheduling {
  const marked = new Map<PipelineId, Happened | 'anything'>();
  let allAgainAt = 0;

  function note(id: PipelineId, happened: Happened | 'anything'): void {
    const before = marked.get(id) ?? { jobs: [], resources: [] };
    if (before === 'anything' || happened === 'anything') marked.set(id, 'anything');
    else {
      const jobs = [...new Set([...before.jobs, ...happened.jobs])];
      marked.set(id, { jobs, resources: [...new Set([...before.resources, ...happened.resources])] });
    }
  }

  async function decideAbout(id: PipelineId, happened: Happened | 'anything'): Promise<void> {
    if (happened !== 'anything') return decideFor(id, { kind: 'happened', happened });
    const jobs = (await store.listJobs(id)).filter((job) => job.active).map((job) => job.name);
    for (let from = 0; from < jobs.length; from += JOBS) {
      await decideFor(id, { kind: 'jobs', jobs: jobs.slice(from, from + JOBS) });
      if (from + JOBS < jobs.length) await setImmediate();
    }
  }

  async function decideFor(id: PipelineId, scope: FactsScope): Promise<void> {
    const facts = await store.schedulingFacts(id, scope);
    if (facts === undefined) return;
    const decisions = decide(facts);
    if (decisions.length === 0) return;
    const commit = commitOf(facts, decisions, clock.now(), await boundRevisions(store, facts, decisions));
    const made = await commitInPortions(store, commit);
    for (const decision of decisions) if (decision.kind === 'supersede') await stop(decision.buildId);
    // What was just made may itself be older than something made with it.
    const again = made.length > 0 && facts.model.jobs.some((job) => job.interruptible);
    // What was taken out of the queue may be new to its job once more.
    if (again || decisions.some((decision) => decision.kind === 'withdraw')) {
      note(id, { jobs: [...new Set(decisions.map(({ job }) => job))], resources: [] });
    }
    for (const { pipeline, job, number, cause } of made) {
      logger.info('new build', { pipeline, job, number, cause: cause.kind });
    }
    for (const { buildId } of [...commit.updates, ...(commit.withdrawals ?? [])]) wakeups.build(buildId);
    // An update may be one that asks for no approval any more.
    if (made.length > 0 || commit.updates.length > 0) wakeups.work('build');
    wakeups.feed();
  }

  /** After the commit, since the newer build must be there first; should we die in between, it is decided again. */
  async function stop(build: BuildId): Promise<void> {
    const { attempt } = await store.cancelBuild(build, SUPERSEDED_BY, clock.now()).catch((error: unknown) => {
      // It ended by itself meanwhile, or was deleted with its pipeline.
      if (error instanceof CodedError && ['store.conflict', 'store.not_found'].includes(error.code)) {
        return { attempt: undefined };
      }
      throw error;
    });
    if (attempt !== undefined) announceCancel(attempt.id);
    wakeups.build(build);
  }

  const loop = createLoop({
    name: 'scheduling',
    pollMs: POLL_MS,
    timers,
    logger,
    async run() {
      // Farther away than that it is of before the clock was set back.
      if (clock.now() >= allAgainAt || allAgainAt > clock.now() + POLL_MS) {
        allAgainAt = clock.now() + POLL_MS;
        for (const pipeline of await store.listPipelines()) note(pipeline.id, 'anything');
      }
      for (const [id, happened] of marked) {
        // Before deciding, so that what happens meanwhile marks it again.
        marked.delete(id);
        try {
          await decideAbout(id, happened);
        } catch (error) {
          note(id, happened);
          // Another server was quicker: what is there now is looked at.
          if (error instanceof CodedError && error.code === 'store.stale_decision') continue;
          throw error;
        }
      }
      return undefined;
    },
  });

  return {
    ...loop,
    mark(pipeline, happened) {
      note(pipeline, happened ?? 'anything');
      loop.wake();
    },
    markAll() {
      allAgainAt = 0;
      loop.wake();
    },
  };
}

/**
 * All at once, unless it is very many builds: a check that reports ten thousand versions to a job that wants every one must not keep everybody else waiting.
 * Should we die in between, what is missing is decided again.
 */
async function commitInPortions(store: Pick<Store, 'commitDecisions'>, commit: DecisionCommit): Promise<BuildRecord[]> {
  const made = [...(await store.commitDecisions({ ...commit, builds: commit.builds.slice(0, PORTION) }))];
  let { basedOn } = commit;
  for (let from = PORTION; from < commit.builds.length; from += PORTION) {
    await setImmediate();
    const builds = commit.builds.slice(from, from + PORTION);
    if (basedOn !== undefined) basedOn += 1;
    made.push(
      ...(await store.commitDecisions({ ...commit, builds, updates: [], withdrawals: [], holds: [], basedOn })),
    );
  }
  return made;
}

const priorityOf = (model: Pipeline, name: string): number =>
  model.jobs.find((job) => job.name === name)?.priority ?? 0;

type BoundRevisions = ReadonlyMap<RevisionId, Pipeline>;

/** The revision that a set of versions is built by, where it is another one than that in force: that of the commit that an event brought. */
function boundRevision(facts: SchedulingFacts, inputs: readonly InputChoice[]): RevisionId | undefined {
  for (const { resourceId, versionId } of inputs) {
    const versions = facts.resources.find(({ id }) => id === resourceId)?.versions ?? [];
    const bound = versions.find(({ id }) => id === versionId)?.revisionId;
    if (bound !== undefined && bound !== facts.pipeline.revisionId) return bound;
  }
  return undefined;
}

async function boundRevisions(
  store: Pick<Store, 'getRevision'>,
  facts: SchedulingFacts,
  decisions: readonly Decision[],
): Promise<BoundRevisions> {
  const models = new Map<RevisionId, Pipeline>();
  for (const decision of decisions) {
    if (decision.kind !== 'build' && decision.kind !== 'update') continue;
    const id = boundRevision(facts, decision.inputs);
    const found = id === undefined || models.has(id) ? undefined : await store.getRevision(id);
    if (found !== undefined) models.set(found.id, found.model);
  }
  return models;
}

export function commitOf(
  facts: SchedulingFacts,
  decisions: readonly Decision[],
  now: number,
  bound: BoundRevisions = new Map(),
): DecisionCommit {
  const { pipeline } = facts;
  /** By which text a job is built with these versions; by that in force where the other one has no such job. */
  const textOf = (job: string, inputs: readonly InputChoice[]) => {
    const id = boundRevision(facts, inputs);
    const model = id && bound.get(id);
    return id !== undefined && model?.jobs.some(({ name }) => name === job) === true
      ? { revisionId: id, model }
      : { revisionId: pipeline.revisionId, model: facts.model };
  };
  const builds: NewBuild[] = [];
  const updates: DecisionCommit['updates'][number][] = [];
  const withdrawals: { buildId: DecisionCommit['updates'][number]['buildId']; problem: ProblemDetail }[] = [];
  const holds: DecisionCommit['holds'][number][] = [];
  for (const decision of decisions) {
    switch (decision.kind) {
      case 'build': {
        const { jobId, job, inputs, cause } = decision;
        const { revisionId, model } = textOf(job, inputs);
        const plan = planForJob(model, job);
        const given = defaultInputs(plan.inputs);
        const priority = priorityOf(model, job);
        builds.push({ jobId, revisionId, plan, inputs, cause, automatic: true, priority, ...given });
        break;
      }
      case 'update': {
        const { buildId, job, inputs, cause } = decision;
        const { revisionId, model } = textOf(job, inputs);
        const pending = facts.jobs.find(({ name }) => name === job)?.pending;
        // It waits as it is to be: by the revision of its versions, and not by that in force.
        if (pending?.revisionId === revisionId && inputSetKey(pending.inputs) === inputSetKey(inputs)) break;
        const plan = planForJob(model, job);
        const priority = priorityOf(model, job);
        updates.push({ buildId, revisionId, plan, inputs, cause, priority, ...defaultInputs(plan.inputs) });
        break;
      }
      case 'withdraw':
        withdrawals.push({ buildId: decision.buildId, problem: WITHDRAWN });
        break;
      case 'supersede':
        // Not part of the commit: see `stop`.
        break;
      case 'hold':
        holds.push({ jobId: decision.jobId, reason: decision.hold });
        break;
      case 'clear':
        holds.push({ jobId: decision.jobId, reason: undefined });
        break;
      default:
        assertNever(decision);
    }
  }
  return { pipelineId: pipeline.id, builds, updates, withdrawals, holds, now, basedOn: facts.decided };
}
