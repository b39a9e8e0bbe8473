/** Decides what to build: reads the facts of a pipeline, asks the scheduler, commits what it decided, and wakes whoever waits for work. */
import { assertNever } from '../../lib/assert-never.ts';
import type { Clock } from '../../lib/clock.ts';
import type { PipelineId } from '../../lib/ids.ts';
import type { Logger } from '../../lib/logger.ts';
import { planForJob } from '../../pipeline/build-plan.ts';
import type { ProblemDetail } from '../../protocol/events.ts';
import { decide } from '../../scheduler/decide.ts';
import type { Decision } from '../../scheduler/snapshot.ts';
import type { DecisionCommit, NewBuild, SchedulingFacts, Store } from '../../store/store.ts';
import type { Wakeups } from '../wakeups.ts';
import { createLoop, type Loop, type Timers } from './loop.ts';

const POLL_MS = 30_000;

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
}

export interface Scheduling extends Loop {
  /** Decides about this pipeline at the next occasion. */
  mark(pipeline: PipelineId): void;
}

export function createScheduling({ store, clock, timers, logger, wakeups }: SchedulingParts): Scheduling {
  const marked = new Set<PipelineId>();
  let allAgainAt = 0;

  async function decideFor(id: PipelineId): Promise<void> {
    const facts = await store.schedulingFacts(id);
    if (facts === undefined) return;
    const decisions = decide(facts);
    if (decisions.length === 0) return;
    const commit = commitOf(facts, decisions, clock.now());
    const made = await store.commitDecisions(commit);
    for (const { pipeline, job, number, cause } of made) {
      logger.info('new build', { pipeline, job, number, cause: cause.kind });
    }
    for (const { buildId } of [...commit.updates, ...(commit.withdrawals ?? [])]) wakeups.build(buildId);
    if (made.length > 0) wakeups.work();
    wakeups.feed();
  }

  const loop = createLoop({
    name: 'scheduling',
    pollMs: POLL_MS,
    timers,
    logger,
    async run() {
      if (clock.now() >= allAgainAt) {
        allAgainAt = clock.now() + POLL_MS;
        for (const pipeline of await store.listPipelines()) marked.add(pipeline.id);
      }
      for (const id of marked) {
        // Before deciding, so that what happens meanwhile marks it again.
        marked.delete(id);
        try {
          await decideFor(id);
        } catch (error) {
          marked.add(id);
          throw error;
        }
      }
      return undefined;
    },
  });

  return {
    ...loop,
    mark(pipeline) {
      marked.add(pipeline);
      loop.wake();
    },
  };
}

export function commitOf(facts: SchedulingFacts, decisions: readonly Decision[], now: number): DecisionCommit {
  const { pipeline, model } = facts;
  const { revisionId } = pipeline;
  const builds: NewBuild[] = [];
  const updates: DecisionCommit['updates'][number][] = [];
  const withdrawals: { buildId: DecisionCommit['updates'][number]['buildId']; problem: ProblemDetail }[] = [];
  const holds: DecisionCommit['holds'][number][] = [];
  for (const decision of decisions) {
    switch (decision.kind) {
      case 'build': {
        const { jobId, job, inputs, cause } = decision;
        const priority = model.jobs.find((one) => one.name === job)?.priority ?? 0;
        builds.push({ jobId, revisionId, plan: planForJob(model, job), inputs, cause, automatic: true, priority });
        break;
      }
      case 'update': {
        const { buildId, job, inputs, cause } = decision;
        updates.push({ buildId, revisionId, plan: planForJob(model, job), inputs, cause });
        break;
      }
      case 'withdraw':
        withdrawals.push({ buildId: decision.buildId, problem: WITHDRAWN });
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
  return { pipelineId: pipeline.id, builds, updates, withdrawals, holds, now };
}
